import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { CONTINUATION, closeFrame, frame, type ReceivedFrame, TEXT } from './raw-frames.js';
import { type Stage, stage } from './stage.js';

const RSV1 = 4;
/** What Chrome and Firefox send. */
const browsers = 'permessage-deflate; client_max_window_bits';
const text = Array.from({ length: 700 }, (_, index) => `word${index % 97}`)
  .join(' ')
  .slice(0, 5_000);

async function compressing(limits: Parameters<typeof stage>[1] = {}): Promise<Stage> {
  return stage({ compression: true }, limits);
}

function link(it: Stage, offer = browsers) {
  return it.link({ 'Sec-WebSocket-Extensions': offer });
}

/** RFC 7692, 7.2.1 and 7.2.2. */
const tail = Buffer.of(0, 0, 0xff, 0xff);
const deflated = (plain: string | Uint8Array) =>
  deflateRawSync(plain, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -tail.length);

/** As a client reads it that keeps no context, with a window of so many bits. */
function inflated({ payload }: ReceivedFrame, windowBits = 15): string {
  // In small pieces: zlib does not look at its window for what is still in the piece.
  const options = { windowBits, chunkSize: 64, finishFlush: constants.Z_SYNC_FLUSH };
  return String(inflateRawSync(Buffer.concat([payload, tail]), options));
}

const isText = ({ opcode }: ReceivedFrame) => opcode === TEXT;

describe('with compression', () => {
  test('what is long goes compressed to a client that can, each message for itself', async () => {
    const { client, side } = await link(await compressing());
    side.say(text, text);
    await client.until('second message', () => client.frames[1]);
    for (const received of client.frames) {
      expect(received).toMatchObject({ rsv: RSV1, fin: true, opcode: TEXT });
      expect(received.payload.length).toBeLessThan(text.length / 2);
      expect(inflated(received)).toBe(text);
    }
  });

  test('what is short goes as it is', async () => {
    const { client, side } = await link(await compressing());
    const short = 'x'.repeat(100);
    side.say(short);
    const received = await client.frameThat('message', isText);
    expect(received.rsv).toBe(0);
    expect(String(received.payload)).toBe(short);
  });

  test('a client that cannot is sent plain frames, next to one that can', async () => {
    const it = await compressing();
    const [able, other] = [await link(it), await it.link()];
    expect(able.side.connection.framing).not.toBe(other.side.connection.framing);
    for (const { side } of [able, other]) side.say(text);
    expect(inflated(await able.client.frameThat('message', isText))).toBe(text);
    const received = await other.client.frameThat('message', isText);
    expect(received.rsv).toBe(0);
    expect(String(received.payload)).toBe(text);
  });

  test('all clients that can share a framing, so that a message is compressed once', async () => {
    const it = await compressing();
    const [one, other] = [await link(it), await link(it, 'permessage-deflate')];
    expect(one.side.connection.framing).toBe(other.side.connection.framing);
  });

  test('neither side keeps a context, as the answer says', async () => {
    const it = await compressing();
    const { client } = await link(it);
    const { headers } = await client.answer();
    const extensions = headers.get('sec-websocket-extensions');
    expect(extensions).toMatch(/^permessage-deflate\b/);
    expect(extensions).toContain('server_no_context_takeover');
    expect(extensions).toContain('client_no_context_takeover');
  });

  test('a client may send compressed, in fragments too, or as it is', async () => {
    const { client, side } = await link(await compressing());
    const bytes = deflated(text);
    void client.send(frame(TEXT, bytes, { rsv: RSV1 }));
    void client.send(frame(TEXT, 'plain'));
    void client.send(frame(TEXT, bytes.subarray(0, 100), { rsv: RSV1, more: true }));
    void client.send(frame(CONTINUATION, bytes.subarray(100)));
    await side.until(() => side.frames.length === 3);
    expect(side.frames).toEqual([text, 'plain', text]);
  });

  test('a client whose window is small gets what it can read', async () => {
    const it = await compressing();
    const { client, side } = await link(it, 'permessage-deflate; server_max_window_bits=9');
    // What repeats does so at a distance that the window must reach.
    const far = Array.from({ length: 2 }, () => Array.from({ length: 400 }, (_, index) => `<${index}>`).join('')).join(
      '',
    );
    side.say(far);
    const received = await client.frameThat('message', isText);
    expect(received.rsv === RSV1 ? inflated(received, 9) : String(received.payload)).toBe(far);
  });

  test.each([
    ['a window that there is not', 'permessage-deflate; server_max_window_bits=99'],
    ['what is no offer', 'permessage-deflate; ='],
  ])('an offer of %s is refused with 400', async (_what, offer) => {
    const it = await compressing();
    await expect(link(it, offer)).rejects.toThrow('400');
    expect(it.sides).toEqual([]);
  });

  test('another extension is not negotiated', async () => {
    const it = await compressing();
    const { client } = await link(it, 'x-webkit-deflate-frame');
    expect((await client.answer()).headers.has('sec-websocket-extensions')).toBe(false);
  });
});

describe('what is compressed', () => {
  test('may not become longer than frameBytes: a bomb closes with 1009', async () => {
    const { client, side } = await link(await compressing());
    const bomb = deflated(Buffer.alloc(50_000_000));
    expect(bomb.length).toBeLessThan(65_536);
    void client.send(frame(TEXT, bomb, { rsv: RSV1 }));
    expect((await client.closing()).code).toBe(1009);
    expect(await side.closing()).toBe('lost');
    expect(side.frames).toEqual([]);
  });

  test('counts together when it comes in fragments', async () => {
    const { client } = await link(await compressing({ frameBytes: 10_000 }));
    const bytes = deflated('x'.repeat(10_001));
    void client.send(frame(TEXT, bytes.subarray(0, 5), { rsv: RSV1, more: true }));
    void client.send(frame(CONTINUATION, bytes.subarray(5)));
    expect((await client.closing()).code).toBe(1009);
  });

  test('and is not what it says closes with 1007', async () => {
    const { client, side } = await link(await compressing());
    void client.send(frame(TEXT, Buffer.alloc(100, 0xff), { rsv: RSV1 }));
    expect((await client.closing()).code).toBe(1007);
    expect(side.frames).toEqual([]);
  });

  test('and becomes invalid UTF-8 closes with 1007', async () => {
    const { client } = await link(await compressing());
    void client.send(frame(TEXT, deflated(Buffer.of(0xff)), { rsv: RSV1 }));
    expect((await client.closing()).code).toBe(1007);
  });

  test.each([2, 1])('and has another reserved bit (%i) closes with 1002', async (bit) => {
    const { client } = await link(await compressing());
    void client.send(frame(TEXT, deflated('x'), { rsv: RSV1 | bit }));
    expect((await client.closing()).code).toBe(1002);
  });

  test('and is still read when its client closes comes first', async () => {
    const { client, side } = await link(await compressing());
    void client.send(Buffer.concat([frame(TEXT, deflated(text), { rsv: RSV1 }), closeFrame(1000)]));
    expect(await side.closing()).toBe('normal');
    expect(side.frames).toEqual([text]);
  });
});
