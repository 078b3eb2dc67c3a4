import { json } from 'chathub';
import { tcp } from 'chathub/tcp';
import { describe, expect, test } from 'vitest';
import { arrive, RawClient } from './clients.js';
import { JsonLinesClient, type Received } from './json-client.js';
import { jsonHub } from './json-hub.js';

/** A hub that speaks JSON over WebSocket and TCP, and lines. */
async function threeDoors(limits: object = {}) {
  const programs = tcp({ port: 0, protocol: json() });
  const people = tcp({ port: 0 });
  const chat = await jsonHub({ limits }, programs, people);
  const portOf = ({ addresses: [address = ''] }: { readonly addresses: readonly string[] }) =>
    Number(new URL(address).port);
  const dial = () => new JsonLinesClient(portOf(programs));
  const enter = async (hello: object = {}) => {
    const client = dial();
    const welcome = await client.request('welcome', { ...hello, type: 'hello' });
    return { client, welcome, member: welcome.member, session: welcome.session };
  };
  const inLobby = async (name: string) => {
    const guest = await enter({ name });
    await guest.client.request('joined', { type: 'join', room: 'lobby' });
    return guest;
  };
  return { ...chat, port: portOf(programs), peoplePort: portOf(people), dialTcp: dial, enterTcp: enter, inLobby };
}

const departures = (events: readonly Received[]) =>
  events.filter(({ type, left }) => type === 'presence' && Array.isArray(left) && left.length > 0);

describe('over TCP an object is a line', () => {
  test('from hello to message, as over WebSocket', async () => {
    const { inLobby } = await threeDoors();
    const alice = await inLobby('alice');
    const bob = await inLobby('bob');
    expect(alice.welcome).toMatchObject({ resumed: false, heartbeat: 25_000, member: { name: 'alice' }, rooms: {} });
    expect(await alice.client.next('presence')).toMatchObject({ joined: [bob.member], count: 2 });
    const text = 'a\nb\r\n\u2028\u0000';
    const sent = await alice.client.request('sent', { type: 'send', room: 'lobby', text });
    for (const { client } of [alice, bob])
      expect(await client.next('message')).toMatchObject({ id: sent.message, offset: 1, from: alice.member, text });
  });

  test('however the bytes come, and with whichever end of line', async () => {
    const { enterTcp } = await threeDoors();
    const { client } = await enterTcp();
    for (const byte of Buffer.from('{"type":"ping","id":"\u00e4\u{1f44b}"}\r\n')) client.write(Uint8Array.of(byte));
    expect(await client.next('pong')).toEqual({ type: 'pong', re: '\u00e4\u{1f44b}' });
    const many = Array.from({ length: 50 }, (_, id) => `{"type":"ping","id":${id}}\n`).join('');
    client.write(Buffer.from(many));
    await client.find('the last', ({ re }) => re === 49);
    expect(client.of('pong').map(({ re }) => re)).toEqual([
      '\u00e4\u{1f44b}',
      ...Array.from({ length: 50 }, (_, id) => id),
    ]);
  });

  test('and a bad one an error, after which the connection lives on', async () => {
    const { inLobby } = await threeDoors();
    const { client } = await inLobby('alice');
    const bad: readonly (readonly [string, string | Uint8Array])[] = [
      ['BAD_JSON', 'hello'],
      ['BAD_JSON', '[1]'],
      ['BAD_UTF8', Uint8Array.of(0x22, 0xff, 0x22, 0x0a)],
      ['BAD_UTF8', Uint8Array.of(0xc0, 0xaf, 0x0a)],
      ['BAD_UTF8', Uint8Array.of(0xed, 0xa0, 0x80, 0x0a)],
      ['TOO_LONG', JSON.stringify({ type: 'ping', x: 'x'.repeat(65_536) })],
      ['BAD_COMMAND', '{"type":"dance"}'],
    ];
    for (const [code, frame] of bad) {
      client.write(frame);
      expect(await client.next('error')).toEqual({
        type: 'error',
        code,
        message: expect.any(String),
        retryable: false,
      });
    }
    await client.request('sent', { type: 'send', room: 'lobby', text: 'still here' });
    expect(await client.next('message')).toMatchObject({ offset: 1, text: 'still here' });
  });

  test('and an HTTP request no line: the connection is closed, and nothing of it was done', async () => {
    const { inLobby, dialTcp } = await threeDoors();
    const alice = await inLobby('alice');
    const attacker = dialTcp();
    attacker.write('POST / HTTP/1.1\r\nHost: x\r\n\r\n{"type":"join","room":"lobby"}');
    await attacker.closed();
    expect(attacker.of('welcome')).toEqual([]);
    expect(await alice.client.ask({ type: 'members', room: 'lobby' })).toMatchObject({ count: 1 });
  });
});

describe('the end of a connection over TCP', () => {
  test('says bye with the close code that WebSocket would have', async () => {
    const { hub, inLobby } = await threeDoors();
    const { client } = await inLobby('alice');
    const closing = hub.close({ drain: 5_000 });
    expect(await client.next('bye')).toEqual({
      type: 'bye',
      code: 'SHUTDOWN',
      message: expect.any(String),
      retryAfter: expect.any(Number),
      close: 4002,
    });
    await client.closed();
    await closing;
  });

  test('by a FIN comes after all that was asked for, and starts the window', async () => {
    const { inLobby, enterTcp } = await threeDoors();
    const alice = await inLobby('alice');
    const bob = await inLobby('bob');
    const { epoch } = alice.client.of('joined')[0] ?? {};
    for (let id = 0; id < 5; id++) alice.client.tell({ type: 'send', id, room: 'lobby', text: `${id}` });
    alice.client.write(Buffer.from('{"type":"send","room":"lobby","text":"cut off'));
    alice.client.finish();
    await alice.client.closed();
    expect(alice.client.of('sent').map(({ re }) => re)).toEqual([0, 1, 2, 3, 4]);
    const held = alice.client.of('message').length;
    await bob.client.request('sent', { type: 'send', room: 'lobby', text: 'meanwhile' });
    const again = await enterTcp({ session: alice.session, rooms: { lobby: { epoch, offset: held } } });
    expect(again.welcome).toMatchObject({ resumed: true, member: alice.member });
    const { lobby } = again.welcome.rooms as {
      readonly lobby: { readonly entries: readonly { readonly offset: number }[] };
    };
    expect(lobby).toMatchObject({ offset: 6, recovered: true });
    expect(lobby.entries.map(({ offset }) => offset)).toEqual([1, 2, 3, 4, 5, 6].slice(held));
    expect(departures(await bob.client.settled())).toEqual([]);
  });

  test('by a RST, in mid-line too, starts the window', async () => {
    const { inLobby, enterTcp } = await threeDoors();
    const alice = await inLobby('alice');
    const bob = await inLobby('bob');
    bob.client.write(Buffer.from('{"type":"send","room":"lobby","te'));
    bob.client.cut();
    await bob.client.closed();
    const again = await enterTcp({ session: bob.session });
    expect(again.welcome).toMatchObject({ resumed: true, member: bob.member });
    expect(departures(await alice.client.settled())).toEqual([]);
  });

  test('is seen once by others, when nobody takes the session up', async () => {
    const { inLobby } = await threeDoors({ resumeWindow: 50 });
    const alice = await inLobby('alice');
    const bob = await inLobby('bob');
    bob.client.write(Buffer.from('{"type":"send","room":"lobby","te'));
    bob.client.cut();
    const gone = await alice.client.find('leave', (event) => departures([event]).length > 0);
    expect(gone).toMatchObject({ left: [bob.member], count: 1 });
    expect(departures(await alice.client.settled())).toHaveLength(1);
    expect(alice.client.of('message')).toEqual([]);
  });

  test('by quit is at once', async () => {
    const { inLobby } = await threeDoors();
    const alice = await inLobby('alice');
    const bob = await inLobby('bob');
    bob.client.tell({ type: 'quit' });
    await bob.client.closed();
    expect(await alice.client.find('leave', (event) => departures([event]).length > 0)).toMatchObject({ count: 1 });
  });

  test('may be followed by a WebSocket that takes the session up', async () => {
    const { inLobby, enter } = await threeDoors();
    const alice = await inLobby('alice');
    const { client, welcome } = await enter({ session: alice.session });
    expect(welcome).toMatchObject({ resumed: true, member: alice.member, rooms: { lobby: { count: 1 } } });
    await alice.client.closed();
    await client.request('sent', { type: 'send', room: 'lobby', text: 'over here now' });
  });
});

test('programs at WebSocket and TCP and a person at a terminal understand each other in one room', async () => {
  const { lobby, inLobby, peoplePort } = await threeDoors();
  const [web] = await lobby('web');
  const bot = await inLobby('bot');
  const person = new RawClient(peoplePort);
  await arrive(person);
  person.say('/nick pat', '/join lobby');
  await person.hears('* You are now known as pat.', '* Joined lobby (3 here).');
  for (const { client } of [web!, bot])
    expect(await client.find('pat', ({ type, count }) => type === 'presence' && count === 3)).toMatchObject({
      joined: [{ name: 'pat' }],
    });

  person.say('hello programs', '/me waves');
  for (const { client } of [web!, bot]) {
    expect(await client.next('message')).toMatchObject({ text: 'hello programs', from: { name: 'pat' }, offset: 1 });
    expect(await client.next('message')).toMatchObject({ text: 'waves', action: true, offset: 2 });
  }
  await web!.client.request('sent', { type: 'send', room: 'lobby', text: 'two\nlines', data: { hidden: 1 } });
  await bot.client.request('sent', { type: 'send', room: 'lobby', text: '\u001b[2Jbeeps', action: true });
  await person.hears('[lobby] web: two', '[lobby] web| lines', '[lobby] * bot beeps');
  expect(await bot.client.next('message')).toMatchObject({ text: 'two\nlines', data: { hidden: 1 }, offset: 3 });
  expect(await web!.client.find('the action', ({ offset }) => offset === 4)).toMatchObject({ text: '\u001b[2Jbeeps' });

  person.say('/msg bot psst');
  expect(await bot.client.next('direct')).toMatchObject({ text: 'psst', from: { name: 'pat' }, to: { name: 'bot' } });
  await bot.client.request('sent', { type: 'direct', to: 'pat', text: 'beep' });
  await person.hears('(direct) bot: beep');
  await web!.client.request('renamed', { type: 'nick', name: 'page' });
  await person.hears('[lobby] * web is now page');
  await bot.client.request('left', { type: 'leave', room: 'lobby' });
  await person.hears('[lobby] * bot left (2 here)');
  person.say('/who');
  expect(await person.nextLine()).toMatch(/^\* (page, pat|pat, page)$/);
});
