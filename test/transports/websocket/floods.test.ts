import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { CONTINUATION, frame, PING, PONG, TEXT } from './raw-frames.js';
import { closingAfter, scene } from './scene.js';

const hello = JSON.stringify({ type: 'hello' });

describe('fragments', () => {
  const fragmentsOf = (text: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      frame(index === 0 ? TEXT : CONTINUATION, index === count - 1 ? text.slice(index) : text.slice(index, index + 1), {
        more: index < count - 1,
      }),
    );

  test('may be as many as the limit says', async () => {
    const { client } = await scene({ fragments: 16 });
    void client.send(Buffer.concat(fragmentsOf(hello, 16)));
    await client.event('welcome');
    void client.send(Buffer.concat(fragmentsOf('{"type":"ping"}', 15)));
    await client.event('pong');
  });

  test('close with 1008 when they are more', async () => {
    expect((await closingAfter(fragmentsOf(hello, 17), { fragments: 16 })).code).toBe(1008);
  });

  test('close with 1008 when they are 20,000 empty ones', async () => {
    const empty = frame(CONTINUATION, '', { more: true });
    const bytes = Buffer.concat([frame(TEXT, '', { more: true }), ...Array.from({ length: 20_000 }, () => empty)]);
    expect((await closingAfter([bytes])).code).toBe(1008);
  });

  test('may have pings between them, which are answered at once', async () => {
    const { client } = await scene();
    void client.send(Buffer.concat([frame(TEXT, '{"type":', { more: true }), frame(PING, 'are you there?')]));
    const { payload } = await client.frameThat('pong', ({ opcode }) => opcode === PONG);
    expect(String(payload)).toBe('are you there?');
    void client.send(frame(CONTINUATION, '"hello"}'));
    await client.event('welcome');
  });

  test('may cut a character', async () => {
    const { client } = await scene();
    client.say({ type: 'join', room: 'lobby' });
    await client.event('joined');
    const bytes = Buffer.from(JSON.stringify({ type: 'send', room: 'lobby', text: 'naïve 🙂' }));
    const middle = bytes.indexOf('🙂') + 2;
    void client.send(frame(TEXT, bytes.subarray(0, middle), { more: true }));
    void client.send(frame(CONTINUATION, bytes.subarray(middle)));
    expect(await client.event('message')).toMatchObject({ text: 'naïve 🙂' });
  });
});

describe('a peer that sends pings and reads no pong', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const megabyte = 1_048_576;

  function used(): number {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  }

  test('is cut off before it costs memory, and nobody else notices', async () => {
    const { hub, client, others } = await scene();
    client.socket.pause();
    // One round before, so that what is only made once has been made.
    await others.during(Promise.resolve());
    collectGarbage();
    const before = used();
    let most = 0;
    const pings = Buffer.concat(Array.from({ length: 500 }, () => frame(PING, 'x'.repeat(125))));
    const flood = async () => {
      // The kernel takes some megabytes of pongs before anything piles up.
      for (let sent = 0; !client.closed && sent < 256 * megabyte; sent += pings.length) {
        await client.send(pings);
        most = Math.max(most, used() - before);
      }
    };
    await others.during(flood());
    expect(client.closed).toBe(true);
    expect(most).toBeLessThan(128 * megabyte);
    await expect.poll(() => hub.status().connections).toBe(2);
    collectGarbage();
    expect(used() - before).toBeLessThan(20 * megabyte);
  });
});
