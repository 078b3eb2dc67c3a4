import { describe, expect, onTestFinished } from 'vitest';
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  closeFrame,
  frame,
  PING,
  type RawSocket,
  rawSocket,
  TEXT,
  upgraded,
  upgradeRequest,
} from '../../transports/websocket/raw-frames.js';
import { type Arena, type Attack, hush } from '../arena.js';

const hello = JSON.stringify({ type: 'hello', name: hush });
const bad = [
  ['FF', Buffer.of(0xff)],
  ['C0 AF', Buffer.of(0xc0, 0xaf)],
  ['ED A0 80', Buffer.of(0xed, 0xa0, 0x80)],
] as const;

/** "Frames" of the page. */
export function frames(it: Arena, attack: Attack): void {
  async function connected(): Promise<RawSocket> {
    const client = await upgraded(it.chat);
    onTestFinished(() => void client.socket.destroy());
    return client;
  }

  /** The code that these bytes are closed with. The connection is no more then. */
  async function closingAfter(...bytes: readonly Uint8Array[]): Promise<number> {
    const client = await connected();
    void client.send(Buffer.concat(bytes));
    const { code } = await client.closing();
    void client.send(closeFrame(1000));
    await client.gone();
    return code;
  }

  describe('frames: a breach of the protocol closes with 1002:', () => {
    for (const [what, ...bytes] of [
      ['a frame that is not masked', frame(TEXT, hello, { masked: false })],
      ['RSV1', frame(TEXT, hello, { rsv: 4 })],
      ['RSV2', frame(TEXT, hello, { rsv: 2 })],
      ['RSV3', frame(TEXT, hello, { rsv: 1 })],
      ['opcode 3', frame(3, hello)],
      ['a ping of more than 125 bytes', frame(PING, 'x'.repeat(126))],
      ['a ping in fragments', frame(PING, 'x', { more: true }), frame(CONTINUATION, 'y')],
      ['a continuation of nothing', frame(CONTINUATION, hello)],
      ['a close frame of 1 byte', frame(CLOSE, 'x')],
      ['the close code 999', closeFrame(999)],
      ['the close code 1005', closeFrame(1005)],
    ] as const)
      attack(what, async () => expect(await closingAfter(...bytes)).toBe(1002));
  });

  describe('frames: what is no UTF-8 closes with 1007:', () => {
    for (const [what, bytes] of bad) {
      attack(`${what} in a text`, async () => {
        const text = Buffer.concat([Buffer.from('{"type":"hello","name":"'), bytes, Buffer.from('"}')]);
        expect(await closingAfter(frame(TEXT, text))).toBe(1007);
      });
      attack(`${what} as the reason of a close frame`, async () =>
        expect(await closingAfter(closeFrame(1000, bytes))).toBe(1007),
      );
    }
  });

  describe('frames: what is too long closes with 1009, and is not kept:', () => {
    attack('a message', async () => expect(await closingAfter(frame(TEXT, 'x'.repeat(65_537)))).toBe(1009));

    attack(
      'a length of 2^53 that is declared, and as much of it as is taken',
      async () => {
        const client = await connected();
        void client.send(frame(TEXT, '', { declared: 2n ** 53n }));
        const chunk = Buffer.alloc(1_048_576, 'x');
        for (let sent = 0; sent < 256 && !client.closed; sent++) await client.send(chunk);
        expect((await client.closing()).code).toBe(1009);
      },
      { peak: 96 },
    );
  });

  describe('frames:', () => {
    attack('20,000 empty fragments close', async () => {
      const empty = frame(CONTINUATION, '', { more: true });
      const all = Array.from({ length: 20_000 }, () => empty);
      expect(await closingAfter(frame(TEXT, '', { more: true }), ...all)).toBe(1008);
    });

    attack(
      'pings of somebody who reads no pong end the connection, before they cost memory',
      async () => {
        const client = await connected();
        client.socket.pause();
        const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(PING, 'x'.repeat(125))));
        // The kernel takes some megabytes of pongs before anything piles up.
        for (let sent = 0; !client.socket.destroyed && sent < 256 * 1_048_576; sent += pings.length)
          await client.send(pings);
        expect(client.socket.destroyed).toBe(true);
      },
      { peak: 128 },
    );

    attack('compression is not negotiated while it is off, and breaks the protocol then', async () => {
      const client = rawSocket(it.chat);
      const extensions = 'permessage-deflate; client_max_window_bits';
      await client.send(upgradeRequest(it.chat, { 'Sec-WebSocket-Extensions': extensions }));
      const { status, headers } = await client.answer();
      expect([status, headers.get('sec-websocket-extensions')]).toEqual([101, undefined]);
      void client.send(frame(TEXT, hello, { rsv: 4 }));
      expect((await client.closing()).code).toBe(1002);
      client.socket.destroy();
    });

    attack('a binary message closes with 1003', async () =>
      expect(await closingAfter(frame(BINARY, hello))).toBe(1003),
    );

    attack('nothing behind one that closes is done', async () => {
      const client = await connected();
      void client.send(Buffer.concat([frame(BINARY, 'x'), frame(TEXT, hello), frame(PING), closeFrame(1000)]));
      await client.gone();
      expect(client.frames.map(({ opcode }) => opcode)).toEqual([CLOSE]);
    });
  });
}
