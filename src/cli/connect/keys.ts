import { PassThrough } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** A terminal to type at: `process.stdin`. */
export interface Keyboard extends NodeJS.ReadableStream {
  setRawMode?(raw: boolean): unknown;
}

/**
 * What is typed, a character at a time. Of characters that come together, as in a paste, `node:readline` (20 to 24) appends all but the last
 * to the end of the line, wherever the cursor is.
 *
 * @returns the stream for `node:readline`, and what ends it
 */
export function keysOf(keyboard: Keyboard): { readonly keys: PassThrough; readonly stop: () => void } {
  const keys = Object.assign(new PassThrough(), { setRawMode: (raw: boolean) => keyboard.setRawMode?.(raw) });
  const decoder = new StringDecoder();
  const read = (chunk: Buffer | string) => {
    // A Tab in the midst of a paste completes nothing.
    const text = decoder.write(Buffer.from(chunk)).replace(/\t(?!$)/g, ' ');
    for (const sign of text) keys.write(sign);
  };
  const end = () => void keys.end();
  keyboard.on('data', read).on('end', end).on('error', end);
  const stop = () => {
    keyboard.off('data', read).off('end', end);
    keyboard.pause();
  };
  return { keys, stop };
}
