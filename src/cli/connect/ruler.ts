import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';

/** Where a text ends that begins at the left edge. */
export interface Extent {
  /** Rows below the first. */
  readonly rows: number;
  readonly cols: number;
}

/** Measures text on a terminal, by what `node:readline` knows of wide characters, combining marks and wrapping. */
export class Ruler {
  readonly #output = Object.assign(new PassThrough(), { columns: 80 });
  readonly #editor: Interface;

  constructor() {
    this.#editor = createInterface({ input: new PassThrough(), output: this.#output, terminal: true, historySize: 0 });
  }

  /** @param columns - of the terminal */
  measure(text: string, columns: number): Extent {
    this.#output.columns = columns;
    this.#editor.setPrompt(text);
    return this.#editor.getCursorPos();
  }

  /** In columns, on one row. */
  width(text: string): number {
    return this.measure(text, Number.MAX_SAFE_INTEGER).cols;
  }
}
