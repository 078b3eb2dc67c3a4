import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError, plainText } from 'chathub';
import { type TcpOptions, tcp } from 'chathub/tcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasIpv6 } from '../ipv6.js';
import { Client, portOf, Stage, stage } from './stage.js';

async function listening(host = '127.0.0.1'): Promise<Server> {
  const server = createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return server;
}

describe('tcp() listens', () => {
  test('on the loopback address, at a port that its address tells', async () => {
    const { transport, port } = await stage();
    expect(transport.name).toBe('tcp');
    expect(transport.addresses).toEqual([`tcp://127.0.0.1:${port}`]);
    expect(port).toBeGreaterThan(0);
  });

  test.runIf(hasIpv6)('on IPv6, whose addresses stand in brackets', async () => {
    const it = await stage({ host: '::1' });
    expect(it.transport.addresses).toEqual([`tcp://[::1]:${it.port}`]);
    it.client({ host: '::1' });
    await it.until(() => it.sides.length === 1);
    expect(it.sides[0]?.connection.remoteAddress).toBe('::1');
  });

  test.runIf(hasIpv6)('on all addresses, and gives those of IPv4 as such', async () => {
    const it = await stage({ host: '::' });
    it.client({ host: '127.0.0.1' });
    await it.until(() => it.sides.length === 1);
    expect(it.sides[0]?.connection.remoteAddress).toBe('127.0.0.1');
  });

  test('until it stops, which frees the port at once and leaves connections to the hub', async () => {
    const it = await stage();
    const { port } = it;
    const { client, side } = await it.link();
    await it.transport.stop();
    expect(it.transport.addresses).toEqual([]);
    const next = createServer().listen(port, '127.0.0.1');
    await once(next, 'listening');
    next.close();
    client.send('still here\n');
    await side.until(() => side.frames.length === 1);
    side.say('indeed');
    await client.got('indeed\n');
  });

  test('again after it stopped', async () => {
    const it = await stage();
    await it.transport.stop();
    await it.start();
    await it.link();
  });

  test('once at a time', async () => {
    const it = await stage();
    await expect(it.start()).rejects.toThrow('has been started');
    await it.link();
  });

  test('no more when it stops in the middle of its start', async () => {
    const it = new Stage({ port: 0, host: 'localhost' });
    const started = it.start();
    await Promise.all([it.transport.stop(), it.transport.stop(), expect(started).rejects.toThrow('Stopped before')]);
    expect(it.transport.addresses).toEqual([]);
    await it.transport.stop();
  });

  test('nowhere before it starts, when stopping does nothing', async () => {
    const transport = tcp({ port: 0 });
    await transport.stop();
    expect(transport.addresses).toEqual([]);
  });
});

describe('tcp() cannot listen', () => {
  test('on a port that is in use', async () => {
    const port = portOf(await listening());
    const it = new Stage({ port });
    await expect(it.start()).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: `Cannot listen on 127.0.0.1:${port}: another process is using it. Choose another port.`,
      cause: { syscall: 'listen' },
    });
    expect(it.transport.addresses).toEqual([]);
  });

  test('on an address that is not of this machine', async () => {
    await expect(new Stage({ port: 0, host: '192.0.2.1' }).start()).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
  });

  test('and can when the reason is gone', async () => {
    const owner = await listening();
    const it = new Stage({ port: portOf(owner) });
    await expect(it.start()).rejects.toThrow('Cannot listen');
    owner.close();
    await it.start();
    await it.link();
  });
});

describe('a Unix socket', () => {
  function folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'chathub-'));
    onTestFinished(() => rmSync(path, { recursive: true }));
    return path;
  }

  test('serves peers that have no address, and its file goes when it stops', async () => {
    const path = join(folder(), 'chat');
    const it = await stage({ port: undefined, path });
    expect(it.transport.addresses).toEqual([`unix:${path}`]);
    const client = new Client(connect(path));
    await it.until(() => it.sides.length === 1);
    const [side] = it.sides;
    expect(side?.connection).toMatchObject({ remoteAddress: undefined, remotePort: undefined, secure: false });
    side?.say('hello');
    await client.got('hello\n');
    await it.transport.stop();
    expect(existsSync(path)).toBe(false);
  });

  test.each([0o600, 0o660, 0o777])('lets in whom its mode says, from the very beginning: %o', async (mode) => {
    const path = join(folder(), 'chat');
    const before = process.umask();
    const starting = stage({ port: undefined, path, mode });
    expect(process.umask()).toBe(before);
    await starting;
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  test('that a dead process left behind is taken over', async () => {
    const path = join(folder(), 'chat');
    await leaveBehind(path);
    expect(existsSync(path)).toBe(true);
    const it = await stage({ port: undefined, path });
    new Client(connect(path));
    await it.until(() => it.sides.length === 1);
  });

  test('that somebody listens on is in use', async () => {
    const path = join(folder(), 'chat');
    const first = await stage({ port: undefined, path });
    await expect(new Stage({ path }).start()).rejects.toMatchObject({
      code: 'EADDRINUSE',
      message: expect.stringContaining(`Cannot listen on ${path}: another process is using it`),
    });
    new Client(connect(path));
    // The one that asked whether somebody listens is the other.
    await first.until(() => first.sides.length === 2);
  });

  test('never takes the place of another file', async () => {
    const path = join(folder(), 'precious');
    writeFileSync(path, 'text');
    await expect(new Stage({ path }).start()).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(existsSync(path)).toBe(true);
  });

  test('needs its folder', async () => {
    const path = join(folder(), 'no', 'chat');
    await expect(new Stage({ path }).start()).rejects.toMatchObject({
      code: expect.stringMatching(/ENOENT|EACCES/),
      message: expect.stringContaining('Cannot listen on'),
    });
  });

  /** Node.js removes the file of a server that it closes, unless that has another name by then. */
  async function leaveBehind(path: string): Promise<void> {
    const server = createServer().listen(`${path}.made`);
    await once(server, 'listening');
    renameSync(`${path}.made`, path);
    server.close();
    await once(server, 'close');
  }
});

describe("an application's own server", () => {
  test('is used when it listens already, and left open', async () => {
    const server = await listening();
    const it = await new Stage({ server }).start();
    expect(it.transport.addresses).toEqual([`tcp://127.0.0.1:${portOf(server)}`]);
    const { client, side } = await it.link();
    client.send('hello\n');
    await side.until(() => side.frames.length === 1);
    await it.transport.stop();
    expect(server.listening).toBe(true);
    expect(it.transport.addresses).toEqual([]);
  });

  test('has none of our listeners once stopped', async () => {
    const server = await listening();
    const before = server.eventNames().map((name) => [name, server.listenerCount(name)]);
    const it = await new Stage({ server }).start();
    await it.transport.stop();
    expect(server.eventNames().map((name) => [name, server.listenerCount(name)])).toEqual(before);
  });

  test('may begin to listen later', async () => {
    const server = createServer();
    const it = new Stage({ server });
    const started = it.start();
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await started;
    await it.link();
  });

  test('may fail to listen', async () => {
    const server = createServer();
    const started = new Stage({ server }).start();
    server.listen(portOf(await listening()), '127.0.0.1');
    await expect(started).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect(server.eventNames()).toEqual([]);
  });

  test('that never listens holds up no stop', async () => {
    const server = createServer();
    const it = new Stage({ server });
    const refused = expect(it.start()).rejects.toThrow('Stopped before');
    await it.transport.stop();
    await refused;
    expect(server.eventNames()).toEqual([]);
  });

  test('hears what its clients sent before a FIN, and can still answer', async () => {
    // Made without allowHalfOpen, which then can't be changed; yet its sockets are as all others.
    const server = await listening();
    const it = await new Stage({ server }).start();
    const { client, side } = await it.link();
    client.socket.end('question\n');
    await side.until(() => side.ends === 1);
    side.say('answer');
    side.connection.close({ code: 1000, reason: '' });
    await client.got('answer\n');
    expect(await side.closing()).toBe('ended');
  });

  test('may accept connections paused', async () => {
    const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const it = await new Stage({ server }).start();
    const { client, side } = await it.link();
    client.send('hello\n');
    await side.until(() => side.frames.length === 1);
  });
});

describe('a bad option', () => {
  const server = createServer();
  test.each<[unknown, string]>([
    [undefined, 'Expected "tcp.options" to be an object, got undefined'],
    [{}, 'Expected "tcp.port" to be an integer from 0 to 65535, got undefined'],
    [{ port: 65_536 }, 'Expected "tcp.port" to be an integer from 0 to 65535, got 65536'],
    [{ port: '80' }, 'Expected "tcp.port" to be an integer from 0 to 65535, got "80"'],
    [{ port: 80, host: '' }, 'Expected "tcp.host" to be an address or a name of this machine, got ""'],
    [{ path: '' }, 'Expected "tcp.path" to be the path of a Unix socket, got ""'],
    [{ path: '/x', port: 80 }, 'Expected "tcp.port" to be left out where tcp.path is given, got 80'],
    [{ path: '/x', host: '::' }, 'Expected "tcp.host" to be left out where tcp.path is given, got "::"'],
    [{ server, port: 80 }, 'Expected "tcp.port" to be left out where tcp.server is given, got 80'],
    [{ server, tls: {} }, 'Expected "tcp.tls" to be left out where tcp.server is given, got an object'],
    [{ path: '/x', mode: 0o1777 }, 'Expected "tcp.mode" to be a mode from 0 to 0o777, got 1023'],
    [{ port: 0, mode: 0o660 }, 'Expected "tcp.mode" to be left out where there is no tcp.path, got 432'],
    [{ fd: 'x' }, 'Expected "tcp.fd" to be the number of a listening socket, got "x"'],
    [{ fd: 3, path: '/x' }, 'Expected "tcp.path" to be left out where tcp.fd is given, got "/x"'],
    [{ server: {} }, 'Expected "tcp.server" to be a server of node:net or node:tls, got an object'],
    [{ port: 0, tls: {} }, 'Expected "tcp.tls" to be an object with key and cert, or with pfx, got an object'],
    [{ port: 0, backlog: 0 }, 'Expected "tcp.backlog" to be a positive integer, got 0'],
    [{ port: 0, slowConsumer: 'drop' }, 'Expected "tcp.slowConsumer" to be "disconnect" or "skip", got "drop"'],
    [{ port: 0, protocol: plainText }, 'Expected "tcp.protocol" to be a protocol, such as lines(), got a function'],
    [
      { prot: 0 },
      'Expected "tcp.prot" to be one of port, host, path, mode, fd, server, tls, trustProxy, protocol, slowConsumer, backlog, got 0',
    ],
  ])('is refused when it is given: %o', (options, message) => {
    const make = () => tcp(options as TcpOptions);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  test('is not one that is undefined', () => {
    const nothing: Record<string, undefined> = {
      path: undefined,
      tls: undefined,
      protocol: undefined,
      other: undefined,
    };
    expect(() => tcp({ port: 0, ...nothing })).not.toThrow();
  });

  test('such as a key that is no key is told before anybody connects', () => {
    expect(() => tcp({ port: 0, tls: { key: 'x', cert: 'y' } })).toThrow(
      /Expected "tcp.tls" to be what node:tls accepts/,
    );
  });
});

test('a socket that was to be handed over, and was not, is told in a sentence', async () => {
  await expect(new Stage({ fd: 999 }).start()).rejects.toMatchObject({
    code: 'EINVAL',
    message: 'Cannot listen on file descriptor 999: there is no socket that listens.',
  });
});
