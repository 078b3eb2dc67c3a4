import type { ServerEvent } from '../model/events.js';

type Take = (result: ServerEvent | Error) => void;

interface Outstanding {
  readonly take: Take;
  result: ServerEvent | Error | undefined;
}

/** Answers that are given in the order in which they were asked for, in whichever order they come. */
export class Answers {
  readonly #outstanding: Outstanding[] = [];
  #waiters: (() => void)[] = [];

  get pending(): number {
    return this.#outstanding.length;
  }

  expect(answer: Promise<ServerEvent>, take: Take): void {
    const outstanding: Outstanding = { take, result: undefined };
    this.#outstanding.push(outstanding);
    const settle = (result: ServerEvent | Error) => {
      outstanding.result = result;
      this.#give();
    };
    answer.then(settle, (error: unknown) => settle(error instanceof Error ? error : new Error(String(error))));
  }

  /** Resolves when none is outstanding. */
  settled(): Promise<void> {
    if (this.#outstanding.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push(resolve);
    });
  }

  #give(): void {
    for (let first = this.#outstanding[0]; first?.result !== undefined; first = this.#outstanding[0]) {
      this.#outstanding.shift();
      first.take(first.result);
    }
    if (this.#outstanding.length === 0) for (const resolve of this.#waiters.splice(0)) resolve();
  }
}
