import { BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT } from '../transports/websocket/raw-frames.js';

/** What becomes of what a client sent: the messages, and the code with which the connection is closed. */
export interface Reading {
  readonly messages: readonly string[];
  readonly code: number | undefined;
  readonly pongs: number;
}

interface Limits {
  readonly frameBytes: number;
  readonly fragments: number;
}

/** Reads frames by the letter of RFC 6455, all at once, for a server that takes text and no extensions. */
export function naiveReading(bytes: Uint8Array, { frameBytes, fragments }: Limits): Reading {
  const buffer = Buffer.from(bytes);
  const messages: string[] = [];
  let pongs = 0;
  let parts: Buffer[] = [];
  let kind: number | undefined;
  const over = (code: number | undefined): Reading => ({ messages, code, pongs });

  for (let at = 0; ; ) {
    if (buffer.length < at + 2) return over(undefined);
    const [first, second] = [buffer.readUInt8(at), buffer.readUInt8(at + 1)];
    const [fin, rsv, opcode, short] = [first >= 0x80, first & 0x70, first & 0xf, second & 0x7f];
    if (isWrong(fin, rsv, opcode, short, kind) || second < 0x80) return over(1002);
    const extended = short === 127 ? 8 : short === 126 ? 2 : 0;
    if (buffer.length < at + 2 + extended) return over(undefined);
    const length =
      extended === 8 ? Number(buffer.readBigUInt64BE(at + 2)) : extended === 2 ? buffer.readUInt16BE(at + 2) : short;
    const isControl = opcode >= CLOSE;
    const held = parts.reduce((sum, part) => sum + part.length, 0);
    if (!isControl && held + length > frameBytes) return over(1009);
    const start = at + 2 + extended + 4;
    if (buffer.length < start + length) return over(undefined);
    const mask = buffer.subarray(start - 4, start);
    const payload = Buffer.from(
      buffer.subarray(start, start + length).map((byte, index) => byte ^ (mask[index % 4] as number)),
    );
    at = start + length;
    if (opcode === CLOSE) return over(closing(payload));
    if (opcode === PING) pongs++;
    if (isControl) continue;
    if (opcode !== CONTINUATION) kind = opcode;
    parts.push(payload);
    if (!fin && parts.length > fragments) return over(1008);
    if (!fin) continue;
    const whole = Buffer.concat(parts);
    parts = [];
    if (kind === BINARY) return over(1003);
    kind = undefined;
    const text = utf8(whole);
    if (text === undefined) return over(1007);
    messages.push(text);
  }
}

function isWrong(fin: boolean, rsv: number, opcode: number, short: number, kind: number | undefined): boolean {
  if (rsv !== 0) return true;
  if (opcode === CONTINUATION) return kind === undefined;
  if (opcode === TEXT || opcode === BINARY) return kind !== undefined;
  return ![CLOSE, PING, PONG].includes(opcode) || !fin || short > 125 || (opcode === CLOSE && short === 1);
}

/** RFC 6455, 7.4: what comes back of what is said. */
function closing(payload: Buffer): number {
  if (payload.length === 0) return 1005;
  const code = payload.readUInt16BE(0);
  const isGood = (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999);
  if (!isGood) return 1002;
  return utf8(payload.subarray(2)) === undefined ? 1007 : code;
}

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
