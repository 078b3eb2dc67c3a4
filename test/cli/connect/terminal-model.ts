import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';

/** Of these, each is two columns wide, and of those, none (UAX 11; as much of it as the tests type). */
const wide = /[\u1100-\u115f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3\u{1f300}-\u{1f64f}]/u;
const zero = /[\p{Mn}\p{Cf}]/u;

/** What a program may do to a terminal here: text, LF (with CR, as terminals in raw mode have it), and these sequences (ECMA-48). */
const piece = /\p{Cc}\[(\d*)([ABGHJK])|\p{Cc}[78]|\p{Cc}\[\?2004[hl]|\p{Cc}\[[\d;]*m|\n|\P{Cc}/gu;

/** A terminal as a grid of cells, which knows of wide characters and of the wrap that waits for the next character. */
export class TerminalModel extends EventEmitter {
  columns: number;
  rows: number;
  readonly keyboard = new PassThrough();
  /** Whether it says what is pasted. */
  marksPastes = false;
  /** What was written that is none of the above. */
  stray = '';
  /** All rows so far: those that have scrolled out as well. */
  readonly #grid: string[][] = [[]];
  #row = 0;
  #column = 0;
  /** The last column is filled: the next character goes to the next row. */
  #full = false;
  #saved: [row: number, column: number] = [0, 0];

  constructor(columns = 40, rows = 12) {
    super();
    this.columns = columns;
    this.rows = rows;
  }

  /** As a stream has it. */
  write(text: string): boolean {
    this.stray += text.replace(piece, '');
    for (const [all, count, command] of text.matchAll(piece)) this.#do(all, Number(count || 1), command);
    return true;
  }

  /** What stands there, without the spaces at the ends of rows. */
  get lines(): string[] {
    const lines = this.#grid.map((row) => row.join('').trimEnd());
    // What the cursor has only passed over is no line.
    const last = lines.findLastIndex((line) => line !== '');
    return lines.slice(0, Math.max(last, this.#row) + 1);
  }

  /** Where the cursor is. */
  get cursor(): { readonly row: number; readonly column: number } {
    return { row: this.#row, column: this.#full ? this.columns : this.#column };
  }

  /** Presses keys, as bytes. */
  type(keys: string): void {
    this.keyboard.write(keys);
  }

  /** Pastes text. */
  paste(text: string): void {
    this.type(this.marksPastes ? `\x1b[200~${text}\x1b[201~` : text);
  }

  #do(all: string, count: number, command: string | undefined): void {
    if (command === 'A') this.#move(this.#row - count, this.#column);
    else if (command === 'B') this.#move(Math.min(this.#row + count, this.#bottom), this.#column);
    else if (command === 'G') this.#move(this.#row, count - 1);
    else if (command === 'H') this.#move(this.#top, 0);
    else if (all === '\x1b[2K') this.#grid[this.#row] = [];
    else if (all === '\x1b[2J') for (let row = this.#top; row < this.#grid.length; row++) this.#grid[row] = [];
    else if (all === '\x1b[J') this.#eraseBelow();
    else if (all === '\x1b7') this.#saved = [this.#row, this.#column];
    else if (all === '\x1b8') this.#move(...this.#saved);
    else if (all.startsWith('\x1b[?2004')) this.marksPastes = all.endsWith('h');
    else if (all === '\n') this.#move(this.#row + 1, 0);
    else if (!all.startsWith('\x1b')) this.#put(all);
  }

  /** The first row that is on the screen, beyond which no cursor goes. */
  get #top(): number {
    return Math.max(0, this.#grid.length - this.rows);
  }

  /** The last row of the screen. */
  get #bottom(): number {
    return this.#top + this.rows - 1;
  }

  #move(row: number, column: number): void {
    this.#row = Math.max(this.#top, row);
    this.#column = column;
    this.#full = false;
    while (this.#grid.length <= this.#row) this.#grid.push([]);
  }

  #eraseBelow(): void {
    this.#grid.splice(this.#row + 1);
    this.#grid[this.#row]?.splice(this.#column);
  }

  #put(sign: string): void {
    if (zero.test(sign)) return;
    const width = wide.test(sign) ? 2 : 1;
    if (this.#full || this.#column + width > this.columns) this.#move(this.#row + 1, 0);
    const row = this.#grid[this.#row] ?? [];
    while (row.length < this.#column) row.push(' ');
    row.splice(this.#column, width, ...[sign, ''].slice(0, width));
    this.#column += width;
    this.#full = this.#column >= this.columns;
    if (this.#full) this.#column = this.columns - 1;
  }
}
