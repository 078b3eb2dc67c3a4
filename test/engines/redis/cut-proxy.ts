import { once } from 'node:events';
import net from 'node:net';

/** A way to a port of loopback that can be cut, and stalled. */
export class CutProxy {
  readonly #server: net.Server;
  readonly #pairs = new Set<readonly [net.Socket, net.Socket]>();
  #cut = false;
  #stalled = false;

  private constructor(target: number) {
    this.#server = net.createServer((near) => {
      if (this.#cut) {
        near.destroy();
        return;
      }
      const far = net.connect(target, '127.0.0.1');
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      for (const socket of pair) {
        socket.setNoDelay(true);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          for (const either of pair) either.destroy();
          this.#pairs.delete(pair);
        });
      }
      near.on('data', (bytes) => void far.write(bytes));
      far.on('data', (bytes) => void near.write(bytes));
      if (this.#stalled) for (const socket of pair) socket.pause();
    });
  }

  static async to(target: number): Promise<CutProxy> {
    const proxy = new CutProxy(target);
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

  /** Connections break, and new ones are refused, until `mend()`. */
  cut(): void {
    this.#cut = true;
    this.break();
  }

  /** Connections break; new ones go through. */
  break(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  /** Nothing goes through, and nobody is told: as when a cable is pulled. */
  stall(): void {
    this.#stalled = true;
    for (const pair of this.#pairs) for (const socket of pair) socket.pause();
  }

  mend(): void {
    this.#cut = false;
    this.#stalled = false;
    for (const pair of this.#pairs) for (const socket of pair) socket.resume();
  }

  async close(): Promise<void> {
    this.break();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }
}
