import { once } from 'node:events';
import type { ConnectionHandler } from 'chathub';
import { lines, plainText } from 'chathub';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { CRLF, LF } from '../../../src/transports/tcp/framing.js';
import { type Client, type Side, Stage, stage } from './stage.js';

const bye = { code: 1000, reason: '' };

/** Writes until the client, which does not read, has all that the kernel takes for it. */
async function fill({ connection }: Side): Promise<void> {
  const block = new Uint8Array(1_048_576).fill(0x78);
  for (let turn = 0; turn < 32; turn++) connection.write(block);
  await new Promise<void>((resolve) => void setImmediate(resolve));
}

describe('a connection', () => {
  test('says who it is', async () => {
    const protocol = plainText();
    const it = await stage({ protocol, slowConsumer: 'skip' });
    const { client, side } = await it.link();
    expect(side.connection).toMatchObject({
      transport: 'tcp',
      protocol,
      remoteAddress: '127.0.0.1',
      remotePort: client.socket.localPort,
      secure: false,
      slowConsumer: 'skip',
      bufferedBytes: 0,
      blocked: false,
    });
    expect(side.connection.framing).toBe(LF);
  });

  test('leaves the slow-consumer policy to the protocol unless told', async () => {
    const { side } = await (await stage()).link();
    expect(side.connection.slowConsumer).toBeUndefined();
  });

  test('of people begins with CR LF', async () => {
    const { side } = await (await stage({ protocol: lines() })).link();
    expect(side.connection.framing).toBe(CRLF);
  });

  test('brings lines with the framing that its client uses', async () => {
    const { client, side } = await (await stage()).link();
    client.send('one\n');
    await side.until(() => side.frames.length === 1);
    side.say('an answer', 'another');
    client.send('two\r\n');
    await side.until(() => side.frames.length === 2);
    side.say('an answer', 'another');
    await client.got('an answer\nanother\nan answer\r\nanother\r\n');
    expect(side.frames).toEqual(['one', 'two']);
  });

  test('refuses each telnet option once', async () => {
    const { client, side } = await (await stage({ protocol: lines() })).link();
    client.send('\xff\xfb\x1f\xff\xfd\x01hello\r\n\xff\xfb\x1f');
    await client.got('\xff\xfe\x1f\xff\xfc\x01');
    expect(side.frames).toEqual(['hello']);
  });

  test('that opens as HTTP does is cut off with nothing done', async () => {
    const { client, side } = await (await stage({ protocol: lines() })).link();
    client.send('POST / HTTP/1.1\r\nHost: x\r\n\r\n/join ops\r\n');
    expect(await side.closing()).toBe('lost');
    await client.gone();
    expect(side.frames).toEqual([]);
    expect(client.received).toBe('');
  });

  test('is one of two hundred that all get their own lines', async () => {
    const it = await stage();
    const clients = Array.from({ length: 200 }, () => it.client());
    await it.until(() => it.sides.length === 200);
    for (const side of it.sides) side.onFrame = (frame) => side.say(`you said ${frame}`);
    for (const [index, client] of clients.entries()) client.send(`${index}\n`);
    await Promise.all(clients.map((client, index) => client.got(`you said ${index}\n`)));
    for (const client of clients) client.socket.end();
    await Promise.all(it.sides.map((side) => side.until(() => side.ends === 1)));
    for (const side of it.sides) side.connection.close(bye);
    expect(new Set(await Promise.all(it.sides.map((side) => side.closing())))).toEqual(new Set(['ended']));
  });
});

describe('a peer', () => {
  test('that sends a FIN has ended, and is still answered', async () => {
    const { client, side } = await (await stage()).link();
    client.socket.end('last words\npartial');
    await side.until(() => side.ends === 1);
    expect(side.frames).toEqual(['last words']);
    expect(side.endings).toEqual([]);
    side.say('good', 'bye');
    side.connection.close(bye);
    await client.gone();
    expect(client.received).toBe('good\nbye\n');
    expect(await side.closing()).toBe('ended');
  });

  test('that resets is lost, and its partial line with it', async () => {
    const { client, side } = await (await stage()).link();
    client.send('whole\npartial');
    await side.until(() => side.frames.length === 1);
    client.socket.resetAndDestroy();
    expect(await side.closing()).toBe('lost');
    expect(side.frames).toEqual(['whole']);
    expect(side.ends).toBe(0);
  });

  test('that resets after its FIN has ended in good order', async () => {
    const { client, side } = await (await stage()).link();
    client.socket.end('last words\n');
    await side.until(() => side.ends === 1);
    client.socket.resetAndDestroy();
    await once(client.socket, 'close');
    // Writing is what shows that nobody is there: a reset after a FIN is only told to whoever writes.
    const writing = setInterval(() => side.say('anybody?'), 1);
    expect(await side.closing()).toBe('ended');
    clearInterval(writing);
  });

  test('that is gone before it is accepted harms nobody', async () => {
    const it = await stage();
    for (let turn = 0; turn < 20; turn++) {
      const client = it.client();
      await once(client.socket, 'connect');
      client.socket.resetAndDestroy();
    }
    await it.link();
    await Promise.all(it.sides.slice(0, -1).map((side) => side.closing()));
    expect(it.errors).toEqual([]);
  });

  test('that is silent for idleTimeout is lost', async () => {
    const { side } = await (await stage({}, { idleTimeout: 50 })).link();
    expect(await side.closing()).toBe('lost');
  });

  test('that we do not listen to is not blamed for its silence', async () => {
    const it = await stage({}, { idleTimeout: 50 });
    const { client, side } = await it.link();
    side.connection.pause();
    const other = await it.link();
    expect(await other.side.closing()).toBe('lost');
    client.send('hello\n');
    side.connection.resume();
    await side.until(() => side.frames.length === 1);
    expect(side.endings).toEqual([]);
  });
});

describe('pausing', () => {
  test('stops reading, and resuming loses nothing', async () => {
    const { client, side } = await (await stage()).link();
    side.onFrame = () => side.connection.pause();
    client.send('one\n');
    await side.until(() => side.frames.length === 1);
    const sent = Array.from({ length: 100_000 }, (_, index) => `line ${index}`);
    client.send(sent.map((line) => `${line}\n`).join(''));
    side.onFrame = () => {};
    side.connection.resume();
    await side.until(() => side.frames.length === 1 + sent.length);
    expect(side.frames.slice(1)).toEqual(sent);
  });

  test('in accept() already holds', async () => {
    const it = new Stage({ port: 0 });
    await it.start((connection) => {
      connection.pause();
      return it.accept(connection);
    });
    const { client, side } = await it.link();
    client.socket.end('hello\n');
    await once(client.socket, 'finish');
    // A second connection's line, sent later, is read: the first one's was not.
    const other = await it.link();
    other.side.connection.resume();
    other.client.send('other\n');
    await other.side.until(() => other.side.frames.length === 1);
    expect(side.frames).toEqual([]);
    side.connection.resume();
    await side.until(() => side.ends === 1);
    expect(side.frames).toEqual(['hello']);
  });
});

describe('writing', () => {
  test('is blocked while the peer does not read, and goes on when it does', async () => {
    const { client, side } = await (await stage()).link();
    client.socket.pause();
    await fill(side);
    expect(side.connection.blocked).toBe(true);
    expect(side.connection.bufferedBytes).toBeGreaterThan(0);
    expect(side.drains).toBe(0);
    client.socket.resume();
    await side.until(() => side.drains === 1);
    expect(side.connection).toMatchObject({ blocked: false, bufferedBytes: 0 });
  });

  test('after the end does nothing', async () => {
    const { client, side } = await (await stage()).link();
    side.say('before');
    side.connection.close(bye);
    side.say('after');
    client.socket.end();
    expect(await side.closing()).toBe('ended');
    side.say('long after');
    for (const call of ['pause', 'resume', 'terminate'] as const) side.connection[call]();
    side.connection.close(bye);
    expect(client.received).toBe('before\n');
    expect(side.endings).toEqual(['ended']);
  });

  test('to a peer that went away never throws', async () => {
    const { client, side } = await (await stage()).link();
    client.socket.resetAndDestroy();
    const writing = setInterval(() => side.say('hello'), 1);
    expect(await side.closing()).toBe('lost');
    clearInterval(writing);
  });
});

describe('close()', () => {
  afterEach(() => void vi.useRealTimers());

  async function closeStalled(): Promise<{ client: Client; side: Side }> {
    const link = await (await stage()).link();
    link.client.socket.pause();
    await fill(link.side);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    link.side.connection.close(bye);
    return link;
  }

  test('delivers what was written before', async () => {
    const { client, side } = await (await stage()).link();
    side.say('x'.repeat(8_000_000));
    side.connection.close(bye);
    await client.gone();
    expect(client.received).toHaveLength(8_000_001);
    client.socket.end();
    expect(await side.closing()).toBe('ended');
  });

  test('delivers it to a peer that goes on sending, which is read no more', async () => {
    const { client, side } = await (await stage()).link();
    side.onFrame = () => {
      side.say('last words');
      side.connection.close(bye);
    };
    client.send('more and more\n'.repeat(200_000));
    await client.gone();
    expect(client.received).toBe('last words\n');
    expect(side.frames).toHaveLength(1);
    client.socket.end();
    expect(await side.closing()).toBe('ended');
  });

  test('gives a peer that does not read 5 seconds', async () => {
    const { side } = await closeStalled();
    vi.advanceTimersByTime(4_999);
    expect(side.endings).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(await side.closing()).toBe('lost');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('leaves no timer behind', async () => {
    const { client, side } = await closeStalled();
    client.socket.resume();
    await client.gone();
    client.socket.end();
    expect(await side.closing()).toBe('ended');
    expect(vi.getTimerCount()).toBe(0);
  });

  test('works while paused', async () => {
    const { client, side } = await (await stage()).link();
    side.connection.pause();
    client.send('unread\n'.repeat(10_000));
    side.say('good bye');
    side.connection.close(bye);
    side.connection.pause();
    await client.got('good bye\n');
    client.socket.end();
    expect(await side.closing()).toBe('ended');
    expect(side.frames).toEqual([]);
  });
});

describe('terminate()', () => {
  test('ends at once, without what was written', async () => {
    const { client, side } = await (await stage()).link();
    client.socket.pause();
    await fill(side);
    side.connection.terminate();
    expect(await side.closing()).toBe('lost');
    client.socket.resume();
    await client.gone();
  });

  test.each(['terminate', 'close'] as const)('and close() end the delivery of a chunk (%s)', async (end) => {
    const { client, side } = await (await stage()).link();
    side.onFrame = (frame) => frame === 'two' && side.connection[end](bye);
    client.socket.end('one\ntwo\nthree\nfour\n');
    await side.closing();
    expect(side.frames).toEqual(['one', 'two']);
  });
});

describe('the hub', () => {
  test('may refuse a peer, having told it why', async () => {
    const it = new Stage({ port: 0 });
    await it.start((connection) => {
      connection.write(LF.frame(['no room']).bytes);
      connection.close(bye);
      return undefined;
    });
    const client = it.client();
    client.send('hello\n');
    await client.gone();
    expect(client.received).toBe('no room\n');
    client.socket.end();
    await client.gone();
  });

  test('may forget to close a peer that it refuses', async () => {
    const it = new Stage({ port: 0 });
    await it.start(() => undefined);
    const client = it.client();
    await client.gone();
  });

  test('may close a peer at once and still hears of its end', async () => {
    const it = new Stage({ port: 0 });
    await it.start((connection) => {
      const handler = it.accept(connection);
      connection.close(bye);
      return handler;
    });
    const { client, side } = await it.link();
    client.socket.end('hello\n');
    expect(await side.closing()).toBe('ended');
    expect(side.frames).toEqual([]);
    expect(side.ends).toBe(0);
  });

  const fault = new Error('a fault in the hub');
  const fail = () => {
    throw fault;
  };

  test('that fails to accept costs that peer only', async () => {
    const it = new Stage({ port: 0 });
    let accept: (connection: Side['connection']) => ConnectionHandler = fail;
    await it.start((connection) => accept(connection));
    const client = it.client();
    await client.gone();
    expect(it.errors).toEqual([fault]);
    accept = it.accept;
    await it.link();
  });

  test('that fails to take a line costs that peer only', async () => {
    const it = await stage();
    const { client, side } = await it.link();
    side.onFrame = fail;
    client.send('one\ntwo\n');
    expect(await side.closing()).toBe('lost');
    expect(side.frames).toEqual(['one']);
    expect(it.errors).toEqual([fault]);
    await it.link();
  });
});
