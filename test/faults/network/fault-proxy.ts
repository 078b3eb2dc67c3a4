import { once } from 'node:events';
import net from 'node:net';
import { type Direction, Lane, type Link } from './lane.js';

/** How bytes go now. */
export interface Conditions {
  /** Milliseconds that each takes. */
  delay: number;
  /** Bytes a second, each way. */
  rate: number;
  /** Where nothing goes on, and nobody is told. */
  readonly stalled: Set<Direction>;
}

/** A way to a port of loopback, to which anything can happen that happens to networks: there is no `netem` everywhere. */
export class FaultProxy {
  readonly #server: net.Server;
  readonly #links = new Set<Link>();
  readonly #conditions: Conditions = { delay: 0, rate: Number.POSITIVE_INFINITY, stalled: new Set() };
  #cut = false;

  private constructor(target: number) {
    this.#server = net.createServer((near) => this.#accept(near, target));
  }

  static async to(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Nothing is being done to it: what goes in comes out. */
  get whole(): boolean {
    const { delay, rate, stalled } = this.#conditions;
    const normal = delay === 0 && rate === Number.POSITIVE_INFINITY && stalled.size === 0;
    return normal && ![...this.#links].some(({ half }) => half);
  }

  /** Connections break, and new ones are refused, until `mend()`. */
  cut(): void {
    this.#cut = true;
    this.break();
  }

  /** Connections break; new ones go through. */
  break(): void {
    for (const link of this.#links) breakLink(link);
  }

  /** Nothing goes through, in these directions, and nobody is told: as when a cable is pulled. */
  stall(...directions: readonly Direction[]): void {
    for (const direction of directions) this.#conditions.stalled.add(direction);
    this.#changed();
  }

  delay(ms: number): void {
    this.#conditions.delay = ms;
  }

  throttle(bytesPerSecond: number): void {
    this.#conditions.rate = bytesPerSecond;
  }

  /** One end of each connection is gone, and the other never hears of it: until `mend()`, or until it asks in vain. */
  halfOpen(gone: 'client' | 'server'): number {
    const links = [...this.#links].filter(({ half }) => !half);
    for (const link of links) {
      link.half = true;
      const [lost, left] = gone === 'client' ? [link.near, link.far] : [link.far, link.near];
      lost.resetAndDestroy();
      // What it sends goes nowhere.
      left.resume();
    }
    return links.length;
  }

  /** The next command of each connection arrives, and its answer does not: the connection breaks between them. Says how many there are. */
  cutBeforeAnswer(): number {
    for (const link of this.#links) {
      link.up.passed = () => {
        link.down.lost = true;
        setTimeout(() => breakLink(link), 20);
      };
    }
    return this.#links.size;
  }

  mend(): void {
    this.#cut = false;
    this.#conditions.delay = 0;
    this.#conditions.rate = Number.POSITIVE_INFINITY;
    this.#conditions.stalled.clear();
    for (const link of this.#links) {
      link.up.passed = undefined;
      if (link.half) breakLink(link);
    }
    this.#changed();
  }

  async close(): Promise<void> {
    this.break();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #accept(near: net.Socket, target: number): void {
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = net.connect(target, '127.0.0.1');
    const [up, down] = [new Lane('up', near, far, this.#conditions), new Lane('down', far, near, this.#conditions)];
    const link: Link = { near, far, up, down, half: false };
    this.#links.add(link);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        if (!link.half) other.destroy();
        if (near.destroyed && far.destroyed) this.#forget(link);
      });
    }
  }

  #forget(link: Link): void {
    this.#links.delete(link);
    link.up.close();
    link.down.close();
  }

  #changed(): void {
    for (const { up, down } of this.#links) {
      up.changed();
      down.changed();
    }
  }
}

function breakLink({ near, far }: Link): void {
  near.resetAndDestroy();
  far.destroy();
}
