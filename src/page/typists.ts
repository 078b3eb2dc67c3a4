/** Somebody who is at it says so again before this is over. */
const shownMs = 6_000;

/** Who is writing in a conversation, as far as they said so lately. */
export class Typists {
  readonly #names = new Map<string, string>();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get names(): readonly string[] {
    return [...this.#names.values()];
  }

  add(user: string, name: string): void {
    clearTimeout(this.#timers.get(user));
    this.#names.set(user, name);
    this.#timers.set(
      user,
      setTimeout(() => this.remove(user), shownMs),
    );
    this.#changed();
  }

  remove(user: string): void {
    clearTimeout(this.#timers.get(user));
    this.#timers.delete(user);
    if (this.#names.delete(user)) this.#changed();
  }
}
