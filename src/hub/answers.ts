import type { Command } from '../model/commands.js';
import type { ServerEvent } from '../model/events.js';

/** Gets an answer: the event, or why there is none. */
type Take = (result: ServerEvent | Error) => unknown;

/** What was asked for, and its answer once that is there. */
interface Outstanding {
  readonly command: Command;
  result: ServerEvent | Error | undefined;
}

/** Of one connection, that the application may be answering at once; more, and what the client asks for next waits. */
const mostAsides = 64;

/** Answers that are given in the order in which they were asked for, in whichever order they come, and others beside them. */
export class Answers {
  readonly #outstanding: Outstanding[] = [];
  #asides = 0;
  #waiters: (() => void)[] | undefined;
  #asideWaiters: (() => void)[] | undefined;
  readonly #take: (result: ServerEvent | Error, command: Command) => void;

  /** @param take - gets the answers that keep their order */
  constructor(take: (result: ServerEvent | Error, command: Command) => void) {
    this.#take = take;
  }

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
      (this.#asideWaiters ??= []).push(resolve);
    });
  }

  /** Nothing else is to begin: nobody need wait for a place. */
  abandonPlaces(): void {
    for (const resolve of this.#asideWaiters?.splice(0) ?? []) resolve();
  }

  /** An answer that is given whenever it comes. */
  aside(answer: Promise<ServerEvent>, take: Take): void {
    this.#asides++;
    const settle = (result: ServerEvent | Error) => {
      this.#asides--;
      take(result);
      this.#asideWaiters?.shift()?.();
      this.#wake();
    };
    answer.then(settle, (error: unknown) => settle(asError(error)));
  }

  /** An answer that is given in its turn. */
  expect(answer: Promise<ServerEvent>, command: Command): void {
    const outstanding: Outstanding = { command, result: undefined };
    this.#outstanding.push(outstanding);
    answer.then(
      (event) => this.#give(outstanding, event),
      (error: unknown) => this.#give(outstanding, asError(error)),
    );
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
      (this.#waiters ??= []).push(resolve);
    });
  }

  #give(settled: Outstanding, result: ServerEvent | Error): void {
    settled.result = result;
    for (let first = this.#outstanding[0]; first?.result !== undefined; first = this.#outstanding[0]) {
      this.#outstanding.shift();
      this.#take(first.result, first.command);
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#waiters === undefined || (this.#outstanding.length > 0 && this.#asides > 0)) return;
    const waiters = this.#waiters;
    this.#waiters = undefined;
    for (const resolve of waiters) resolve();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
