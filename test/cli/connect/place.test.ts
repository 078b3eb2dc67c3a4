import { expect, test } from 'vitest';
import { complete } from '../../../src/cli/connect/completion.js';
import { isWelcome, Place, tokenIn, withoutToken } from '../../../src/cli/connect/place.js';

function placeAfter(...lines: readonly string[]): Place {
  const place = new Place();
  for (const line of lines) place.learn(line);
  return place;
}

const arrival = ['* Welcome, guest-4f2a. /help lists the commands.', '* Joined lobby (2 here).'] as const;

test('lines tell the name, the room, and who is there', () => {
  const place = placeAfter(
    ...[...arrival, '* Joined a.b (1 here).', '* Now in lobby.', '* You are now known as alice.'],
    ...['[lobby] * bob joined (3 here)', '[lobby] carol: hi: all', '[lobby] * carol is now Zoë', '(direct) eve: psst'],
    ...['[a.b] dave: hello', '[lobby] * bob left (2 here)', '* tea 4'],
  );
  expect([place.name, place.room, place.named]).toEqual(['alice', 'lobby', true]);
  expect(place.people).toEqual(['Zoë', 'eve']);
  expect(place.knownRooms).toEqual(['lobby', 'a.b', 'tea']);
});

test('who leaves the current room is in the one joined last of the others', () => {
  const place = placeAfter(
    ...arrival,
    '* Joined tea (1 here).',
    '* Joined ops (1 here).',
    '* Left ops (KICKED: no (really)).',
  );
  expect(place.room).toBe('tea');
  place.learn('* Left tea.');
  expect(place.room).toBe('lobby');
  place.learn('* Welcome, guest-0001. /help lists the commands. (/resume abc takes this session up again)');
  expect([place.room, place.name, [...place.rooms]]).toEqual([undefined, 'guest-0001', []]);
});

test('what people say looks like nothing of the server', () => {
  const place = placeAfter(...arrival, '[lobby] bob: * Joined trap (1 here).', '[lobby] * bob * Now in trap.');
  expect(place.room).toBe('lobby');
  expect(place.people).toEqual(['bob']);
});

test('the answer to /who is known by who asks', () => {
  const place = placeAfter(...arrival);
  expect(place.isList('* bob, guest-4f2a')).toBe(true);
  expect(place.isList('* bob, carol')).toBe(false);
  expect(place.isList('* Hello there, guest-4f2a')).toBe(false);
  place.list('lobby', ['bob', 'guest-4f2a']);
  expect(place.people).toEqual(['bob']);
});

test('the secret of a welcome is found, and not shown', () => {
  const welcome = '* Welcome, bob. /help lists the commands. (/resume KqfP-d_ takes this session up again)';
  expect([isWelcome(welcome), tokenIn(welcome)]).toEqual([true, 'KqfP-d_']);
  expect(withoutToken(welcome)).toBe('* Welcome, bob. /help lists the commands.');
  expect(withoutToken('[lobby] bob: (/resume x takes this session up again)')).toContain('/resume x');
});

test.each([
  ['/h', ['/help ', '/history ']],
  ['/J', ['/join ']],
  ['/join t', ['tea ']],
  ['/who ', ['lobby ', 'tea ']],
  ['/msg B', ['Bea ', 'bob ']],
  ['/msg ', ['Bea ', 'bob ']],
  ['/kick bo', ['bob ']],
  ['b', ['Bea: ', 'bob: ']],
  ['hello @bo', ['bob ']],
  ['hello bo', ['bob ']],
  ['/nick bo', []],
  ['', []],
  ['hello ', []],
  ['/nothing', []],
  ['//h', []],
])('Tab after %j offers %j', (line, offers) => {
  const place = placeAfter(...arrival, '[lobby] bob: hi', '[lobby] Bea: hi', '* tea 1');
  expect(complete(line, place)[0]).toEqual(offers);
});
