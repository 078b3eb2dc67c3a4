import { appendFileSync } from 'node:fs';
import path from 'node:path';
import type { Ledger } from '../checker/ledger.js';
import { buildNode } from './build.js';
import { Concerns } from './concerns.js';
import { FaultyNode, type Lot } from './node.js';
import { Store } from './store.js';

const hour = 3_600_000;
const megabyte = 1_048_576;

/** An hour apart, and two of them short of something. */
const lots: readonly Lot[] = [
  { name: 'one', ahead: 0, most: 320 * megabyte },
  { name: 'two', ahead: hour, heap: 96, most: 240 * megabyte },
  { name: 'three', ahead: -hour, files: 64, most: 320 * megabyte },
];

/** What can be broken: three nodes and their Redis. */
export class World {
  /** Where logs are. */
  readonly folder: string;
  readonly ledger: Ledger;
  readonly store: Store;
  readonly nodes: readonly FaultyNode[];
  readonly concerns = new Concerns();
  readonly #timer: NodeJS.Timeout;

  private constructor(folder: string, ledger: Ledger, store: Store, nodes: readonly FaultyNode[]) {
    this.folder = folder;
    this.ledger = ledger;
    this.store = store;
    this.nodes = nodes;
    this.#timer = setInterval(() => this.#weigh(), 500);
  }

  static async create(folder: string, ledger: Ledger, sources: string): Promise<World> {
    const [store, program] = await Promise.all([Store.start(), buildNode(folder, sources)]);
    const onEnd = ({ name }: FaultyNode, how: string) => ledger.note({ fact: 'ended', node: name, how });
    const surroundings = { folder, program, redis: store.redis.port, onEnd };
    const nodes = await Promise.all(lots.map((lot, number) => FaultyNode.create(lot, number, surroundings)));
    const world = new World(folder, ledger, store, nodes);
    try {
      await Promise.all(nodes.map((node) => node.start()));
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  /** Writes a line of what was done to it. */
  note(what: string): void {
    appendFileSync(path.join(this.folder, 'nemesis.log'), `${new Date().toISOString()} ${what}\n`);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.nodes.map((node) => node.close()));
    await this.store.end();
  }

  #weigh(): void {
    for (const { name, memory, lot } of this.nodes)
      if (memory !== undefined) this.ledger.note({ fact: 'memory', node: name, bytes: memory, most: lot.most });
  }
}
