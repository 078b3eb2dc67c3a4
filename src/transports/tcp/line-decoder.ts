import { isUtf8 } from 'node:buffer';
import { hasErasures } from './erase.js';
import { CRLF, LF } from './framing.js';
import { LineAssembler, type LineOptions, type LineSink } from './line-assembler.js';
import { IAC, TelnetFilter } from './telnet.js';

const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Lines are slices of a decoded block, and in V8 a slice keeps the whole string alive. So that a room's history does
 * not hold a thousand chunks of 64 KiB for a thousand words, a chat's blocks are short.
 */
const blockBytes = { chat: 512, other: 16_384 };

/** Who sends what telnet's rules say to answer. */
export interface AnswerSink {
  answer(bytes: Uint8Array): void;
}

/**
 * Bytes in, lines out, the same for every way to cut the bytes. {@link LineAssembler} says what a line is; here is the
 * fast way, for a chunk of plain lines: they are decoded many at a time.
 */
export class LineDecoder {
  readonly #options: LineOptions;
  readonly #sink: LineSink & AnswerSink;
  readonly #lines: LineAssembler;
  readonly #block: number;
  /** Made at the first IAC: most peers are no telnet clients. */
  #telnet: TelnetFilter | undefined;

  constructor(options: LineOptions, sink: LineSink & AnswerSink) {
    this.#options = options;
    this.#sink = sink;
    this.#lines = new LineAssembler(options, sink);
    this.#block = Math.min(options.limit, options.chat ? blockBytes.chat : blockBytes.other);
  }

  push(chunk: Buffer): void {
    if (this.#options.terminal && chunk.includes(IAC)) this.#telnet ??= this.#filter();
    if (this.#telnet === undefined) this.#read(chunk);
    else this.#telnet.push(chunk);
  }

  #filter(): TelnetFilter {
    return new TelnetFilter({
      data: (bytes) => this.#read(bytes),
      eraseLine: () => this.#lines.eraseLine(),
      answer: (bytes) => this.#sink.answer(bytes),
    });
  }

  /** Byte by byte to where a line begins, from there in blocks to where the last one ends, and then byte by byte. */
  #read(bytes: Buffer): void {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    let at = 0;
    while (at < end && this.#lines.midway) {
      const next = bytes.indexOf(NEWLINE, at) + 1;
      this.#lines.scan(bytes, at, next);
      at = next;
    }
    while (at < end) at = this.#readBlock(bytes, at, end);
    this.#lines.scan(bytes, end, bytes.length);
  }

  /** Reads the lines that fit into a block, or one that does not. Returns where to go on. */
  #readBlock(bytes: Buffer, from: number, end: number): number {
    let to = end - from <= this.#block ? end : bytes.lastIndexOf(NEWLINE, from + this.#block - 1) + 1;
    const text = to > from ? this.#decode(bytes, from, to) : undefined;
    if (to <= from) to = bytes.indexOf(NEWLINE, from) + 1;
    if (text === undefined) this.#lines.scan(bytes, from, to);
    else this.#split(text);
    return to;
  }

  /** The text of whole lines, if it needs no care. */
  #decode(bytes: Buffer, from: number, to: number): string | undefined {
    const block = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
    // Not a fatal TextDecoder: its exception, one for each block of bad UTF-8, costs as much as a hundred lines.
    const text = isUtf8(block) ? block.toString() : undefined;
    return text !== undefined && this.#options.terminal && needsCare(text) ? undefined : text;
  }

  #split(text: string): void {
    for (let start = 0; start < text.length; ) {
      const newline = text.indexOf('\n', start);
      if (text.charCodeAt(newline - 1) === RETURN) {
        this.#lines.tell(text.slice(start, newline - 1), CRLF);
      } else {
        this.#lines.tell(text.slice(start, newline), LF);
      }
      start = newline + 1;
    }
  }
}

/** Whether lines from a terminal hold more than text: NUL, BS, DEL or a bare CR. */
function needsCare(text: string): boolean {
  // `includes` runs at memory speed where a regular expression takes 1 ns a character.
  return text.includes('\0') || hasErasures(text) || (text.includes('\r') && /\r(?!\n)/.test(text));
}
