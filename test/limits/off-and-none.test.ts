import { ChatHub, json, type LimitName, type Limits, limitTable, lines } from 'chathub';
import { memoryTransport } from 'chathub/testing';
import { describe, expect, test } from 'vitest';
import { parseServeOptions } from '../../src/cli/serve-options.js';
import { engines } from '../hub/engines.js';
import { frameLike, host, stillClock, textsIn } from '../hub/set-up.js';
import { texts, twoInLobby } from './pair.js';

const names = Object.keys(limitTable) as LimitName[];
const off = Number.POSITIVE_INFINITY;
const unlimited = Object.fromEntries(names.map((name) => [name, off])) as Limits;

describe('a limit that is off', () => {
  test.each(names)('is Infinity in options, and off on the command line: %s', (name) => {
    // A frame must hold any message.
    const limits = { frameBytes: off, [name]: off };
    const flags = Object.keys(limits).flatMap((name) => ['--limit', `${name}=off`]);
    expect(parseServeOptions(['--engine', 'memory', ...flags], {}).limits).toEqual(limits);
    expect(new ChatHub({ limits }).limits[name]).toBe(off);
  });

  test.each(engines)('leaves a chat that works when all of them are, on %s', async (_name, make) => {
    const clock = stillClock();
    const [programs, people] = [memoryTransport({ protocol: json() }), memoryTransport({ protocol: lines() })];
    const { hub } = await host({ clock, limits: unlimited, engine: make() }, programs, people);
    const program = programs.connect({ remoteAddress: '203.0.113.7' });
    program.send('{"type":"hello","name":"al","id":1}');
    const welcome = JSON.parse(await frameLike(program, /"re":1/));
    // As the protocol has it: JSON has no Infinity.
    expect(welcome).toMatchObject({ heartbeat: null, limits: { messageBytes: null, frameBytes: null } });
    program.send('{"type":"join","room":"lobby","id":2}');
    const { epoch } = JSON.parse(await frameLike(program, /"re":2/));
    const person = people.connect();
    person.send('/join lobby');
    await frameLike(person, /^\* Joined lobby/);
    const long = 'x'.repeat(100_000);
    program.send(JSON.stringify({ type: 'send', room: 'lobby', text: long, data: { long }, key: 'k', id: 3 }));
    await frameLike(program, /"re":3/);
    expect(await frameLike(person, /^\[lobby\] al: x/)).toHaveLength('[lobby] al: '.length + long.length);
    await clock.advance(1_000_000);
    const newcomer = people.connect();
    newcomer.send('/join lobby 5');
    await frameLike(newcomer, /^\* Joined lobby \(3 here\)\.\n\[lobby\] al: x/);
    program.cut();
    for (const text of texts(3)) await hub.room('lobby').send(text);
    await clock.advance(1_000_000);
    const again = programs.connect();
    const rooms = { lobby: { epoch, offset: 0 } };
    again.send(JSON.stringify({ type: 'hello', session: welcome.session, rooms, id: 1 }));
    const resumed = JSON.parse(await frameLike(again, /"re":1/));
    expect(resumed).toMatchObject({ resumed: true, rooms: { lobby: { recovered: true, more: false, offset: 4 } } });
    expect(resumed.rooms.lobby.entries).toHaveLength(4);
    again.send(
      JSON.stringify({ type: 'send', room: 'lobby', text: long, data: { long }, key: 'k', repeat: true, id: 2 }),
    );
    expect(JSON.parse(await frameLike(again, /"re":2/))).toMatchObject({ offset: 1, duplicate: true });
  });
});

describe('0', () => {
  test.each(names.filter((name) => !limitTable[name].zero))(
    'is refused by name where it makes no sense: %s',
    (name) => {
      const noun = { count: 'integer', bytes: 'integer', ms: 'integer of milliseconds', perSecond: 'number' };
      expect(() => new ChatHub({ limits: { [name]: 0 } })).toThrow(
        `Expected "limits.${name}" to be a positive ${noun[limitTable[name].unit]}, got 0`,
      );
    },
  );

  test.each(names.filter((name) => limitTable[name].zero))(
    'means none at all, and people come and talk: %s',
    async (name) => {
      const { alice, bob, clock } = await twoInLobby({ [name]: 0 });
      await alice.say('lobby', 'hello');
      await clock.advance(0);
      expect(textsIn(bob, 'lobby')).toEqual(['hello']);
    },
  );
});

test.each(names)('a value that is no number is refused by name: %s', (name) => {
  for (const value of ['1', Number.NaN, -1, null, {}, true])
    expect(() => new ChatHub({ limits: { [name]: value } as object })).toThrow(`Expected "limits.${name}" to be `);
  if (limitTable[name].unit !== 'perSecond')
    expect(() => new ChatHub({ limits: { [name]: 1.5 } })).toThrow(`Expected "limits.${name}" to be `);
});
