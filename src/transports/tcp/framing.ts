import type { Framed, Framing } from '../../ports/transport.js';

/** Lines that end with LF, as `nc` and programs send them. */
export const LF: Framing = lineFraming('\n');

/** Lines that end with CR LF, as telnet's virtual terminal has them (RFC 854, "The NVT printer and keyboard"). */
export const CRLF: Framing = lineFraming('\r\n');

function lineFraming(terminator: '\n' | '\r\n'): Framing {
  return Object.freeze({
    frame(payloads: readonly string[]): Framed {
      const [only] = payloads;
      if (only !== undefined && payloads.length === 1) {
        const bytes = Buffer.from((terminator === '\n' ? only : withCrLf(only)) + terminator);
        return { bytes, ends: [bytes.length] };
      }
      // A copy in either case: `ends` may be asked for when the caller's array has changed.
      const lines = terminator === '\n' ? payloads.slice() : payloads.map(withCrLf);
      // For the last terminator: to add it to the joined string would have that copied once more.
      lines.push('');
      return new FramedLines(lines, terminator);
    },
  });
}

/** A newline inside a payload stands for the terminator; one that is CR LF already stays as it is. */
function withCrLf(payload: string): string {
  return payload.includes('\n') ? payload.replace(/\r?\n/g, '\r\n') : payload;
}

class FramedLines implements Framed {
  readonly bytes: Buffer;
  #lines: readonly string[];
  readonly #terminatorBytes: number;
  readonly #ascii: boolean;
  #ends: readonly number[] | undefined;

  constructor(lines: readonly string[], terminator: string) {
    const joined = lines.join(terminator);
    this.bytes = Buffer.from(joined);
    this.#lines = lines;
    this.#terminatorBytes = terminator.length;
    this.#ascii = this.bytes.length === joined.length;
  }

  /** Computed when first asked for: most batches go to everybody whole. */
  get ends(): readonly number[] {
    this.#ends ??= this.#measure();
    return this.#ends;
  }

  #measure(): readonly number[] {
    let end = 0;
    const ends = this.#lines.slice(0, -1).map((line) => {
      end += (this.#ascii ? line.length : Buffer.byteLength(line)) + this.#terminatorBytes;
      return end;
    });
    this.#lines = [];
    return ends;
  }
}
