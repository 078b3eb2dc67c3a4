import { type BadFrame, type Connection, type ConnectionHandler, limitTable, type TransportContext } from 'chathub';
import { type WebSocketTransport, webSocket } from 'chathub/websocket';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { cut } from '../transports/tcp/hostile-bytes.js';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  frame,
  PING,
  PONG,
  TEXT,
} from '../transports/websocket/raw-frames.js';
import { text } from './hostile.js';
import { naiveReading } from './naive-web-socket.js';
import { fuzz } from './runs.js';
import { PeerWithoutSocket, upgradeOf } from './web-socket-peer.js';
import { framesIn } from './web-socket-reader.js';

const limits: TransportContext['limits'] = {
  frameBytes: 300,
  fragments: 4,
  helloTimeout: limitTable.helloTimeout.value,
  heartbeat: Number.POSITIVE_INFINITY,
  heartbeatTimeout: limitTable.heartbeatTimeout.value,
  idleTimeout: Number.POSITIVE_INFINITY,
};

const payload = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 8 }),
  fc.constantFrom<string | Uint8Array>('x'.repeat(125), 'x'.repeat(126), 'x'.repeat(300), 'x'.repeat(301)),
  fc.constantFrom(Buffer.of(0xc0, 0xaf), Buffer.of(0xed, 0xa0, 0x80), Buffer.of(0xe2, 0x82), Buffer.of(0xff)),
);
const opcode = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(TEXT, CONTINUATION, PING, PONG) },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom(BINARY, CLOSE), fc.nat(15)) },
);
const oddity = fc.oneof(
  { weight: 9, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ rsv: fc.nat(7) }) },
  { weight: 1, arbitrary: fc.constant({ masked: false }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0n, 5n, 301n, 2n ** 31n, 2n ** 53n, 2n ** 63n).map((declared) => ({ declared })),
  },
);
const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc
      .tuple(opcode, payload, fc.boolean(), oddity)
      .map(([code, bytes, more, odd]) => frame(code, bytes, { more, ...odd })),
  },
  { weight: 4, arbitrary: text.map((whole) => frame(TEXT, whole)) },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.integer({ min: 0, max: 65_535 }), payload).map(([code, reason]) => closeFrame(code, reason)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
);
const stream = fc.array(piece, { maxLength: 8 }).map((pieces) => Buffer.concat(pieces));
const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });

describe('whatever bytes come in as frames', () => {
  let transport: WebSocketTransport;
  let accepted: Recorder;
  const errors: unknown[] = [];
  const report = (error: unknown) => void errors.push(error);

  beforeAll(async () => {
    transport = webSocket();
    const accept = (connection: Connection) => {
      accepted = new Recorder(connection);
      return accepted;
    };
    await transport.start(accept, { limits, refusal: () => undefined, onError: report });
    process.on('uncaughtException', report);
  });
  afterAll(async () => {
    process.off('uncaughtException', report);
    await transport.stop();
  });

  fuzz(
    'the messages and the end are what the plain reading of RFC 6455 says, for every way to cut the bytes, and nothing is thrown',
    fc.asyncProperty(stream, cuts, async (bytes, lengths) => {
      const expected = naiveReading(bytes, limits);
      expect(await outcome([bytes])).toEqual(expected);
      expect(await outcome(cut([...bytes], lengths))).toEqual(expected);
      expect(errors.splice(0)).toEqual([]);
    }),
    0.5,
  );

  /** What the hub is given, and what the peer is told, of bytes that come in these chunks. */
  async function outcome(chunks: readonly Uint8Array[]) {
    const peer = new PeerWithoutSocket();
    transport.handleUpgrade(upgradeOf(peer), peer, new Uint8Array());
    const { messages } = accepted;
    for (const chunk of chunks) await peer.say(chunk);
    // What the socket knows, its listeners hear of in their turn.
    await new Promise((resolve) => setImmediate(resolve));
    const frames = framesIn(peer.answer().rest);
    const closing = frames.find(({ opcode }) => opcode === CLOSE)?.payload;
    const pongs = frames.filter(({ opcode }) => opcode === PONG).length;
    const code = closing === undefined ? undefined : closing.length === 0 ? 1005 : closing.readUInt16BE(0);
    accepted.connection.terminate();
    return { messages: [...messages], code, pongs };
  }
});

/** A hub that keeps what it hears. */
class Recorder implements ConnectionHandler {
  readonly connection: Connection;
  readonly messages: string[] = [];
  how: string | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
  }

  receive(message: string | BadFrame): void {
    expect(this.how).toBeUndefined();
    if (typeof message === 'string') this.messages.push(message);
    else expect.unreachable(message.bad);
  }

  drained(): void {}
  ended(): void {}

  closed(how: string): void {
    expect(this.how).toBeUndefined();
    this.how = how;
  }
}
