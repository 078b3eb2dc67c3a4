import type { Command } from '../model/commands.js';
import type { Clock } from '../ports/clock.js';
import type { BadFrame, Connection, Framing } from '../ports/transport.js';
import type { Throttle } from './throttle.js';

interface Frame {
  readonly frame: string | BadFrame;
  readonly framing: Framing;
}

/** Frames that may wait while reading goes on: more, and the peer is paused. */
const readAhead = 16;

/** What is done with the input of a connection. */
export interface InputHost {
  /** So much waits to be sent to the peer that nothing of what it asks for is done now. */
  readonly congested: boolean;
  /** Resolves when nobody else changes the member; undefined when nobody does. */
  readonly hindrance: Promise<void> | undefined;
  /** Something waits that `proceed()` goes on with: it is to be called when all is written, at the latest. */
  heed(): void;
  /** What the frame asks for; null: nothing, or nothing that could be understood. */
  read(frame: string | BadFrame, framing: Framing): Command | null;
  isSend(command: Command): boolean;
  /** Does what is asked for. A promise, which must not reject: nothing else is done until it settles. */
  run(command: Command): Promise<unknown> | undefined;
  /** The peer is faster than its rates, and waits. */
  heldBack(): void;
  /** The peer has been too fast for too long. */
  abused(): void;
  /** All that came has been done, and no more will come. */
  exhausted(): void;
}

/**
 * What came from one connection, done strictly in order, one after another. Reading stops while the peer is faster than its
 * rates, or does not read what it is sent; frames that come all the same wait here.
 */
export class Input {
  #queue: Frame[] = [];
  #next = 0;
  #busy = false;
  #work: Promise<unknown> = Promise.resolve();
  #reading = true;
  #ended = false;
  #stopped = false;
  /** Over its rate: waits for its turn by the clock. */
  #cancelHold: (() => void) | undefined;
  readonly #connection: Connection;
  readonly #host: InputHost;
  readonly #throttle: Throttle | undefined;
  readonly #clock: Clock;

  constructor(connection: Connection, host: InputHost, throttle: Throttle | undefined, clock: Clock) {
    this.#connection = connection;
    this.#host = host;
    this.#throttle = throttle;
    this.#clock = clock;
  }

  /** Resolves when what is being done now is done. */
  get settled(): Promise<unknown> {
    return this.#work;
  }

  /** Whether there is nothing that could be gone on with. */
  get idle(): boolean {
    return this.#reading && !this.#ended && this.#queue.length === 0;
  }

  receive(frame: string | BadFrame, framing: Framing): void {
    if (this.#stopped) return;
    if (!this.#waiting && !this.#host.congested && this.#host.hindrance === undefined) {
      const now = this.#now;
      this.#throttle?.rest(now);
      this.#handle(frame, framing, now);
      return;
    }
    this.#queue.push({ frame, framing });
    this.#host.heed();
    if (this.#queue.length - this.#next >= readAhead) this.#read(false);
    this.proceed();
  }

  /** Does a command that the peer did not send. */
  run(command: Command): void {
    const work = this.#host.run(command);
    if (work !== undefined) this.#wait(work);
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#host.heed();
    this.proceed();
  }

  /** Nothing more is done, whatever came. */
  stop(): void {
    this.#stopped = true;
    this.#queue = [];
    this.#cancelHold?.();
  }

  /** Goes on with what has waited. */
  proceed(): void {
    while (this.#next < this.#queue.length) {
      if (this.#stopped || this.#busy || this.#cancelHold !== undefined || this.#host.congested) return;
      const { hindrance } = this.#host;
      if (hindrance !== undefined) {
        this.#wait(hindrance);
        return;
      }
      const next = this.#queue[this.#next++];
      if (next !== undefined) this.#handle(next.frame, next.framing);
    }
    if (this.#next > 0) this.#queue = [];
    this.#next = 0;
    if (this.#stopped || this.#busy || this.#cancelHold !== undefined) return;
    if (!this.#host.congested) this.#read(true);
    if (this.#ended) this.#host.exhausted();
  }

  /** Something is being done, or waits to be. */
  get #waiting(): boolean {
    return this.#busy || this.#cancelHold !== undefined || this.#next < this.#queue.length;
  }

  /** @param now - of the clock: it is asked once for a frame */
  #handle(frame: string | BadFrame, framing: Framing, now = this.#now): void {
    const command = this.#host.read(frame, framing);
    this.#pass(command, now);
  }

  get #now(): number {
    return this.#throttle === undefined ? 0 : this.#clock.monotonic();
  }

  /** Lets a frame through when the rate of frames allows it, else later. */
  #pass(command: Command | null, now: number): void {
    const wait = this.#throttle?.frame(now) ?? 0;
    if (wait > 0) this.#hold(wait, () => this.#pass(command, this.#now));
    else if (command !== null) this.#admit(command, now);
  }

  /** Does the command when the rate of messages allows it, else later. */
  #admit(command: Command, now: number): void {
    if (this.#stopped) return;
    const wait = this.#host.isSend(command) ? (this.#throttle?.send(now) ?? 0) : 0;
    if (wait > 0) this.#hold(wait, () => this.#admit(command, this.#now));
    else this.run(command);
  }

  #hold(wait: number, then: () => void): void {
    if (this.#stopped) return;
    if (this.#throttle?.abusive(this.#clock.monotonic())) {
      this.#host.abused();
      return;
    }
    this.#host.heldBack();
    this.#read(false);
    this.#cancelHold = this.#clock.after(wait, () => {
      this.#cancelHold = undefined;
      this.#throttle?.released(this.#clock.monotonic());
      then();
      this.proceed();
    });
  }

  /** Nothing else is done until the work is. */
  #wait(work: Promise<unknown>): void {
    this.#busy = true;
    this.#work = work;
    void work.then(() => {
      this.#busy = false;
      this.proceed();
    });
  }

  #read(reading: boolean): void {
    if (this.#reading === reading || this.#stopped) return;
    this.#reading = reading;
    if (reading) this.#connection.resume();
    else {
      this.#connection.pause();
      this.#host.heed();
    }
  }
}
