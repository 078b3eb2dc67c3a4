import type { Dice } from '../../hub/model/dice.js';
import { FaultProxy } from './fault-proxy.js';

/** A node that can be reached: its number, and its port. */
export interface Place {
  readonly node: number;
  readonly port: number;
}

/** The ways of one client, or of some, to nodes: each connection takes one of them at random. */
export class Ways {
  readonly proxies: readonly FaultProxy[];
  readonly #places: readonly Place[];
  readonly #dice: Dice;

  private constructor(places: readonly Place[], proxies: readonly FaultProxy[], dice: Dice) {
    this.#places = places;
    this.proxies = proxies;
    this.#dice = dice;
  }

  /** @param places - where nodes listen */
  static async to(places: readonly Place[], dice: Dice): Promise<Ways> {
    return new Ways(places, await Promise.all(places.map(({ port }) => FaultProxy.to(port))), dice);
  }

  /** The next one to try, and which node it leads to. */
  next(): { readonly node: number; readonly url: string } {
    const way = this.#dice.below(this.proxies.length);
    return { node: this.#places[way]!.node, url: `ws://127.0.0.1:${this.proxies[way]!.port}/chat` };
  }

  get whole(): boolean {
    return this.proxies.every((proxy) => proxy.whole);
  }

  /** Does it to all of them. */
  all(what: (proxy: FaultProxy) => void): void {
    for (const proxy of this.proxies) what(proxy);
  }

  async close(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }
}
