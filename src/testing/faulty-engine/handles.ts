interface Handle {
  reach(): Promise<void>;
  close(): void;
}

/** The followers, or the watches, of one node by what they are of. */
export class Handles<T extends Handle> {
  readonly #open = new Map<string, Set<T>>();

  add(name: string, handle: T): void {
    const handles = this.#open.get(name) ?? new Set();
    this.#open.set(name, handles.add(handle));
  }

  delete(name: string, handle: T): void {
    const handles = this.#open.get(name);
    if (handles?.delete(handle) && handles.size === 0) this.#open.delete(name);
  }

  /** Resolves when all that has come by now of one, or of all, has been told. */
  async reach(name?: string): Promise<void> {
    const handles = name === undefined ? this.#all : (this.#open.get(name) ?? []);
    await Promise.all(Array.from(handles, (handle) => handle.reach()));
  }

  close(): void {
    for (const handle of this.#all) handle.close();
  }

  get #all(): T[] {
    return [...this.#open.values()].flatMap((handles) => [...handles]);
  }
}
