import { describe, expect, test } from 'vitest';
import { Checker } from './checker/checker.js';
import type { Fact } from './checker/facts.js';
import { limits } from './settings.js';

const room = 'room1';
const epoch = 'e1';

/** What the checker says of facts, each a second after the one before. */
function judged(...facts: readonly Fact[]): string[] {
  const checker = new Checker();
  for (const [index, fact] of facts.entries()) checker.take({ ...fact, t: at(index) });
  checker.end();
  return checker.violations;
}

const start = 1_700_000_000_000;
const at = (second: number) => start + second * 1_000;

interface Where {
  readonly who?: string;
  readonly room?: string;
  readonly epoch?: string;
  /** Seconds after the beginning. */
  readonly stored?: number;
  /** Which message it is; default: one of that offset. */
  readonly message?: string;
}

const place = (offset: number, { message = `${offset}`, stored = 0, ...where }: Where = {}) => ({
  ...{ room: where.room ?? room, epoch: where.epoch ?? epoch, offset },
  ...{ id: `id ${message}`, text: `p1 ${message}`, at: at(stored) },
});

const said = (message: string, to = room): Fact => ({ fact: 'said', who: 'p1', room: to, text: `p1 ${message}` });
const comes = (who: string, to = room): Fact => ({ fact: 'in', who, room: to });
const told = (who: string, offset: number, where: Where = {}): Fact => ({ fact: 'told', who, ...place(offset, where) });
const acked = (offset: number, where: Where = {}): Fact => ({ fact: 'acked', who: 'p1', ...place(offset, where) });
const stored = (offset: number, where: Where = {}): Fact => ({ fact: 'stored', ...place(offset, where) });
const gap = (who: string, from: number, to: number): Fact => ({ fact: 'gap', who, room, epoch, from, to, exact: true });
const began = (who: string, offset: number, recovered: boolean, start: number): Fact => ({
  fact: 'began',
  ...{ who, room, epoch, offset, recovered, start },
});
const reset = (who: string, next: string, offset: number): Fact => ({ fact: 'reset', who, room, epoch: next, offset });
const head = (offset: number, last = epoch): Fact => ({ fact: 'head', room, epoch: last, offset });
const line = (message: string): Fact => ({ fact: 'line', who: 'reader', room, text: `p1 ${message}` });
const lie = (keeps: number | null): Fact => ({ fact: 'lie', what: 'a lie', keeps });
const truth: Fact = { fact: 'truth', what: 'a lie' };

/** Two who are in a room, and some that was said there. */
const beginning = [comes('p1'), comes('p2'), ...['1', '2', '3', '4', '5'].map((message) => said(message))];
const readAhead = [comes('reader'), stored(1), stored(2), stored(3)];

describe('a run is as it should be', () => {
  test.each<[string, readonly Fact[]]>([
    ['where all were told all, in one order', [told('p1', 1), told('p2', 1), acked(1), stored(1), head(1)]],
    [
      'where somebody came back and was told the rest',
      [told('p1', 1), told('p2', 1), began('p2', 2, true, 1), told('p2', 2), told('p1', 2), head(2)],
    ],
    [
      'where what was trimmed away is said to be missing',
      [
        told('p1', 1),
        stored(limits.history + 50, { message: '5' }),
        gap('p1', 2, 30),
        told('p1', 31, { message: '2' }),
      ],
    ],
    [
      'where the store was emptied, and all were told so',
      [
        ...[told('p1', 1), acked(1, { stored: 8 }), lie(null), truth, reset('p1', 'e2', 0)],
        ...[
          told('p1', 1, { epoch: 'e2', message: '2', stored: 12 }),
          stored(1, { epoch: 'e2', message: '2', stored: 12 }),
        ],
      ],
    ],
    [
      'where the store was rolled back, and whoever knew more was told so',
      [
        ...[
          stored(1),
          acked(1),
          acked(2, { stored: 8 }),
          told('p1', 1),
          told('p1', 2, { stored: 8 }),
          lie(at(5)),
          truth,
        ],
        ...[reset('p1', 'e2', 1), stored(1, { epoch: 'e2' }), told('p1', 2, { epoch: 'e2', message: '3', stored: 20 })],
      ],
    ],
    [
      'where the store kept what was stored as it was rolled back, and a new log tells of it',
      [
        ...[told('p1', 1, { stored: 7 }), lie(at(7)), truth, reset('p1', 'e2', 1), reset('p2', 'e2', 0)],
        ...[told('p2', 1, { epoch: 'e2', stored: 7 }), stored(1, { epoch: 'e2', stored: 7 })],
      ],
    ],
    ['where somebody at a terminal was told that something is left out', [...readAhead, line('1'), line('2')]],
  ])('%s', (_, facts) => {
    expect(judged(...beginning, ...facts)).toEqual([]);
  });
});

describe('it is found', () => {
  test.each<[string, readonly Fact[], string]>([
    ['that what was acknowledged is nowhere', [acked(1)], 'I1 lost: room=room1'],
    [
      'that it is somewhere else',
      [acked(1), stored(1, { message: '2' }), stored(2, { message: '1' })],
      'I1 lost: room=room1 epoch=e1 offset=1',
    ],
    [
      'that a direct message is in one inbox only',
      [
        said('d', '@user-p2'),
        acked(1, { room: '@user-p1', message: 'd' }),
        stored(1, { room: '@user-p1', message: 'd' }),
      ],
      'I1 lost: room=@user-p2',
    ],
    [
      'that a log began anew for nothing',
      [told('p1', 1), reset('p1', 'e2', 0)],
      'I1 lost: room=room1 goes over from e1 to e2',
    ],
    [
      'that something is withheld that is kept',
      [told('p1', 1), told('p2', 5), gap('p1', 2, 4)],
      'I1 lost: room=room1 epoch=e1 offset=2 to 4 withheld from p1',
    ],
    [
      'that a rolled-back store lost what it had',
      [acked(1), stored(1), lie(at(9)), truth, stored(1, { epoch: 'e2', message: '2', stored: 14 })],
      'I1 lost: room=room1 epoch=e2 offset=1 is another',
    ],
    [
      'that somebody knows of what is gone, and was not told',
      [told('p1', 1, { stored: 7 }), lie(at(6)), truth, stored(1, { message: '2', stored: 12 })],
      'I1 lost: room=room1 epoch=e1 offset=1 is gone',
    ],
    [
      'that a new log lost it when the store was rolled back once more',
      [
        ...[told('p1', 1, { stored: 7 }), lie(at(7)), truth, reset('p1', 'e2', 1), reset('p2', 'e2', 0)],
        ...[told('p2', 1, { epoch: 'e2', stored: 7 }), lie(at(7)), truth],
      ],
      'I1 lost: room=room1 epoch=e2 offset=1 is gone',
    ],
    [
      'that somebody was told twice',
      [told('p1', 1), told('p1', 2, { message: '1' })],
      'I2 doubled: room=room1 epoch=e1 offset=2 seen twice by p1',
    ],
    [
      'that somebody was told again what it had',
      [told('p1', 1), told('p1', 2), began('p1', 2, true, 2), told('p1', 2)],
      'I2 doubled: room=room1 epoch=e1 offset=2',
    ],
    [
      'that two were told in another order',
      [told('p1', 1), told('p2', 1, { message: '2' })],
      'I3 out of order: room=room1 epoch=e1 offset=1 is id 1 to p1 and id 2 to p2',
    ],
    [
      'that a message is of the time to come',
      [stored(1, { stored: 3_600 })],
      'I3 out of order: room=room1 epoch=e1 offset=1 is of',
    ],
    [
      'that a hole was not said',
      [told('p1', 1), told('p1', 3), told('p2', 2)],
      'I4 unsaid gap: room=room1 epoch=e1 offset=2 neither told to p1',
    ],
    [
      'that the last word was not told',
      [told('p1', 1), stored(2), head(2)],
      'I4 unsaid gap: room=room1 epoch=e1 offset=2 neither told to p1',
    ],
    [
      'that a new epoch was not said',
      [told('p1', 1), lie(null), truth, told('p1', 1, { epoch: 'e2', message: '2', stored: 11 })],
      'I4 unsaid gap: room=room1 epoch=e2 offset=1 told to p1 without',
    ],
    [
      'that a terminal was not told of a hole',
      [...readAhead, line('1'), line('3')],
      'I4 unsaid gap: room=room1 "p1 3"',
    ],
    [
      'that somebody is there who is not',
      [{ fact: 'ghost', asked: 'one', room, who: 'guest', after: 21_000 }],
      'I5 presence: room=room1 guest is there to one',
    ],
    [
      'that a node holds too much',
      [{ fact: 'memory', node: 'one', bytes: 2e9, most: 1e9 }],
      'I6 memory: node=one holds 1907 MB',
    ],
    [
      'that a node ended by itself',
      [{ fact: 'ended', node: 'one', how: 'SIGABRT' }],
      'I6 memory: node=one ended with SIGABRT',
    ],
    [
      'that bystanders noticed',
      Array.from({ length: 200 }, () => ({ fact: 'echo', node: 'one', ms: 1_500, concerned: false }) as const),
      'I7 noticed: p99 of bystanders is 1500 ms',
    ],
    [
      'that somebody heard of a room that it is not in',
      [told('p3', 1)],
      'I8 leaked: room=room1 epoch=e1 offset=1 told to p3',
    ],
    [
      'that somebody got what is for another',
      [said('d', '@user-p3'), comes('p2', '@user-p2'), told('p2', 1, { room: '@user-p2', message: 'd' })],
      'I8 leaked: room=@user-p2',
    ],
    [
      'that something is stored twice',
      [stored(1), stored(2, { message: '1' })],
      'I9 unacknowledged twice: room=room1 epoch=e1 offset=2 is "p1 1"',
    ],
    [
      'that something is stored that was refused',
      [{ fact: 'refused', who: 'p1', room, text: 'p1 1' }, stored(1)],
      'I9 unacknowledged twice: room=room1 epoch=e1 offset=1 is "p1 1", which was refused',
    ],
    [
      'that a session was over too early',
      [{ fact: 'back', who: 'p1', resumed: false, away: 500 }],
      'I0 odd: p1 lost its session, after 500 ms away',
    ],
  ])('%s', (_, facts, line) => {
    expect(judged(...beginning, ...facts)).toContainEqual(expect.stringContaining(line));
  });
});
