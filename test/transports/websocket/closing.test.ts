import { setImmediate as turn } from 'node:timers/promises';
import { webSocket } from 'chathub/websocket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { host } from '../../hub/set-up.js';
import type { Side } from '../tcp/stage.js';
import { BINARY, CLOSE, closeFrame, frame, PING, type RawSocket, TEXT, upgraded } from './raw-frames.js';
import { stage } from './stage.js';

const shutdown = { code: 4002, reason: 'SHUTDOWN' };

/** Both ends of a connection. */
async function link() {
  return (await stage()).link();
}

/** Writes until the client, which does not read, has all that the kernel takes for it. */
async function fill({ connection }: Side): Promise<void> {
  const block = connection.framing.frame(['x'.repeat(1_048_576)]).bytes;
  for (let count = 0; count < 32; count++) connection.write(block);
  await turn();
}

describe('a client that closes', () => {
  test.each([1000, 4500, 4501, 4502, 4504, 4999])('with %i is gone for good', async (code) => {
    const { client, side } = await link();
    void client.send(closeFrame(code));
    expect(await side.closing()).toBe('normal');
    expect((await client.closing()).code).toBe(code);
  });

  test.each([1001, 1002, 1003, 1007, 1009, 1011, 1013, 3000, 3999, 4000, 4001, 4499, 4503])(
    'with %i is lost, and may come back',
    async (code) => {
      const { client, side } = await link();
      void client.send(closeFrame(code, 'because'));
      expect(await side.closing()).toBe('lost');
      expect(await client.closing()).toEqual({ code, reason: 'because' });
    },
  );

  test('without a code is lost, and may come back', async () => {
    const { client, side } = await link();
    void client.send(frame(CLOSE));
    expect(await side.closing()).toBe('lost');
    expect((await client.closing()).code).toBe(1005);
  });

  test.each<[string, (client: RawSocket) => void]>([
    ['a FIN', ({ socket }) => void socket.end()],
    ['a reset', ({ socket }) => void socket.resetAndDestroy()],
    ['half a frame and a FIN', ({ socket }) => void socket.end(closeFrame(1000).subarray(0, 5))],
    ['a breach of the protocol', (client) => void client.send(frame(3))],
    ['a breach, and then a good close', (client) => void client.send(Buffer.concat([frame(3), closeFrame(1000)]))],
    ['a binary message', (client) => void client.send(Buffer.concat([frame(BINARY), closeFrame(1003)]))],
  ])('by %s instead is lost', async (_what, end) => {
    const { client, side } = await link();
    end(client);
    expect(await side.closing()).toBe('lost');
  });

  test('is heard to the end, and to nothing behind it', async () => {
    const { client, side } = await link();
    const [before, after] = [frame(TEXT, 'last words'), frame(TEXT, 'too late')];
    void client.send(Buffer.concat([before, closeFrame(1000), after, frame(PING)]));
    expect(await side.closing()).toBe('normal');
    await client.gone();
    expect(side.frames).toEqual(['last words']);
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([CLOSE]);
  });

  test('while it does not read gets nothing behind the answer', async () => {
    const { client, side } = await link();
    client.socket.pause();
    await fill(side);
    // By the time that this runs, the close frame has been read, and its answer waits behind all the rest.
    side.onFrame = () => queueMicrotask(() => side.say('too late'));
    void client.send(Buffer.concat([frame(TEXT, 'last words'), closeFrame(1000)]));
    await side.until(() => side.frames.length === 1);
    client.socket.resume();
    expect(await side.closing()).toBe('normal');
    await client.gone();
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([...Array.from({ length: 32 }, () => TEXT), CLOSE]);
  });
});

describe('a session', () => {
  async function greeted() {
    const transport = webSocket({ port: 0 });
    const { hub } = await host({}, transport);
    const ends: unknown[] = [];
    hub.on('disconnect', ({ code }) => ends.push(code));
    const client = await upgraded(String(transport.addresses[0]));
    client.say({ type: 'hello' });
    await client.event('welcome');
    return { hub, client, ends };
  }

  test.each([1000, 4500])('ends at once when its client closes with %i', async (code) => {
    const { hub, client, ends } = await greeted();
    void client.send(closeFrame(code));
    await expect.poll(() => ends).toHaveLength(1);
    expect(hub.status()).toMatchObject({ connections: 0, members: 0 });
  });

  test.each([1001, 4000, 4503])('waits for its client when that closes with %i', async (code) => {
    const { hub, client, ends } = await greeted();
    void client.send(closeFrame(code));
    await expect.poll(() => hub.status().connections).toBe(0);
    expect(hub.status().members).toBe(1);
    expect(ends).toEqual([]);
  });
});

describe('the hub that closes', () => {
  afterEach(() => void vi.useRealTimers());

  test('says why, after all that it wrote', async () => {
    const { client, side } = await link();
    side.say('one', 'two');
    side.connection.close(shutdown);
    expect(await client.closing()).toEqual(shutdown);
    expect(client.frames.map(({ opcode, payload }) => [opcode, String(payload.subarray(0, 3))])).toEqual([
      [TEXT, 'one'],
      [TEXT, 'two'],
      [CLOSE, expect.anything()],
    ]);
    void client.send(closeFrame(4002));
    await client.gone();
    await side.closing();
  });

  test('gives no reason when there is none, or one too long for a frame', async () => {
    for (const reason of ['', 'x'.repeat(124), 'ä'.repeat(62)]) {
      const { client, side } = await link();
      side.connection.close({ code: 4000, reason });
      expect(await client.closing()).toEqual({ code: 4000, reason: '' });
    }
    const { client, side } = await link();
    side.connection.close({ code: 4000, reason: 'x'.repeat(123) });
    expect((await client.closing()).reason).toHaveLength(123);
  });

  test('writes nothing behind its close frame, not even a pong', async () => {
    const { client, side } = await link();
    side.connection.close(shutdown);
    side.say('too late');
    side.connection.close({ code: 1000, reason: '' });
    await client.closing();
    void client.send(Buffer.concat([frame(PING, 'anybody?'), frame(TEXT, 'hello?')]));
    side.say('much too late');
    void client.send(closeFrame(1000));
    await client.gone();
    await side.closing();
    side.say('long after');
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([CLOSE]);
    expect(side.frames).toEqual([]);
  });

  test('hears of the end of one that closes at the same time', async () => {
    const { client, side } = await link();
    void client.send(closeFrame(1000));
    side.connection.close(shutdown);
    expect(await client.closing()).toEqual(shutdown);
    await side.closing();
    expect(side.endings).toHaveLength(1);
  });

  test('reads again for the answer, had it stopped to', async () => {
    const { client, side } = await link();
    side.connection.pause();
    void client.send(Buffer.concat(Array.from({ length: 1_000 }, () => frame(TEXT, 'unread'.repeat(100)))));
    // Without the time after which it would be cut off.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    side.connection.close(shutdown);
    side.connection.pause();
    expect(await client.closing()).toEqual(shutdown);
    void client.send(closeFrame(4002));
    await side.closing();
    await client.gone();
    expect(side.frames).toEqual([]);
  });

  test.each<[string, (client: RawSocket, side: Side) => Promise<void> | void]>([
    ['never answers', () => {}],
    ['goes on talking', (client) => void client.send(frame(TEXT, 'no, wait'))],
    [
      'does not read',
      async (client, side) => {
        client.socket.pause();
        await fill(side);
      },
    ],
  ])('is rid of a client that %s after 5 seconds', async (_what, behave) => {
    const { client, side } = await link();
    await behave(client, side);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    side.connection.close(shutdown);
    vi.advanceTimersByTime(4_999);
    await turn();
    expect(side.endings).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(await side.closing()).toBe('lost');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no timer behind when the client answers', async () => {
    const { client, side } = await link();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    side.connection.close(shutdown);
    void client.send(closeFrame(4002));
    await side.closing();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('terminates without a word', async () => {
    const { client, side } = await link();
    side.connection.terminate();
    side.say('too late');
    expect(await side.closing()).toBe('lost');
    await client.gone();
    expect(client.frames).toEqual([]);
  });
});
