import { PassThrough } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A terminal to type at: `process.stdin`. */
export interface Keyboard extends NodeJS.ReadableStream {
  setRawMode?(raw: boolean): unknown;
}

/** What a terminal sends around a paste, and how it is asked to (xterm's "Bracketed Paste Mode"). */
const pasteBegins = '\x1b[200~';
const pasteEnds = '\x1b[201~';
export const markPastes = '\x1b[?2004h';
export const markNoPastes = '\x1b[?2004l';

/**
 * What is typed, a character at a time. Of characters that come together, as in a paste, `node:readline` (20 to 24) appends all but the last
 * to the end of the line, wherever the cursor is.
 *
 * @returns the stream for `node:readline`, and what ends it
 */
export function keysOf(keyboard: Keyboard): { readonly keys: PassThrough; readonly stop: () => void } {
  const keys = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => keyboard.setRawMode?.(raw) });
  const decoder = new StringDecoder();
  let pasting = false;
  const read = (chunk: Buffer | string) => {
    for (const part of decoder.write(Buffer.from(chunk)).split(/(\p{Cc}\[20[01]~)/u)) {
      if (part === pasteBegins || part === pasteEnds) pasting = part === pasteBegins;
      // A Tab in a paste completes nothing.
      else for (const sign of part) keys.write(pasting && sign === '\t' ? ' ' : sign);
    }
  };
  const end = () => void keys.end();
  keyboard.on('data', read).on('end', end).on('error', end);
  const stop = () => {
    keyboard.off('data', read).off('end', end);
    keyboard.pause();
  };
  return { keys, stop };
}
