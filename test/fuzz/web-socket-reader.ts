import { constants, inflateRawSync } from 'node:zlib';

/** A frame, as RFC 6455, 5.2 has it. */
export interface ReadFrame {
  readonly fin: boolean;
  readonly rsv1: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The frames that a server sent: read by the letter, all at once. Throws when they are none, or do not end where the bytes do. */
export function framesIn(bytes: Uint8Array): readonly ReadFrame[] {
  const buffer = Buffer.from(bytes);
  const frames: ReadFrame[] = [];
  for (let at = 0; at < buffer.length; ) {
    const [first, second] = [buffer.readUInt8(at), buffer.readUInt8(at + 1)];
    if (second & 0x80) throw new Error('A server must not mask (5.1)');
    if (first & 0x30) throw new Error('RSV2 and RSV3 mean nothing (5.2)');
    const long = second === 127 ? 8 : second === 126 ? 2 : 0;
    const length =
      long === 8 ? Number(buffer.readBigUInt64BE(at + 2)) : long === 2 ? buffer.readUInt16BE(at + 2) : second;
    if (length < (long === 8 ? 65_536 : long === 2 ? 126 : 0)) throw new Error('A length is as short as can be (5.2)');
    const start = at + 2 + long;
    at = start + length;
    if (at > buffer.length) throw new Error('The bytes end inside of a frame');
    const payload = buffer.subarray(start, at);
    frames.push({ fin: first >= 0x80, rsv1: (first & 0x40) !== 0, opcode: first & 0xf, payload });
  }
  return frames;
}

/** The text messages that a server sent, each in one frame, compressed or not. */
export function messagesIn(bytes: Uint8Array): readonly string[] {
  return framesIn(bytes).map(({ fin, rsv1, opcode, payload }) => {
    if (!fin || opcode !== 1) throw new Error(`Not one frame of text: ${opcode}`);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(rsv1 ? inflated(payload) : payload);
  });
}

/** RFC 7692, 7.2.2. */
function inflated(payload: Buffer): Buffer {
  const tail = Buffer.of(0, 0, 0xff, 0xff);
  return inflateRawSync(Buffer.concat([payload, tail]), { finishFlush: constants.Z_SYNC_FLUSH });
}
