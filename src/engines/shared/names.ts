import type { NameOwner } from '../../ports/engine.js';

/** A name that is taken: its comparison key, and how its owner writes it. */
export interface HeldName {
  readonly key: string;
  readonly name: string;
}

/** Who has which name: those of authenticated users stay while they are away. */
export interface NameBook {
  ownerOf(key: string): NameOwner | undefined;
  heldBy(user: string): HeldName | undefined;
  /** In place of the one that the user held. */
  give(user: string, held: HeldName): void;
  free(user: string): void;
}

/** Names in memory. */
export class MemoryNames implements NameBook {
  readonly #owners = new Map<string, NameOwner>();
  readonly #held = new Map<string, HeldName>();

  get size(): number {
    return this.#owners.size;
  }

  ownerOf(key: string): NameOwner | undefined {
    return this.#owners.get(key);
  }

  heldBy(user: string): HeldName | undefined {
    return this.#held.get(user);
  }

  give(user: string, held: HeldName): void {
    this.free(user);
    this.#owners.set(held.key, { user, name: held.name });
    this.#held.set(user, held);
  }

  free(user: string): void {
    const held = this.#held.get(user);
    if (held === undefined) return;
    this.#owners.delete(held.key);
    this.#held.delete(user);
  }
}
