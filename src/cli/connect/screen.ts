import { createInterface, type Interface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { type Keyboard, keysOf, markNoPastes, markPastes } from './keys.js';
import { Ruler } from './ruler.js';

/** A terminal to look at: `process.stdout`. */
export interface Display extends NodeJS.WritableStream {
  readonly columns?: number;
  readonly rows?: number;
}

/** What a screen tells of, and asks for. */
export interface ScreenHost {
  /** A line was typed, and stands on the screen. */
  typed(line: string): void;
  /** Ctrl-D, or Ctrl-C on an empty line, or the terminal is gone. */
  left(): void;
  complete(line: string): readonly [offers: readonly string[], of: string];
  /** How a typed line stays on the screen, and what it is in the history; undefined: it is a secret, and in none. */
  remembered(line: string): string | undefined;
  paintPrompt(prompt: string): string;
}

/** Lines that the up arrow goes back to. */
const historySize = 500;

/** Where the cursor goes (ECMA-48, 8.3.22 and 8.3.9). */
const up = (rows: number) => (rows > 0 ? `\x1b[${rows}A` : '');
const toColumn = (column: number) => `\x1b[${column + 1}G`;
/**
 * The cursor's row, and what is below it (8.3.41 and 8.3.39), between saving the cursor and taking it back. Not all at once: erased from its
 * first cell on, a screen is kept in the scrollback by tmux, and would come back when it becomes wider.
 */
const eraseBelow = '\x1b[2K\x1b7\x1b[B\x1b[J\x1b8';
const clear = '\x1b[H\x1b[2J';

/** Shown in place of what would act on the terminal, or turn the direction of text: it has the same length, and width 1. */
const unseen = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * An input line at the bottom of a terminal, and lines above it. `node:readline` edits the line, keeps the history and reads the keys; it
 * is shown by this alone, or what comes would be written into it.
 */
export class Screen {
  readonly #display: Display;
  readonly #host: ScreenHost;
  readonly #editor: Interface;
  /** Ends the reading of keys. */
  readonly #stop: () => void;
  readonly #ruler = new Ruler();
  #prompt = '';
  /** What stands between the beginning of the input line and the cursor; undefined where nothing is drawn. */
  #drawn: string | undefined;
  #above: string[] = [];
  #frame: NodeJS.Immediate | undefined;
  #asked = '';
  #closed = false;
  readonly #resized = () => this.#redraw();

  constructor(keyboard: Keyboard, display: Display, host: ScreenHost) {
    const { keys, stop } = keysOf(keyboard);
    this.#stop = stop;
    this.#display = display;
    this.#host = host;
    this.#editor = createInterface({
      input: keys,
      // Whatever it would write is drawn here.
      output: nowhere(),
      terminal: true,
      historySize,
      removeHistoryDuplicates: true,
      completer: (line: string) => this.#complete(line),
    });
    this.#editor.on('line', (line) => this.#enter(line));
    this.#editor.on('history', (history: string[]) => this.#keep(history));
    this.#editor.on('SIGINT', () => this.#interrupt());
    this.#editor.on('SIGCONT', () => this.#return());
    this.#editor.on('close', () => this.#left());
    // Behind the editor's own listener: what the key does is done.
    keys.on('keypress', this.#pressed);
    this.#display.on('resize', this.#resized);
    this.#display.write(markPastes);
    this.#redraw();
  }

  /** What stands before the line that is typed. */
  set prompt(prompt: string) {
    if (prompt === this.#prompt) return;
    this.#prompt = prompt;
    this.#redraw();
  }

  /** Writes a line above the input line. It may have colours, and must not act on the terminal otherwise. */
  print(text: string): void {
    if (this.#closed) return;
    this.#above.push(text);
    this.#redraw();
  }

  /** Gives the terminal back: what was printed stays, what was typed and not sent goes. May be called more than once. */
  close(): void {
    if (this.#closed) return;
    this.#draw(false);
    this.#display.write(markNoPastes);
    this.#closed = true;
    clearImmediate(this.#frame);
    this.#display.off('resize', this.#resized);
    this.#editor.close();
    this.#stop();
  }

  readonly #pressed = (_text: string | undefined, key: { name?: string; ctrl?: boolean } | undefined): void => {
    if (key?.ctrl === true && key.name === 'l' && !this.#closed) {
      this.#display.write(clear);
      this.#drawn = undefined;
    }
    this.#redraw();
  };

  /** In the next turn, once for all that changes until then. */
  #redraw(): void {
    if (this.#closed) return;
    this.#frame ??= setImmediate(() => {
      this.#frame = undefined;
      this.#draw(true);
    });
  }

  /** One write for all of it, so that nothing flickers. */
  #draw(withInput: boolean): void {
    if (this.#closed) return;
    const above = this.#above.splice(0).map((text) => `${text}\n`);
    this.#display.write(this.#erased() + above.join('') + (withInput ? this.#input() : ''));
  }

  /** From where the cursor is, which is where it was drawn; a terminal that has another width meanwhile has wrapped the line anew. */
  #erased(): string {
    if (this.#drawn === undefined) return '';
    const { rows } = this.#ruler.measure(this.#drawn, this.#columns);
    this.#drawn = undefined;
    return up(rows) + toColumn(0) + eraseBelow;
  }

  #input(): string {
    const { line, cursor } = this.#window();
    const prompt = this.#shortPrompt;
    this.#drawn = prompt + line.slice(0, cursor);
    const end = this.#ruler.measure(prompt + line, this.#columns);
    const at = this.#ruler.measure(this.#drawn, this.#columns);
    // A line that fills its last row leaves the cursor on it, until something follows.
    const wrap = end.cols === 0 && end.rows > 0 ? ' ' : '';
    return this.#host.paintPrompt(prompt) + line + wrap + up(end.rows - at.rows) + toColumn(at.cols);
  }

  /** What of the line is shown: all of it, where it does not fill the screen; else the part around the cursor. */
  #window(): { readonly line: string; readonly cursor: number } {
    const { line: typed, cursor } = this.#editor;
    const line = typed.replace(unseen, '\ufffd');
    const rows = Math.max(1, (this.#display.rows ?? 24) - 1);
    const room = rows * this.#columns - this.#ruler.width(this.#shortPrompt) - 1;
    if (this.#ruler.width(line) <= room) return { line, cursor };
    // Characters are two columns wide at most.
    const half = Math.max(1, Math.floor(room / 4));
    const from = Math.max(0, cursor - half);
    return { line: line.slice(from, cursor + half), cursor: cursor - from };
  }

  /** One that leaves room to type. */
  get #shortPrompt(): string {
    return this.#ruler.width(this.#prompt) <= this.#columns / 2 ? this.#prompt : '> ';
  }

  get #columns(): number {
    return this.#display.columns || 80;
  }

  #enter(line: string): void {
    const shown = this.#host.remembered(line) ?? line;
    if (shown !== '') this.print(this.#host.paintPrompt(this.#prompt) + shown.replace(unseen, '\ufffd'));
    this.#host.typed(line);
  }

  /** Secrets are in no history: the newest is the first. */
  #keep(history: string[]): void {
    const [newest] = history;
    if (newest !== undefined && this.#host.remembered(newest) !== newest) history.shift();
  }

  #complete(line: string): [string[], string] {
    const [offers, of] = this.#host.complete(line);
    // Asked twice, as shells have it.
    if (offers.length > 1 && line === this.#asked) this.print(offers.map((offer) => offer.trim()).join('  '));
    this.#asked = line;
    return [[...offers], of];
  }

  #interrupt(): void {
    if (this.#editor.line === '') {
      this.#left();
      return;
    }
    this.#editor.write(null, { ctrl: true, name: 'e' });
    this.#editor.write(null, { ctrl: true, name: 'u' });
    this.#redraw();
  }

  /** From the background: others have written meanwhile. */
  #return(): void {
    this.#drawn = undefined;
    this.#display.write(markPastes);
    this.#editor.resume();
    this.#redraw();
  }

  #left(): void {
    if (!this.#closed) this.#host.left();
  }
}

function nowhere(): NodeJS.WritableStream {
  return new PassThrough().resume();
}
