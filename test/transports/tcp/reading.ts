import { CRLF } from '../../../src/transports/tcp/framing.js';
import type { LineOptions } from '../../../src/transports/tcp/line-assembler.js';
import { LineDecoder } from '../../../src/transports/tcp/line-decoder.js';
import type { Reading } from './reference.js';

/** How `json` and plain text are read. */
export const raw: LineOptions = { limit: 1_000, terminal: false, chat: false };
/** How people's lines are read. */
export const terminal: LineOptions = { limit: 1_000, terminal: true, chat: true };

/** What a decoder says to these chunks, one after the other. */
export function read(chunks: readonly Uint8Array[], options: LineOptions): Reading {
  const lines: [string, 'LF' | 'CRLF'][] = [];
  const answers: number[] = [];
  let foreign = false;
  const decoder = new LineDecoder(options, {
    line: (frame, framing) => {
      lines.push([typeof frame === 'string' ? frame : `<${frame.bad}>`, framing === CRLF ? 'CRLF' : 'LF']);
    },
    answer: (bytes) => void answers.push(...bytes),
    foreign: () => {
      foreign = true;
    },
  });
  for (const chunk of chunks) {
    const copy = Buffer.from(chunk);
    decoder.push(copy);
    // Whoever still holds on to the chunk now reads this.
    copy.fill('?');
  }
  return { lines, answers, foreign };
}

/** What a decoder says to Latin-1 text, one string for each chunk. */
export function readText(options: LineOptions, ...chunks: readonly string[]): Reading {
  return read(
    chunks.map((chunk) => Buffer.from(chunk, 'latin1')),
    options,
  );
}

/** The frames alone. */
export function framesOf(options: LineOptions, ...chunks: readonly string[]): readonly string[] {
  return readText(options, ...chunks).lines.map(([frame]) => frame);
}

/** UTF-8 as {@link readText} takes it: one Latin-1 character for each byte. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString('latin1');
}
