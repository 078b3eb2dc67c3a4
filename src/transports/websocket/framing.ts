import { constants, deflateRawSync } from 'node:zlib';
import type { Framed, Framing } from '../../ports/transport.js';

/** RFC 6455, 5.2: the last (and only) frame of a text message. */
const FIN_TEXT = 0x81;
/** RFC 7692, 6: the message is compressed. */
const RSV1 = 0x40;

/** Messages below this are sent as they are: what compression saves of them is less than it costs. */
const worthIt = 1_024;

/** Level 6, the default of zlib, saves 1 to 3 % of the bytes more, and takes up to twice the time, in which nothing else happens. */
const level = 3;

/**
 * What the hub sends goes around the sender of `ws`, which makes a frame for each member: here a room's batch is framed
 * once, and the bytes are written to the socket that the upgrade gave us. Servers do not mask (RFC 6455, 5.1), so they
 * are the same for everybody.
 */
export const plain: Framing = Object.freeze({ frame });

/**
 * For peers that negotiated compression. Without context takeover (RFC 7692, 7.1.1.1), the compressed form of a message is
 * the same for all of them, too.
 */
export const compressing: Framing = Object.freeze({
  frame: (payloads: readonly string[]) => joined(payloads.map(compressedFrame)),
});

function frame(payloads: readonly string[]): Framed {
  const lengths = payloads.map((payload) => Buffer.byteLength(payload));
  const ends: number[] = [];
  let end = 0;
  for (const length of lengths) ends.push((end += headerBytes(length) + length));
  const bytes = Buffer.allocUnsafe(end);
  let at = 0;
  for (const [index, payload] of payloads.entries()) {
    at = writeHeader(bytes, at, FIN_TEXT, lengths[index] as number);
    at += bytes.write(payload, at);
  }
  return { bytes, ends };
}

function compressedFrame(payload: string): Uint8Array {
  const text = Buffer.from(payload);
  // RFC 7692, 6: a message of a compressed connection may be sent as it is.
  if (text.length < worthIt) return whole(FIN_TEXT, text);
  // RFC 7692, 7.2.1: flushed to a byte, without the four bytes that this ends with.
  return whole(FIN_TEXT | RSV1, deflateRawSync(text, { level, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));
}

function whole(first: number, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(headerBytes(payload.length) + payload.length);
  bytes.set(payload, writeHeader(bytes, 0, first, payload.length));
  return bytes;
}

function joined(frames: readonly Uint8Array[]): Framed {
  const [only] = frames;
  if (only !== undefined && frames.length === 1) return { bytes: only, ends: [only.length] };
  let end = 0;
  return { bytes: Buffer.concat(frames), ends: frames.map(({ length }) => (end += length)) };
}

function headerBytes(length: number): number {
  return length < 126 ? 2 : length < 65_536 ? 4 : 10;
}

/** Returns where the payload begins. */
function writeHeader(bytes: Buffer, at: number, first: number, length: number): number {
  bytes[at] = first;
  if (length < 126) {
    bytes[at + 1] = length;
    return at + 2;
  }
  if (length < 65_536) {
    bytes[at + 1] = 126;
    return bytes.writeUInt16BE(length, at + 2);
  }
  bytes[at + 1] = 127;
  // Above 2^48 there is no buffer; 6 of the 8 bytes say it all.
  bytes.writeUInt16BE(0, at + 2);
  return bytes.writeUIntBE(length, at + 4, 6);
}
