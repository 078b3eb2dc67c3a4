import type { Entry } from '../../model/entry.js';

/** The newest entries of a log by offset, in a circular array that grows as needed. */
export class Ring {
  #slots: (Entry | undefined)[] = [];
  /** The oldest offset held; one above `#last` when nothing is. */
  #first = 1;
  #last = 0;

  get first(): number {
    return this.#first;
  }

  get size(): number {
    return this.#last - this.#first + 1;
  }

  at(offset: number): Entry | undefined {
    if (offset < this.#first || offset > this.#last) return undefined;
    return this.#slots[offset & (this.#slots.length - 1)];
  }

  /** Adds the entry whose offset is one above the last. */
  push(entry: Entry): void {
    if (this.size === this.#slots.length) this.#grow();
    this.#slots[entry.offset & (this.#slots.length - 1)] = entry;
    this.#last = entry.offset;
  }

  replace(entry: Entry): void {
    this.#slots[entry.offset & (this.#slots.length - 1)] = entry;
  }

  /** Takes out the oldest entry. */
  shift(): Entry | undefined {
    const entry = this.at(this.#first);
    if (entry === undefined) return undefined;
    this.#slots[this.#first & (this.#slots.length - 1)] = undefined;
    this.#first++;
    return entry;
  }

  #grow(): void {
    const grown = new Array<Entry | undefined>(Math.max(4, this.#slots.length * 2));
    for (let offset = this.#first; offset <= this.#last; offset++) {
      grown[offset & (grown.length - 1)] = this.#slots[offset & (this.#slots.length - 1)];
    }
    this.#slots = grown;
  }
}
