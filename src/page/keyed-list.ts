/** How items become elements. */
export interface Rendering<T> {
  key(item: T): string;
  create(item: T): HTMLElement;
  /** Brings an element up to date; it was made for an item of this key. */
  update(element: HTMLElement, item: T): void;
}

/**
 * The children of an element, one for each item. Those whose item stays keep their element, and with it the focus, the
 * selection and what a screen reader has read; nothing moves that need not.
 */
export class KeyedList<T> {
  readonly #parent: HTMLElement;
  readonly #rendering: Rendering<T>;
  #elements = new Map<string, HTMLElement>();

  constructor(parent: HTMLElement, rendering: Rendering<T>) {
    this.#parent = parent;
    this.#rendering = rendering;
  }

  show(items: readonly T[]): void {
    const { key, create, update } = this.#rendering;
    const elements = new Map<string, HTMLElement>();
    for (const item of items) {
      const name = key(item);
      const element = this.#elements.get(name) ?? create(item);
      elements.set(name, element);
      update(element, item);
    }
    for (const [name, element] of this.#elements) if (!elements.has(name)) element.remove();
    this.#elements = elements;
    let next = this.#parent.firstElementChild;
    for (const element of elements.values()) {
      if (element === next) next = next.nextElementSibling;
      else this.#parent.insertBefore(element, next);
    }
  }

  get(key: string): HTMLElement | undefined {
    return this.#elements.get(key);
  }

  entries(): IterableIterator<[string, HTMLElement]> {
    return this.#elements.entries();
  }
}
