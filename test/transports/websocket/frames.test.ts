import { describe, expect, test } from 'vitest';
import { BINARY, CLOSE, CONTINUATION, closeFrame, frame, PING, rawSocket, TEXT, upgradeRequest } from './raw-frames.js';
import { closingAfter, scene } from './scene.js';

const join = { type: 'join', room: 'lobby' };
const hello = JSON.stringify({ type: 'hello' });
const begun = frame(TEXT, '{"type":', { more: true });

describe('a breach of the protocol closes with 1002:', () => {
  test.each<[string, readonly Buffer[]]>([
    ['a frame that is not masked', [frame(TEXT, hello, { masked: false })]],
    ['RSV1', [frame(TEXT, hello, { rsv: 4 })]],
    ['RSV2', [frame(TEXT, hello, { rsv: 2 })]],
    ['RSV3', [frame(TEXT, hello, { rsv: 1 })]],
    ['opcode 3', [frame(3, hello)]],
    ['opcode 11', [frame(11)]],
    ['a ping of 126 bytes', [frame(PING, 'x'.repeat(126))]],
    ['a ping in fragments', [frame(PING, 'x', { more: true }), frame(CONTINUATION, 'y')]],
    ['a continuation of nothing', [frame(CONTINUATION, hello)]],
    ['a continuation after the end', [begun, frame(CONTINUATION, '"ping"}'), frame(CONTINUATION, '')]],
    ['a text within a text', [begun, frame(TEXT, hello)]],
    ['a close frame of 1 byte', [frame(CLOSE, 'x')]],
    ['a close frame of 126 bytes', [closeFrame(1000, 'x'.repeat(124))]],
    ['a close frame in fragments', [frame(CLOSE, Buffer.of(3, 232), { more: true })]],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code): [string, readonly Buffer[]] => [
      `the close code ${code}`,
      [closeFrame(code)],
    ]),
  ])('%s', async (_what, bytes) => {
    expect((await closingAfter(bytes)).code).toBe(1002);
  });
});

describe('invalid UTF-8 closes with 1007:', () => {
  const bad = [
    ['FF', Buffer.of(0xff)],
    ['C0 AF, an overlong slash', Buffer.of(0xc0, 0xaf)],
    ['ED A0 80, half a surrogate pair', Buffer.of(0xed, 0xa0, 0x80)],
    ['E2 82, which breaks off', Buffer.of(0xe2, 0x82)],
  ] as const;

  test.each(bad)('%s in a text', async (_what, bytes) => {
    expect((await closingAfter([frame(TEXT, bytes)])).code).toBe(1007);
  });

  test.each(bad)('%s in the middle of JSON', async (_what, bytes) => {
    const text = Buffer.concat([Buffer.from('{"type":"hello","name":"'), bytes, Buffer.from('"}')]);
    expect((await closingAfter([frame(TEXT, text)])).code).toBe(1007);
  });

  test.each(bad)('%s, cut across fragments', async (_what, bytes) => {
    const fragments = [...bytes].map((byte) => frame(CONTINUATION, Buffer.of(byte), { more: true }));
    expect((await closingAfter([begun, ...fragments, frame(CONTINUATION, '}')])).code).toBe(1007);
  });

  test.each(bad)('%s as the reason of a close frame', async (_what, bytes) => {
    expect((await closingAfter([closeFrame(1000, bytes)])).code).toBe(1007);
  });
});

describe('what is too long closes with 1009:', () => {
  const limit = 65_536;

  test('a message above frameBytes, by one byte', async () => {
    expect((await closingAfter([frame(TEXT, 'x'.repeat(limit + 1))])).code).toBe(1009);
  });

  test('a message whose fragments are, together', async () => {
    const half = 'x'.repeat(limit / 2);
    const fragments = [frame(TEXT, half, { more: true }), frame(CONTINUATION, `${half}x`)];
    expect((await closingAfter(fragments)).code).toBe(1009);
  });

  // Its header is all that ever comes: there is nothing to wait for, or to buffer.
  test.each([
    ['frameBytes + 1', BigInt(limit + 1)],
    ['2^31', 2n ** 31n],
    ['2^32', 2n ** 32n],
    ['2^53', 2n ** 53n],
    ['2^63', 2n ** 63n],
  ])('a length of %s that is declared', async (_what, declared) => {
    expect((await closingAfter([frame(TEXT, '', { declared })])).code).toBe(1009);
  });

  test('but not a message of exactly frameBytes', async () => {
    const { client } = await scene();
    const id = 'x'.repeat(60);
    const padding = ' '.repeat(limit - JSON.stringify({ type: 'ping', id }).length);
    client.say({ type: 'hello' });
    await client.event('welcome');
    void client.send(frame(TEXT, JSON.stringify({ type: 'ping', id }) + padding));
    expect(await client.event('pong')).toMatchObject({ re: id });
  });
});

test('a binary message closes with 1003', async () => {
  expect(await closingAfter([frame(BINARY, hello)])).toEqual({ code: 1003, reason: 'BAD_FRAME' });
});

test('nothing behind a frame that closes is done', async () => {
  const { hub, client } = await scene();
  let connects = 0;
  hub.on('connect', () => connects++);
  void client.send(Buffer.concat([frame(BINARY, 'x'), frame(TEXT, hello), frame(PING), closeFrame(1000)]));
  await client.gone();
  expect(client.frames.map(({ opcode }) => opcode)).toEqual([CLOSE]);
  expect(connects).toBe(0);
});

test('a text that comes byte by byte is the same as one that comes whole', async () => {
  const { client, others } = await scene();
  client.say(join);
  await client.event('joined');
  const bytes = frame(TEXT, JSON.stringify({ type: 'send', room: 'lobby', text: 'naïve 🙂', data: [1] }));
  await client.send(bytes);
  const whole = await client.event('message');
  await others.during(
    (async () => {
      for (const byte of bytes) await client.send(Buffer.of(byte));
    })(),
  );
  const { text, data, offset } = await client.event('message');
  expect({ text, data }).toEqual({ text: whole.text, data: whole.data });
  expect(offset).toBe(Number(whole.offset) + 1);
});

test('frames that come with the handshake are processed', async () => {
  const { address } = await scene();
  const client = rawSocket(address);
  const last = frame(TEXT, JSON.stringify({ type: 'ping', id: 7 }));
  const [early, late] = [last.subarray(0, 9), last.subarray(9)];
  const first = frame(TEXT, JSON.stringify({ type: 'hello', id: 6 }));
  void client.send(Buffer.concat([Buffer.from(upgradeRequest(address)), first, early]));
  expect(await client.event('welcome')).toMatchObject({ re: 6 });
  void client.send(late);
  expect(await client.event('pong')).toMatchObject({ re: 7 });
});

test('compression that is offered is not negotiated while it is off', async () => {
  const { address } = await scene();
  const client = rawSocket(address);
  await client.send(
    upgradeRequest(address, { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' }),
  );
  const { status, headers } = await client.answer();
  expect(status).toBe(101);
  expect(headers.has('sec-websocket-extensions')).toBe(false);
  void client.send(frame(TEXT, hello, { rsv: 4 }));
  expect((await client.closing()).code).toBe(1002);
});
