import type { Sent } from '../client/index.js';

/** What was written and is not known to be said. */
export interface Unsent {
  readonly key: string;
  readonly text: string;
  readonly action: boolean;
  /** When it was written, in milliseconds since 1970. */
  readonly at: number;
  /** Why it was not sent, in a sentence. */
  readonly failure?: string;
  /** It is stored, and will be among what is said. */
  readonly sent?: Sent;
}

/** As it survives a reload. */
export type SavedUnsent = Pick<Unsent, 'text' | 'action' | 'at'>;

const unknownFailure = 'Perhaps it was: the page was loaded again before that was known.';

/** What is on its way, oldest first: marked until it is stored, and kept when it could not be. */
export class Outbox {
  #unsent: readonly Unsent[];
  #count = 0;

  constructor(saved: readonly SavedUnsent[] = []) {
    this.#unsent = saved.map((unsent) => ({ ...unsent, key: this.#nextKey(), failure: unknownFailure }));
  }

  get items(): readonly Unsent[] {
    return this.#unsent;
  }

  add(text: string, action: boolean): Unsent {
    const unsent = { key: this.#nextKey(), text, action, at: Date.now() };
    this.#unsent = [...this.#unsent, unsent];
    return unsent;
  }

  failed(key: string, failure: string): void {
    this.#change(key, (unsent) => ({ ...unsent, failure }));
  }

  sent(key: string, sent: Sent): void {
    this.#change(key, (unsent) => ({ ...unsent, sent }));
  }

  take(key: string): Unsent | undefined {
    const found = this.#unsent.find((unsent) => unsent.key === key);
    this.#unsent = this.#unsent.filter((unsent) => unsent !== found);
    return found;
  }

  /** What is stored under this id. */
  withId(id: string): Unsent | undefined {
    return this.#unsent.find(({ sent }) => sent?.id === id);
  }

  save(): readonly SavedUnsent[] {
    return this.#unsent.filter(({ sent }) => sent === undefined).map(({ text, action, at }) => ({ text, action, at }));
  }

  #nextKey(): string {
    return `u${++this.#count}`;
  }

  #change(key: string, change: (unsent: Unsent) => Unsent): void {
    this.#unsent = this.#unsent.map((unsent) => (unsent.key === key ? change(unsent) : unsent));
  }
}
