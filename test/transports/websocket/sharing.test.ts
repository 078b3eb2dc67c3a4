import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { promisify } from 'node:util';
import { type WebSocketOptions, webSocket } from 'chathub/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { host } from '../../hub/set-up.js';
import { addressOf, application, closeAfterwards } from './application.js';
import { ask, RawSocket, upgraded, upgradeRequest } from './raw-frames.js';
import { Stage } from './stage.js';

async function homePage(server: Server): Promise<string> {
  const [response] = (await once(get(addressOf(server, '/').replace('ws:', 'http:')), 'response')) as [IncomingMessage];
  const chunks: Buffer[] = await response.toArray();
  return String(Buffer.concat(chunks));
}

/** A listener of the application's own for the upgrades of a path. */
function take(server: Server, path: string): void {
  server.on('upgrade', ({ url }: IncomingMessage, socket: Duplex) => {
    // Later, as an application that first looks something up: until then the upgrade must be left alone.
    if (url === path) setImmediate(() => setImmediate(() => socket.end("HTTP/1.1 418 I'm a teapot\r\n\r\n")));
  });
}

function share(options: WebSocketOptions): Promise<Stage> {
  return new Stage({ path: '/chat', ...options }).start();
}

/** The names of the events that are listened to, and how often. */
function listenersOf(server: Server): readonly unknown[] {
  return server.eventNames().map((name) => [name, server.listenerCount(name)]);
}

describe("webSocket() on the application's server", () => {
  test('is reached at its path, at the address of that server', async () => {
    const server = await application(createServer());
    const it = await share({ server });
    expect(it.transport.addresses).toEqual([addressOf(server)]);
    const { client, side } = await it.link();
    side.say('hello');
    await client.frameThat('hello', ({ payload }) => String(payload) === 'hello');
    expect((await ask(addressOf(server, '/chat?token=x'))).status).toBe(101);
  });

  test("leaves the application's routes alone", async () => {
    const server = await application(createServer());
    await share({ server });
    expect(await homePage(server)).toBe('the home page');
  });

  test.each(['before', 'after'])("leaves the application's upgrades alone that it listens to %s us", async (when) => {
    const server = await application(createServer());
    if (when === 'before') take(server, '/other');
    const it = await share({ server });
    if (when === 'after') take(server, '/other');
    expect((await ask(addressOf(server, '/other'))).status).toBe(418);
    expect((await ask(addressOf(server))).status).toBe(101);
    expect(it.sides).toHaveLength(1);
  });

  test('is one of several with a path each', async () => {
    const server = await application(createServer());
    const [chat, games] = [await share({ server }), await share({ server, path: '/games' })];
    await chat.link();
    await games.link();
    expect(games.transport.addresses).toEqual([addressOf(server, '/games')]);
    expect([chat.sides.length, games.sides.length]).toEqual([1, 1]);
  });

  // As `curl --http2` asks. Node.js makes an upgrade of it as soon as anybody listens to upgrades.
  test('leaves requests alone that offer another upgrade', async () => {
    const server = await application(createServer());
    await share({ server });
    const h2c = { Upgrade: 'h2c', Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABkAAQ' };
    const { status, body } = await ask(addressOf(server, '/api'), h2c);
    expect([status, body]).toEqual([200, expect.stringContaining('the home page')]);
  });

  // It was closed on one side only, and no timeout of the server's applied to it any more.
  test('keeps no connection of such a request, though the client does not close it', async () => {
    const server = await application(createServer());
    await share({ server });
    const raw = new RawSocket(
      connect({ port: Number(new URL(addressOf(server)).port), host: '127.0.0.1', allowHalfOpen: true }),
    );
    const head = 'GET /api HTTP/1.1\r\nHost: localhost\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n';
    await raw.send(`${head}and more`);
    expect((await raw.answer()).status).toBe(200);
    await expect.poll(() => promisify(server.getConnections).call(server)).toBe(0);
    raw.socket.destroy();
  });

  // The second to look at an upgrade threw out of the event, and ended the process.
  test('cannot have a path that another has already', async () => {
    const server = await application(createServer());
    await share({ server, path: '/chat' });
    await expect(share({ server, path: '/chat' })).rejects.toThrow('"webSocket.path"');
    expect((await ask(addressOf(server, '/chat'))).status).toBe(101);
  });

  test('outlives an upgrade that somebody else has made of the same request', async () => {
    const server = await application(createServer());
    const it = await share({ server });
    const byHand = await new Stage({ path: '/chat' }).start();
    server.on('upgrade', (request, socket, head) => byHand.transport.handleUpgrade(request, socket, head));
    await ask(addressOf(server, '/chat'));
    expect(byHand.errors.splice(0)).toMatchObject([{ message: expect.stringContaining('more than once') }]);
    expect(it.errors).toEqual([]);
  });

  test('refuses what is for its path and may not be', async () => {
    const server = await application(createServer());
    const it = await share({ server });
    expect((await ask(addressOf(server), { Origin: 'https://evil.com' })).status).toBe(403);
    expect((await ask(addressOf(server), { Host: 'evil.com' })).status).toBe(403);
    expect((await ask(addressOf(server), {}, 'POST')).status).toBe(405);
    expect(it.sides).toEqual([]);
  });

  test('is done with whom it refused, even if that does not hang up', async () => {
    const server = await application(createServer());
    await share({ server });
    const port = Number(new URL(addressOf(server)).port);
    const raw = new RawSocket(connect({ port, host: '127.0.0.1', allowHalfOpen: true }));
    await raw.send(upgradeRequest(addressOf(server), { Origin: 'https://evil.com' }));
    expect((await raw.answer()).status).toBe(403);
    await expect.poll(() => promisify(server.getConnections).call(server)).toBe(0);
    raw.socket.destroy();
  });

  test('has none of our listeners once stopped', async () => {
    const server = await application(createServer());
    take(server, '/other');
    const before = listenersOf(server);
    const it = await share({ server });
    await it.transport.stop();
    expect(listenersOf(server)).toEqual(before);
    expect(it.transport.addresses).toEqual([]);
  });
});

describe('an upgrade that nobody wants', () => {
  test('is ended with 404, once, when all that listen are ours', async () => {
    const server = await application(createServer());
    await share({ server });
    await share({ server, path: '/games' });
    expect((await ask(addressOf(server, '/other'))).status).toBe(404);
  });

  test('is ended still when the first of ours has stopped', async () => {
    const server = await application(createServer());
    const first = await share({ server });
    await share({ server, path: '/games' });
    await first.transport.stop();
    expect((await ask(addressOf(server))).status).toBe(404);
    expect((await ask(addressOf(server, '/games'))).status).toBe(101);
  });

  test('is left to the application when that listens, too', async () => {
    const server = await application(createServer());
    await share({ server });
    const seen = new Promise<Duplex>((resolve) => server.on('upgrade', (_request, socket) => resolve(socket)));
    const answer = ask(addressOf(server, '/other'));
    const socket = await seen;
    await new Promise<void>((resolve) => void setImmediate(resolve));
    expect(socket).toMatchObject({ destroyed: false, writableEnded: false });
    socket.end("HTTP/1.1 418 I'm a teapot\r\n\r\n");
    expect((await answer).status).toBe(418);
  });
});

describe('hub.close()', () => {
  test("leaves the application's server listening and serving", async () => {
    const server = await application(createServer());
    const { hub } = await host({ limits: { drain: 100 } }, webSocket({ server, path: '/chat' }));
    const client = await upgraded(addressOf(server));
    const closed = hub.close();
    expect((await client.closing()).code).toBe(4002);
    client.socket.end();
    await closed;
    expect(server.listening).toBe(true);
    expect(await homePage(server)).toBe('the home page');
  });

  test('leaves the rest to another hub', async () => {
    const server = await application(createServer());
    const { hub } = await host({}, webSocket({ server, path: '/chat' }));
    await hub.close();
    await host({}, webSocket({ server, path: '/chat' }));
    await upgraded(addressOf(server));
  });
});

describe('a server', () => {
  test('may begin to listen later', async () => {
    const server = createServer();
    closeAfterwards(server);
    const it = new Stage({ server, path: '/chat' });
    const started = it.start();
    expect(it.transport.addresses).toEqual([]);
    server.listen(0, '127.0.0.1');
    await started;
    expect(it.transport.addresses).toEqual([addressOf(server)]);
    await it.link();
  });

  test('may fail to listen', async () => {
    const owner = createTcpServer().listen(0, '127.0.0.1');
    onTestFinished(() => void owner.close());
    await once(owner, 'listening');
    const server = createServer();
    const before = listenersOf(server);
    const started = new Stage({ server }).start();
    server.listen((owner.address() as AddressInfo).port, '127.0.0.1');
    await expect(started).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining('Cannot listen on the given server'),
    });
    expect(listenersOf(server)).toEqual(before);
  });

  test('that never listens holds up no stop', async () => {
    const server = createServer();
    const before = listenersOf(server);
    const it = new Stage({ server });
    const refused = expect(it.start()).rejects.toThrow('Stopped before');
    await it.transport.stop();
    await refused;
    expect(listenersOf(server)).toEqual(before);
  });
});
