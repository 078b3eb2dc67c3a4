import { CutProxy } from '../../engines/redis/cut-proxy.js';
import type { Dice } from '../../hub/model/dice.js';

/** The ways of one client to all nodes: each connection takes one of them at random. */
export class Ways {
  readonly #proxies: readonly CutProxy[];
  readonly #dice: Dice;

  private constructor(proxies: readonly CutProxy[], dice: Dice) {
    this.#proxies = proxies;
    this.#dice = dice;
  }

  /** @param ports - where the nodes listen */
  static async to(ports: readonly number[], dice: Dice): Promise<Ways> {
    return new Ways(await Promise.all(ports.map((port) => CutProxy.to(port))), dice);
  }

  /** The next one to try, and which node it leads to. */
  next(): { readonly node: number; readonly url: string } {
    const node = this.#dice.below(this.#proxies.length);
    return { node, url: `ws://127.0.0.1:${this.#proxies[node]?.port}/chat` };
  }

  /** Connections break. */
  break(): void {
    for (const proxy of this.#proxies) proxy.break();
  }

  /** Connections break, and no new one goes through, until `mend()`. */
  cut(): void {
    for (const proxy of this.#proxies) proxy.cut();
  }

  mend(): void {
    for (const proxy of this.#proxies) proxy.mend();
  }

  async close(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()));
  }
}
