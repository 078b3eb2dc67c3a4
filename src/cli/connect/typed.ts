import { setTimeout as sleep } from 'node:timers/promises';
import { type Chat, Over, Unsure } from './chat.js';

/** Lines that may wait; more are refused. */
const mostWaiting = 500;

/**
 * Whoever is held back by the server's rates for a minute without a break of a second is taken for abuse, however politely each answer was
 * waited for: a long paste, or a file, takes a break now and then.
 */
const breakMs = 1_200;
const stretchMs = 20_000;

/** Says when a break is due. */
export class Breaks {
  #since = Number.NEGATIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;
  readonly #now: () => number;
  readonly #pause: (ms: number) => Promise<unknown>;

  /**
   * @param now - the time in milliseconds
   * @param pause - resolves so many milliseconds later
   */
  constructor(now: () => number = () => performance.now(), pause: (ms: number) => Promise<unknown> = sleep) {
    this.#now = now;
    this.#pause = pause;
  }

  /** Resolves when the next line may go. */
  async next(): Promise<void> {
    const now = this.#now();
    if (now - this.#last >= breakMs) this.#since = now;
    else if (now - this.#since >= stretchMs) {
      await this.#pause(breakMs);
      this.#since = this.#now();
    }
  }

  /** A line was answered. */
  answered(): void {
    this.#last = this.#now();
  }
}

/** What was typed and is not answered yet: one line after the other, each until it is. Nothing of it is lost without a word. */
export class TypedLines {
  readonly #chat: Chat;
  readonly #tell: (sentence: string) => void;
  readonly #breaks = new Breaks();
  readonly #waiting: string[] = [];
  #work: Promise<void> | undefined;
  /** It was said that they wait. */
  #toldToWait = false;

  /** @param tell - is given a sentence about a line that is not, or may not be, said */
  constructor(chat: Chat, tell: (sentence: string) => void) {
    this.#chat = chat;
    this.#tell = tell;
  }

  /** Those that are not answered. */
  get unanswered(): readonly string[] {
    return this.#waiting;
  }

  add(line: string): void {
    if (this.#waiting.length >= mostWaiting) {
      this.#tell(`Not said, too much waits: ${withoutSecret(line)}`);
      return;
    }
    if (!this.#chat.online && !this.#toldToWait) {
      this.#toldToWait = true;
      this.#tell('Not connected. What you type is kept, and said later.');
    }
    this.#waiting.push(line);
    this.#work ??= this.#go();
  }

  /** Resolves when nothing waits any more, or nothing more can be said. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async #go(): Promise<void> {
    for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
      await this.#breaks.next();
      try {
        await this.#chat.say(line);
        this.#toldToWait = false;
      } catch (error) {
        if (error instanceof Over) break;
        if (!(error instanceof Unsure)) throw error;
        this.#tell(`It is not known whether this was said: ${withoutSecret(line)}`);
      }
      this.#breaks.answered();
      this.#waiting.shift();
    }
    this.#work = undefined;
  }
}

/** The line without what logs in or takes a session up: that stands on no screen, in no log, and in no history. */
export function withoutSecret(line: string): string {
  return line.replace(/^(\/(?:auth|resume)\s+)\S.*$/is, '$1***');
}
