import { isUtf8 } from 'node:buffer';
import type { BadFrame, Framing } from '../../ports/transport.js';
import { applyErasures, hasErasures } from './erase.js';
import { CRLF, LF } from './framing.js';
import { isClientHello, isHttpRequest, mayBeHttpRequest } from './opening.js';
import { isProxyLine, proxySignature } from './proxy-header.js';

/** How lines are read. */
export interface LineOptions {
  /** The most bytes that a line may have, without its terminator. */
  readonly limit: number;
  /** Whether people type it: telnet's commands, BS and DEL, CR NUL; a bare CR and a NUL are errors. */
  readonly terminal: boolean;
  /** Whether lines are a chat's: it must not begin as HTTP or TLS do, and its lines are kept. */
  readonly chat: boolean;
}

/** Who gets the lines. */
export interface LineSink {
  /** A line, or why it is none, and how its author ends lines. */
  line(frame: string | BadFrame, framing: Framing): void;
  /** The peer speaks another protocol. Nothing comes after this. */
  foreign(): void;
}

const NUL = 0x00;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

const nothing = Buffer.alloc(0);

/** Bytes of the empty lines that a binary PROXY header begins with. */
const emptyLines = 4;

/** A buffer above this is not kept for the next line: most lines are short, and most connections idle. */
const keptBytes = 1_024;

/**
 * Puts lines together from single bytes, and so says what a line is. Lines end with LF or CR LF, on a terminal with
 * CR NUL too (RFC 854). Holds `limit` bytes at most: a longer line is told once, and dropped up to its end.
 */
export class LineAssembler {
  readonly #limit: number;
  readonly #terminal: boolean;
  readonly #sink: LineSink;

  #held: Buffer = nothing;
  #length = 0;
  /** A CR came, which may begin the terminator. */
  #return = false;
  #bad = false;
  #dropping = false;

  /** As the last line ended. */
  #framing: Framing;
  /** The first line is not over yet, and nobody knows who speaks. */
  #opening: boolean;
  /** So many bytes have come of what a binary PROXY header begins with; -1: it is none. */
  #signed: number;
  #foreign = false;

  constructor({ limit, terminal, chat }: LineOptions, sink: LineSink) {
    this.#limit = limit;
    this.#terminal = terminal;
    this.#sink = sink;
    this.#framing = terminal ? CRLF : LF;
    this.#opening = chat;
    this.#signed = chat ? 0 : -1;
  }

  /** Whether whole lines can't be told as they are: one has begun, or is the first, which needs a look. */
  get midway(): boolean {
    return this.#length > 0 || this.#return || this.#dropping || this.#opening || this.#signed > 0;
  }

  scan(bytes: Uint8Array, from: number, to: number): void {
    for (let at = from; at < to; at++) this.#take(bytes[at] as number);
  }

  tell(frame: string | BadFrame, framing: Framing): void {
    this.#framing = framing;
    if (!this.#foreign) this.#sink.line(frame, framing);
  }

  /** Telnet's EL. A line that is being dropped goes on being so: its author was told already. */
  eraseLine(): void {
    this.#release();
    this.#return = false;
    this.#clear();
  }

  #take(byte: number): void {
    if (this.#signed >= 0) this.#takeSigned(byte);
    else this.#takeByte(byte);
  }

  /** Its first lines are empty, and say nothing; what comes behind them waits until it is clear. */
  #takeSigned(byte: number): void {
    if (byte !== proxySignature[this.#signed]) {
      this.#release();
      this.#takeByte(byte);
    } else if (++this.#signed === proxySignature.length) this.#refuse();
    else if (this.#signed <= emptyLines) this.#takeByte(byte);
  }

  #release(): void {
    const held = proxySignature.subarray(emptyLines, Math.max(this.#signed, emptyLines));
    this.#signed = -1;
    for (const earlier of held) this.#takeByte(earlier);
  }

  #takeByte(byte: number): void {
    if (this.#return) this.#takeAfterReturn(byte);
    else if (byte === NEWLINE) this.#end(LF);
    else if (byte === RETURN) this.#return = true;
    else this.#hold(byte);
  }

  #takeAfterReturn(byte: number): void {
    this.#return = false;
    if (byte === NEWLINE || (byte === NUL && this.#terminal)) {
      this.#end(CRLF);
    } else {
      this.#hold(RETURN);
      this.#takeByte(byte);
    }
  }

  #hold(byte: number): void {
    if (this.#dropping) return;
    if (this.#length === this.#limit) {
      this.#overflow();
      return;
    }
    if (this.#length === this.#held.length) this.#grow();
    this.#held[this.#length++] = byte;
    if (this.#terminal && (byte === RETURN || byte === NUL)) this.#bad = true;
    if (this.#opening && this.#length === 2 && isClientHello(this.#held)) this.#refuse();
  }

  #grow(): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(2 * this.#length, 64), this.#limit));
    this.#held.copy(larger);
    this.#held = larger;
  }

  /** Told at once, so with the framing of the line before: how this one ends is not known yet. */
  #overflow(): void {
    if (this.#opening && mayBeHttpRequest(this.#held.subarray(0, this.#length))) this.#refuse();
    this.#opening = false;
    this.#dropping = true;
    this.#clear();
    this.tell({ bad: 'TOO_LONG' }, this.#framing);
  }

  #end(framing: Framing): void {
    if (this.#dropping) {
      this.#dropping = false;
      this.#framing = framing;
      return;
    }
    const bytes = this.#held.subarray(0, this.#length);
    if (this.#opening && (isHttpRequest(bytes) || isProxyLine(bytes))) this.#refuse();
    this.#opening = false;
    const frame = this.#bad ? ({ bad: 'BAD_FRAME' } as const) : this.#decode(bytes);
    this.#clear();
    this.tell(frame, framing);
  }

  #decode(bytes: Buffer): string | BadFrame {
    if (!isUtf8(bytes)) return { bad: 'BAD_UTF8' };
    const text = bytes.toString();
    return this.#terminal && hasErasures(text) ? applyErasures(text) : text;
  }

  #clear(): void {
    this.#length = 0;
    this.#bad = false;
    if (this.#held.length > keptBytes) this.#held = nothing;
  }

  #refuse(): void {
    this.#opening = false;
    this.#foreign = true;
    this.#sink.foreign();
  }
}
