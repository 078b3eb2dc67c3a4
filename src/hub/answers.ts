import type { ServerEvent } from '../model/events.js';

type Take = (result: ServerEvent | Error) => unknown;

interface Outstanding {
  readonly take: Take;
  result: ServerEvent | Error | undefined;
}

/** Of one connection, that the application may be answering at once; more, and what the client asks for next waits. */
const mostAsides = 64;

/** Answers that are given in the order in which they were asked for, in whichever order they come, and others beside them. */
export class Answers {
  readonly #outstanding: Outstanding[] = [];
  #asides = 0;
  #waiters: (() => void)[] = [];
  #asideWaiters: (() => void)[] = [];

  /** How many are outstanding of those that keep their order. */
  get pending(): number {
    return this.#outstanding.length;
  }

  /** Whether any is outstanding. */
  get outstanding(): boolean {
    return this.#outstanding.length > 0 || this.#asides > 0;
  }

  /** Resolves when another may begin beside the rest; undefined when it may now. */
  place(): Promise<void> | undefined {
    if (this.#asides < mostAsides) return undefined;
    return new Promise((resolve) => {
      this.#asideWaiters.push(resolve);
    });
  }

  /** Nothing else is to begin: nobody need wait for a place. */
  abandonPlaces(): void {
    for (const resolve of this.#asideWaiters.splice(0)) resolve();
  }

  /** An answer that is given whenever it comes. */
  aside(answer: Promise<ServerEvent>, take: Take): void {
    this.#asides++;
    const settle = (result: ServerEvent | Error) => {
      this.#asides--;
      take(result);
      this.#asideWaiters.shift()?.();
      this.#wake();
    };
    answer.then(settle, (error: unknown) => settle(asError(error)));
  }

  expect(answer: Promise<ServerEvent>, take: Take): void {
    const outstanding: Outstanding = { take, result: undefined };
    this.#outstanding.push(outstanding);
    const settle = (result: ServerEvent | Error) => {
      outstanding.result = result;
      this.#give();
    };
    answer.then(settle, (error: unknown) => settle(asError(error)));
  }

  /** Resolves when none is outstanding of those that keep their order. */
  inOrder(): Promise<void> {
    return this.#when(() => this.#outstanding.length === 0);
  }

  /** Resolves when none at all is outstanding. */
  settled(): Promise<void> {
    return this.#when(() => !this.outstanding);
  }

  async #when(settled: () => boolean): Promise<void> {
    while (!settled()) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #give(): void {
    for (let first = this.#outstanding[0]; first?.result !== undefined; first = this.#outstanding[0]) {
      this.#outstanding.shift();
      first.take(first.result);
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#outstanding.length > 0 && this.#asides > 0) return;
    for (const resolve of this.#waiters.splice(0)) resolve();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
