import type { BadFrame, Connection, ConnectionHandler, Framing } from '../../index.js';
import { until } from '../checks.js';

type How = 'normal' | 'ended' | 'lost';

/** A handler that writes down what it hears, and what it should not have heard. */
export class HubSide implements ConnectionHandler {
  readonly connection: Connection;
  readonly frames: (string | BadFrame)[] = [];
  readonly endings: How[] = [];
  /** Breaches of the contract. */
  readonly faults: string[] = [];
  drains = 0;
  ends = 0;
  /** Called for each frame after it was written down. */
  onFrame: (frame: string | BadFrame, framing: Framing) => void = () => undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  receive(frame: string | BadFrame, framing: Framing): void {
    this.#mustBeOpen('receive');
    if (this.ends > 0) this.faults.push('receive() was called after ended()');
    this.frames.push(frame);
    this.onFrame(frame, framing);
  }

  drained(): void {
    this.#mustBeOpen('drained');
    this.drains += 1;
  }

  ended(): void {
    this.#mustBeOpen('ended');
    this.ends += 1;
    if (this.ends > 1) this.faults.push('ended() was called twice');
  }

  closed(how: How): void {
    this.#mustBeOpen('closed');
    this.endings.push(how);
  }

  /** Writes frames in one write. */
  write(...frames: readonly string[]): void {
    this.connection.write(this.connection.framing.frame(frames).bytes);
  }

  async received(count: number, ms?: number): Promise<void> {
    await until(`${count} frames are received`, () => this.frames.length >= count, ms);
  }

  /** Waits for the end, and says how it came. */
  async ending(ms?: number): Promise<How | undefined> {
    await until('closed() is called', () => this.endings.length > 0, ms);
    return this.endings[0];
  }

  #mustBeOpen(method: string): void {
    if (this.endings.length > 0) this.faults.push(`${method}() was called after closed()`);
  }
}
