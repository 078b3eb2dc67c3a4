import type { Invariant } from '../checker/rule.js';

/** A change to one file of `src/`. */
interface Patch {
  readonly file: string;
  /** What stands there, once. */
  readonly find: string;
  readonly put: string;
}

/** A fault of our own, which a run has to find. */
export interface Plant {
  readonly name: string;
  readonly patches: readonly Patch[];
  /** Which invariants it breaks: one of these is to be found first. */
  readonly breaks: readonly Invariant[];
  /** What has to go wrong for it to show, and for how long. */
  readonly only: readonly string[];
  readonly seconds: number;
}

/** Each is a mistake that a careful person could make. */
export const plants: readonly Plant[] = [
  {
    name: 'ack before store',
    patches: [
      {
        file: 'engines/redis/logs.ts',
        find: 'const { appended } = await (feed === undefined ? placing : feed.settled(placing));',
        put: `placing.catch(() => undefined);
    const { epoch = '', offset = 0 } = feed?.position ?? {};
    const appended = { id: draft.id, epoch, offset: offset + 1, at: Date.now(), duplicate: false, entry: undefined };`,
      },
    ],
    breaks: ['I1'],
    only: [],
    seconds: 5,
  },
  {
    name: 'no duplicates check on resume',
    patches: [
      {
        file: 'engines/redis/scripts/log.ts',
        find: 'if bornThen == born then again = { idThen, offsetThen, atThen } end',
        put: '',
      },
      {
        file: 'engines/redis/scripts/log.ts',
        find: 'if not found[1] or bornThen ~= found[3] then return {} end',
        put: 'if true then return {} end',
      },
    ],
    breaks: ['I2', 'I9'],
    only: ['clients cut between send and sent', 'clients cut'],
    seconds: 15,
  },
  {
    name: 'offset from the clock',
    patches: [
      {
        file: 'engines/redis/log-store.ts',
        find: 'const entry = place(draft, Number(offset), Number(at));',
        put: 'const entry = place(draft, Date.now(), Number(at));',
      },
    ],
    breaks: ['I1', 'I3', 'I4'],
    only: [],
    seconds: 5,
  },
  {
    name: 'a swallowed gap',
    patches: [
      {
        file: 'hub/local-room.ts',
        find: "this.broadcast({ type: 'gap', room: this.wireName, epoch: this.#position.epoch, from, to });",
        put: '',
      },
    ],
    breaks: ['I4'],
    only: ['way cut for long'],
    seconds: 5,
  },
  {
    name: 'presence without lease',
    patches: [
      {
        file: 'engines/redis/lease.ts',
        find: 'if (this.#now() >= this.#holdUntil && !this.#closed) await this.#reap();',
        put: '',
      },
    ],
    breaks: ['I5'],
    only: ['nodes crashed for long'],
    seconds: 5,
  },
];
