import { connect, type Socket } from 'node:net';
import { Watched } from '../../integration/watched.js';

/** Opcodes (RFC 6455, 5.2). */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** What is unusual about a frame. */
export interface FrameOptions {
  /** Whether more of the message follows. */
  readonly more?: boolean;
  /** The three reserved bits: 4 is RSV1, 2 is RSV2, 1 is RSV3. */
  readonly rsv?: number;
  readonly masked?: boolean;
  /** What the frame says of its length, in the longest form. */
  readonly declared?: bigint;
}

/** A frame as a client sends it, right or wrong. */
export function frame(opcode: number, payload: string | Uint8Array = '', options: FrameOptions = {}): Buffer {
  const { more = false, rsv = 0, masked = true, declared } = options;
  const bytes = Buffer.from(payload as Uint8Array);
  const first = (more ? 0 : 0x80) | (rsv << 4) | opcode;
  const header = [Buffer.of(first), lengthOf(bytes.length, masked ? 0x80 : 0, declared)];
  if (!masked) return Buffer.concat([...header, bytes]);
  const mask = Buffer.of(0x37, 0xfa, 0x21, 0x3d);
  return Buffer.concat([...header, mask, bytes.map((byte, index) => byte ^ (mask[index % 4] as number))]);
}

/** A close frame with a code. */
export function closeFrame(code: number, reason: string | Uint8Array = ''): Buffer {
  return frame(CLOSE, Buffer.concat([Buffer.of(code >> 8, code & 0xff), Buffer.from(reason as Uint8Array)]));
}

function lengthOf(length: number, maskBit: number, declared: bigint | undefined): Buffer {
  if (declared === undefined && length < 126) return Buffer.of(maskBit | length);
  if (declared === undefined && length < 65_536) return Buffer.of(maskBit | 126, length >> 8, length & 0xff);
  const bytes = Buffer.alloc(9);
  bytes[0] = maskBit | 127;
  bytes.writeBigUInt64BE(declared ?? BigInt(length), 1);
  return bytes;
}

/** Headers that differ from those of a good upgrade; those that are undefined are left out. */
export interface Headers {
  readonly [name: string]: string | undefined;
}

/** The head of a request to become a WebSocket. */
export function upgradeRequest(address: string, headers: Headers = {}, method = 'GET'): string {
  const { host, pathname, search } = new URL(address);
  const all: Headers = {
    Host: host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    // The one of RFC 6455, 1.3.
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  return requestHead(`${method} ${pathname}${search}`, all);
}

/** The head of any request, such as `GET /`. */
export function requestHead(what: string, headers: Headers): string {
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  return `${[`${what} HTTP/1.1`, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A frame that a server sent. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly payload: Buffer;
}

/** What a server answered to a request. */
export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A client that sends bytes, and takes what comes for an HTTP answer and then, if that is 101, for frames. */
export class RawSocket extends Watched {
  readonly socket: Socket;
  readonly frames: ReceivedFrame[] = [];
  closed = false;
  #ended = false;
  #head: string | undefined;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#read(bytes);
      this.changed();
    });
    socket.on('end', () => {
      this.#ended = true;
      this.changed();
    });
    socket.on('close', () => {
      this.closed = true;
      this.changed();
    });
    // A reset is one way to end, and 'close' follows.
    socket.on('error', () => undefined);
  }

  get over(): boolean {
    return this.#ended || this.closed;
  }

  /** Resolves when the bytes have left, or never will. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => void this.socket.write(bytes, () => resolve()));
  }

  /** Sends an object as a text message. */
  say(command: object): void {
    void this.send(frame(TEXT, JSON.stringify(command)));
  }

  /** What came instead of a WebSocket, or that it is one. */
  answer(): Promise<Answer> {
    return this.until('answer', () => {
      const answer = this.#answer();
      return answer?.status === 101 || this.over ? (answer ?? noAnswer()) : undefined;
    });
  }

  /** The first of the frames that came, or will, that is such a one. */
  frameThat(what: string, matches: (frame: ReceivedFrame) => boolean): Promise<ReceivedFrame> {
    return this.until(what, () => {
      const found = this.frames.find(matches);
      if (found === undefined && this.over) throw new Error(`The connection ended without ${what}`);
      return found;
    });
  }

  /** The next text message of a type, other messages being skipped; what was given is forgotten. */
  async event(type: string): Promise<{ readonly [name: string]: unknown }> {
    const found = await this.frameThat(type, ({ opcode, payload }) => opcode === TEXT && isOf(type, payload));
    this.frames.splice(0, this.frames.indexOf(found) + 1);
    return JSON.parse(String(found.payload));
  }

  /** What the server's close frame says. */
  async closing(): Promise<{ readonly code: number; readonly reason: string }> {
    const { payload } = await this.frameThat('close frame', ({ opcode }) => opcode === CLOSE);
    return { code: payload.length === 0 ? 1005 : payload.readUInt16BE(0), reason: String(payload.subarray(2)) };
  }

  /** Resolves when the socket is no more. */
  async gone(): Promise<void> {
    await this.until('end of the connection', () => this.closed || undefined);
  }

  protected describe(): string {
    const frames = this.frames.map(({ opcode, payload }) => `${opcode}:${payload.toString('latin1').slice(0, 100)}`);
    return `Answered: ${this.#head?.split('\r\n', 1)[0]}; frames: ${JSON.stringify(frames.slice(-5))}.`;
  }

  #answer(): Answer | undefined {
    if (this.#head === undefined) return undefined;
    const [status = '', ...lines] = this.#head.split('\r\n');
    const headers = lines.map((line) => /^([^:]+): *(.*)$/.exec(line)?.slice(1) ?? []);
    return {
      status: Number(status.split(' ')[1]),
      headers: new Map(headers.map(([name = '', value = '']) => [name.toLowerCase(), value])),
      body: String(this.#rest),
    };
  }

  #read(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (this.#head === undefined) {
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end === -1) return;
      this.#head = String(this.#rest.subarray(0, end));
      this.#rest = this.#rest.subarray(end + 4);
    }
    if (this.#head.startsWith('HTTP/1.1 101')) while (this.#readFrame());
  }

  #readFrame(): boolean {
    const bytes = this.#rest;
    if (bytes.length < 2) return false;
    const short = (bytes[1] as number) & 0x7f;
    if ((bytes[1] as number) & 0x80) throw new Error('A server must not mask (RFC 6455, 5.1)');
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    if (bytes.length < header) return false;
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    if (bytes.length < header + length) return false;
    const first = bytes[0] as number;
    const payload = bytes.subarray(header, header + length);
    this.frames.push({ opcode: first & 0xf, fin: first >= 0x80, rsv: (first >> 4) & 7, payload });
    this.#rest = bytes.subarray(header + length);
    return true;
  }
}

/** Connects; nothing is sent yet. */
export function rawSocket(address: string): RawSocket {
  const { hostname, port } = new URL(address);
  return new RawSocket(connect({ host: hostname.replace(/[[\]]/g, ''), port: Number(port), noDelay: true }));
}

/** Asks for an upgrade, and says what came of it. */
export async function ask(address: string, headers: Headers = {}, method = 'GET'): Promise<Answer> {
  const raw = rawSocket(address);
  await raw.send(upgradeRequest(address, headers, method));
  const answer = await raw.answer();
  raw.socket.destroy();
  return answer;
}

/** A client that has become a WebSocket. */
export async function upgraded(address: string, headers: Headers = {}): Promise<RawSocket> {
  const raw = rawSocket(address);
  await raw.send(upgradeRequest(address, headers));
  const { status, body } = await raw.answer();
  if (status !== 101) throw new Error(`Expected to become a WebSocket, got ${status}: ${body}`);
  return raw;
}

function isOf(type: string, payload: Buffer): boolean {
  return (JSON.parse(String(payload)) as { readonly type?: unknown }).type === type;
}

function noAnswer(): never {
  throw new Error('The connection ended without an answer');
}
