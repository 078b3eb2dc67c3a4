import { Redis } from 'ioredis';
import { decodeEntry } from '../../../src/engines/redis/entry-codec.js';
import { Keys } from '../../../src/engines/redis/keys.js';
import { now } from '../checker/facts.js';
import type { Ledger } from '../checker/ledger.js';
import { pause } from '../pause.js';

/** How long it rests between two looks: much shorter than what is kept of a room lasts. */
const rest = 200;

/** An answer of Redis that takes longer is given up. */
const patience = 2_000;

interface Stand {
  readonly epoch: string;
  readonly offset: number;
}

/** Up to where a log was read; and how far it had been at most. */
interface Read extends Stand {
  readonly most: number;
}

/** Writes down all that Redis has of some logs, as it comes. By itself: as a node, it would declare others dead. */
export class Archivist {
  readonly #redis: Redis;
  readonly #logs: readonly string[];
  readonly #ledger: Ledger;
  readonly #keys = new Keys('chathub:');
  /** Entries that it found. */
  count = 0;
  readonly #stands = new Map<string, Read>();
  #closed = false;
  readonly #looking: Promise<void>;

  constructor(port: number, logs: readonly string[], ledger: Ledger) {
    this.#logs = logs;
    this.#ledger = ledger;
    const patient = { retryStrategy: () => 50, maxRetriesPerRequest: 0, commandTimeout: patience };
    this.#redis = new Redis(port, '127.0.0.1', { ...patient, enableOfflineQueue: false, protocol: 2 });
    this.#redis.on('error', () => undefined);
    // It may have been rolled back: all is looked at once more.
    this.#redis.on('ready', () => {
      for (const [log, { epoch, most }] of this.#stands) this.#stands.set(log, { epoch, offset: 0, most });
    });
    this.#looking = this.#look();
  }

  /** Where all logs stand, now that nobody says anything any more. */
  async settled(): Promise<ReadonlyMap<string, Stand>> {
    await this.#stop();
    await this.#read();
    for (const [room, { epoch, offset }] of this.#stands) this.#ledger.note({ fact: 'head', room, epoch, offset });
    return this.#stands;
  }

  /** The ids of what is kept of a log, the oldest first. */
  async kept(log: string): Promise<readonly string[]> {
    const stored = await this.#redis.lrange(this.#keys.log(log).entries, 0, -1);
    return stored.map((entry) => decodeEntry(entry).id);
  }

  async close(): Promise<void> {
    await this.#stop();
    this.#redis.disconnect();
  }

  async #stop(): Promise<void> {
    this.#closed = true;
    await this.#looking;
  }

  async #look(): Promise<void> {
    while (!this.#closed) {
      // Redis is away, or is being made to be.
      await this.#read().catch(() => undefined);
      await pause(rest);
    }
  }

  async #read(): Promise<void> {
    const began = now();
    const asked = this.#redis.pipeline();
    for (const log of this.#logs) asked.hmget(this.#keys.log(log).meta, 'epoch', 'head');
    const stands = (await asked.exec()) ?? [];
    for (const [index, [error, found]] of stands.entries()) {
      if (error !== null) throw error;
      const [epoch, head] = found as [string | null, string | null];
      if (epoch !== null) await this.#readLog(this.#logs[index]!, { epoch, offset: Number(head) });
    }
    this.#ledger.note({ fact: 'looked', began });
  }

  async #readLog(log: string, { epoch, offset: head }: Stand): Promise<void> {
    const known = this.#stands.get(log);
    const [from, most] = known?.epoch === epoch ? [known.offset, known.most] : [0, 0];
    if (head === from && known?.epoch === epoch) return;
    const { meta, entries } = this.#keys.log(log);
    // In one step: the log goes on meanwhile, or is lost.
    const both = await this.#redis
      .multi()
      .hmget(meta, 'epoch', 'head')
      .lrange(entries, Math.min(from - head, -1) - 50, -1)
      .exec();
    const [[, stand], [, stored]] = both as [[unknown, [string, string]], [unknown, string[]]];
    if (stand[0] !== epoch) return;
    for (const text of stored) {
      const entry = decodeEntry(text);
      if (entry.offset <= from) continue;
      if (entry.offset > most) this.count++;
      const said = 'text' in entry ? entry.text : '';
      const { offset, id, at } = entry;
      this.#ledger.note({ fact: 'stored', room: log, epoch, offset, id, text: said, at });
    }
    const offset = Number(stand[1]);
    this.#stands.set(log, { epoch, offset, most: Math.max(offset, most) });
  }
}
