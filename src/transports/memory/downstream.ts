/** The bytes from the hub to one peer: taken at once, or kept while the peer does not read. */
export class Downstream {
  readonly #highWaterMark: number;
  readonly #taken: (bytes: Uint8Array) => void;
  readonly #drained: () => void;
  #waiting: Uint8Array[] = [];
  #bufferedBytes = 0;
  #stalled = false;
  #blocked = false;

  /**
   * @param highWaterMark - how many waiting bytes block the writer
   * @param taken - is given what the peer takes
   * @param drained - is called when a blocked writer can go on
   */
  constructor(highWaterMark: number, taken: (bytes: Uint8Array) => void, drained: () => void) {
    this.#highWaterMark = highWaterMark;
    this.#taken = taken;
    this.#drained = drained;
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  write(bytes: Uint8Array): void {
    if (!this.#stalled) {
      this.#taken(bytes);
      return;
    }
    this.#waiting.push(bytes);
    this.#bufferedBytes += bytes.length;
    if (this.#bufferedBytes >= this.#highWaterMark) this.#blocked = true;
  }

  stall(): void {
    this.#stalled = true;
  }

  resume(): void {
    this.#stalled = false;
    this.read(this.#bufferedBytes);
  }

  /** Takes so many of the waiting bytes; says how many there were. */
  read(count: number): number {
    let taken = 0;
    for (let bytes = this.#waiting[0]; bytes !== undefined && taken < count; bytes = this.#waiting[0]) {
      const part = bytes.subarray(0, count - taken);
      if (part.length < bytes.length) this.#waiting[0] = bytes.subarray(part.length);
      else this.#waiting.shift();
      taken += part.length;
      this.#bufferedBytes -= part.length;
      this.#taken(part);
    }
    if (this.#blocked && this.#bufferedBytes < this.#highWaterMark) {
      this.#blocked = false;
      this.#drained();
    }
    return taken;
  }

  /** The connection is no more: nobody will read the rest. */
  drop(): void {
    this.#waiting = [];
    this.#bufferedBytes = 0;
    this.#blocked = false;
  }
}
