import type { Framed, Framing } from '../../ports/transport.js';

const headerBytes = 4;
const encoder = new TextEncoder();

/** The framing of all connections that are not given another. */
export const lengthPrefixed: Framing = lengthPrefixedFraming();

/**
 * A framing of its own: each payload as UTF-8 behind its length in 4 bytes, big-endian. Any two of these frame alike, yet
 * the hub takes each for a lane of its own, so that a test can watch what is framed once and what twice.
 *
 * @example
 * ```ts
 * import { lengthPrefixedFraming, memoryTransport } from 'chathub/testing';
 *
 * const transport = memoryTransport();
 * const elsewhere = lengthPrefixedFraming();
 * const connect = () => transport.connect({ framing: elsewhere });
 * ```
 */
export function lengthPrefixedFraming(): Framing {
  return Object.freeze({ frame });
}

function frame(payloads: readonly string[]): Framed {
  const encoded = payloads.map((payload) => encoder.encode(payload));
  const bytes = new Uint8Array(encoded.reduce((sum, payload) => sum + headerBytes + payload.length, 0));
  const view = new DataView(bytes.buffer);
  const ends: number[] = [];
  let end = 0;
  for (const payload of encoded) {
    view.setUint32(end, payload.length);
    bytes.set(payload, end + headerBytes);
    end += headerBytes + payload.length;
    ends.push(end);
  }
  return { bytes, ends };
}

/** Takes frames apart again, whatever pieces they come in. */
export class FrameReader {
  // A byte order mark is text like any other here.
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  #rest: Uint8Array = new Uint8Array(0);

  /** The frames that these bytes complete. */
  read(bytes: Uint8Array): readonly string[] {
    const all = this.#rest.length === 0 ? bytes : joined(this.#rest, bytes);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    const frames: string[] = [];
    let start = 0;
    while (start + headerBytes <= all.length) {
      const end = start + headerBytes + view.getUint32(start);
      if (end > all.length) break;
      frames.push(this.#decoder.decode(all.subarray(start + headerBytes, end)));
      start = end;
    }
    this.#rest = all.slice(start);
    return frames;
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
