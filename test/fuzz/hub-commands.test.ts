import path from 'node:path';
import { type Engine, lines, memory } from 'chathub';
import { sqlite } from 'chathub/sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { temporaryFolder } from '../engines/sqlite/set-up.js';
import { commands, type Frame, nearMisses } from './commands.js';
import { wellFormed } from './hostile.js';
import { Talk } from './hub-talk.js';
import { fuzz } from './runs.js';

const who = fc.nat(2);
const command = fc.oneof(
  { weight: 5, arbitrary: commands },
  { weight: 1, arbitrary: nearMisses as fc.Arbitrary<Frame> },
);
const step = fc.oneof(
  { weight: 12, arbitrary: fc.record({ who, command, about: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ who, command: said(), about: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ who, turns: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.record({ who, waits: fc.constantFrom(100, 2_000, 31_000) }) },
  { weight: 1, arbitrary: fc.record({ who, cuts: fc.boolean() }) },
);

/** What does most: the messages of a room, and what is done to them. */
function said(): fc.Arbitrary<Frame> {
  const more = { room: fc.constant('lobby'), message: fc.constant('?'), text: wellFormed, reaction: wellFormed };
  return fc.record({ type: fc.constantFrom('send', 'edit', 'delete', 'react', 'join', 'topic'), ...more });
}

describe('whatever is asked of a hub', () => {
  const unhandled: unknown[] = [];
  const report = (error: unknown) => void unhandled.push(error);
  beforeAll(() => void process.on('unhandledRejection', report));
  afterAll(() => {
    process.off('unhandledRejection', report);
    folder.remove();
  });

  const folder = temporaryFolder();
  let files = 0;
  const engines: readonly (readonly [what: string, make: () => Engine, share: number])[] = [
    ['memory', memory, 0.05],
    ['a file', () => sqlite({ path: path.join(folder.path, `${++files}.db`), synchronous: 'normal' }), 0.005],
  ];

  for (const [what, make, share] of engines) {
    fuzz(
      `over ${what}, each command gets one answer, which is no fault of the server’s, and the application hears of none`,
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30, size: 'max' }), async (steps) => {
        unhandled.length = 0;
        const talk = new Talk(make());
        await talk.begin();
        for (const each of steps) await talk.take(each);
        await talk.end();
        expect(unhandled).toEqual([]);
      }),
      share,
    );
  }

  fuzz(
    'in lines, nobody gets an answer that is a fault of the server’s, and the application hears of none',
    fc.asyncProperty(fc.array(fc.tuple(who, line()), { minLength: 1, maxLength: 30, size: 'max' }), async (typed) => {
      unhandled.length = 0;
      const talk = new Talk(memory(), lines());
      await talk.begin();
      for (const [who, text] of typed) await talk.type(who, text);
      await talk.end();
      expect(unhandled).toEqual([]);
    }),
    0.05,
  );
});

function line(): fc.Arbitrary<string> {
  const name = fc.constantFrom(
    'join',
    'leave',
    'switch',
    'who',
    'msg',
    'directs',
    'history',
    'me',
    'edit',
    'delete',
    'search',
    'topic',
    'kick',
    'ban',
    'mute',
    'nick',
    'auth',
    'resume',
    'rooms',
  );
  const word = fc.oneof(
    fc.constantFrom('lobby', 'games', 'u0', 'u1', 'guest', '5', '0', '1.5', '99999999'),
    wellFormed,
  );
  const command = fc
    .tuple(name, fc.array(word, { maxLength: 3 }))
    .map(([name, words]) => `/${[name, ...words].join(' ')}`);
  return fc.oneof({ weight: 3, arbitrary: command }, { weight: 1, arbitrary: wellFormed });
}
