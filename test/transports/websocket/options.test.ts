import { createServer } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { json, OptionError, plainText } from 'chathub';
import { type WebSocketOptions, webSocket } from 'chathub/websocket';
import { describe, expect, test } from 'vitest';
import { tls } from './certificate.js';

const names =
  'port, host, socket, mode, fd, server, path, tls, protocol, origins, trustProxy, slowConsumer, backlog, compression';
const port = 'Expected "webSocket.port" to be an integer from 0 to 65535, got';
const host = 'Expected "webSocket.host" to be an address or a name of this machine, got';
const path = 'Expected "webSocket.path" to be a path of a URL, such as "/chat", got';
const origins = 'Expected "webSocket.origins" to be a list of origins, "*" or a function, got';
const anOrigin = 'to be an origin such as "https://example.com", got';
const noServer = 'Expected "webSocket.server" to be a server of node:http or node:https, got';
const server = createServer();

describe('a bad option is refused when it is given:', () => {
  test.each<[unknown, string]>([
    [null, 'Expected "webSocket.options" to be an object, got null'],
    ['/chat', 'Expected "webSocket.options" to be an object, got "/chat"'],
    [{ port: -1 }, `${port} -1`],
    [{ port: 65_536 }, `${port} 65536`],
    [{ port: '80' }, `${port} "80"`],
    [{ port: 8.5 }, `${port} 8.5`],
    [{ port: Number.NaN }, `${port} NaN`],
    [{ port: null }, `${port} null`],
    [{ port: 0, host: '' }, `${host} ""`],
    [{ port: 0, host: 1 }, `${host} 1`],
    [{ host: '::' }, 'Expected "webSocket.host" to be left out where there is no webSocket.port, got "::"'],
    [{ mode: 0o660 }, 'Expected "webSocket.mode" to be left out where there is no webSocket.port, got 432'],
    [{ port: 0, mode: 0o660 }, 'Expected "webSocket.mode" to be left out where there is no webSocket.socket, got 432'],
    [{ socket: '/x', port: 0 }, 'Expected "webSocket.port" to be left out where webSocket.socket is given, got 0'],
    [{ socket: '' }, 'Expected "webSocket.socket" to be the path of a Unix socket, got ""'],
    [{ fd: -1 }, 'Expected "webSocket.fd" to be the number of a listening socket, got -1'],
    [{ fd: 3, port: 0 }, 'Expected "webSocket.port" to be left out where webSocket.fd is given, got 0'],
    [{ trustProxy: ['::1/129'] }, 'Expected "webSocket.trustProxy.0" to be an address, a range such as'],
    [{ port: 0, path: 'chat' }, `${path} "chat"`],
    [{ port: 0, path: '' }, `${path} ""`],
    [{ port: 0, path: '/a?b' }, `${path} "/a?b"`],
    [{ port: 0, path: '/a#b' }, `${path} "/a#b"`],
    [{ port: 0, path: '/a b' }, `${path} "/a b"`],
    [{ port: 0, path: /chat/ }, `${path} an object`],
    [{ server: {} }, `${noServer} an object`],
    [{ server: null }, `${noServer} null`],
    [{ server: createTcpServer() }, `${noServer} an object`],
    [{ server, port: 0 }, 'Expected "webSocket.port" to be left out where webSocket.server is given, got 0'],
    [{ server, host: '::' }, 'Expected "webSocket.host" to be left out where webSocket.server is given, got "::"'],
    [{ server, tls }, 'Expected "webSocket.tls" to be left out where webSocket.server is given, got an object'],
    [{ server, backlog: 9 }, 'Expected "webSocket.backlog" to be left out where webSocket.server is given, got 9'],
    [{ tls }, 'Expected "webSocket.tls" to be left out where there is no webSocket.port, got an object'],
    [{ port: 0, tls: {} }, 'Expected "webSocket.tls" to be an object with key and cert, or with pfx, got an object'],
    [{ port: 0, tls: true }, 'Expected "webSocket.tls" to be an object with key and cert, or with pfx, got true'],
    [{ port: 0, origins: 'x' }, `${origins} "x"`],
    [{ port: 0, origins: 'https://a.b' }, `${origins} "https://a.b"`],
    [{ port: 0, origins: null }, `${origins} null`],
    [{ port: 0, origins: ['https://a.b/'] }, `Expected "webSocket.origins.0" ${anOrigin} "https://a.b/"`],
    [{ port: 0, origins: ['https://a.b', '*'] }, `Expected "webSocket.origins.1" ${anOrigin} "*"`],
    [{ port: 0, origins: ['a.b'] }, `Expected "webSocket.origins.0" ${anOrigin} "a.b"`],
    [{ port: 0, origins: ['https://A.b'] }, `Expected "webSocket.origins.0" ${anOrigin} "https://A.b"`],
    [{ port: 0, origins: ['https://a.b:443'] }, `Expected "webSocket.origins.0" ${anOrigin} "https://a.b:443"`],
    [{ port: 0, origins: ['null'] }, `Expected "webSocket.origins.0" ${anOrigin} "null"`],
    [{ port: 0, origins: [1] }, `Expected "webSocket.origins.0" ${anOrigin} 1`],
    [{ port: 0, backlog: 0 }, 'Expected "webSocket.backlog" to be a positive integer, got 0'],
    [{ port: 0, backlog: '9' }, 'Expected "webSocket.backlog" to be a positive integer, got "9"'],
    [{ backlog: 9 }, 'Expected "webSocket.backlog" to be left out where there is no webSocket.port, got 9'],
    [{ port: 0, compression: 'yes' }, 'Expected "webSocket.compression" to be true or false, got "yes"'],
    [{ port: 0, compression: {} }, 'Expected "webSocket.compression" to be true or false, got an object'],
    [{ port: 0, slowConsumer: 'drop' }, 'Expected "webSocket.slowConsumer" to be "disconnect" or "skip", got "drop"'],
    [{ port: 0, protocol: {} }, 'Expected "webSocket.protocol" to be a protocol, such as json(), got an object'],
    [{ port: 0, protocol: json }, 'Expected "webSocket.protocol" to be a protocol, such as json(), got a function'],
    [{ port: 0, protocol: null }, 'Expected "webSocket.protocol" to be a protocol, such as json(), got null'],
    [{ prot: 0 }, `Expected "webSocket.prot" to be one of ${names}, got 0`],
  ])('%o', (options, message) => {
    const make = () => webSocket(options as WebSocketOptions);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(message);
  });

  test('a key that is no key, before anybody connects', () => {
    const make = () => webSocket({ port: 0, tls: { key: 'x', cert: 'y' } });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(/Expected "webSocket.tls" to be what node:tls accepts/);
  });
});

describe('a good option', () => {
  test.each<[string, WebSocketOptions]>([
    ['none', {}],
    ['a path alone', { path: '/chat' }],
    ['a port of 65535', { port: 65_535, host: '::', path: '/a/b.c~d', backlog: 1 }],
    ['a server of node:http', { server, path: '/chat' }],
    ['a server of node:https', { server: createSecureServer(tls) }],
    ['TLS', { port: 0, tls }],
    ['origins', { port: 0, origins: ['https://a.b', 'http://[::1]:8080', 'http://localhost'] }],
    ['all origins', { port: 0, origins: '*' }],
    ['a function', { port: 0, origins: () => true }],
    ['a protocol', { port: 0, protocol: plainText(), slowConsumer: 'skip', compression: true }],
  ])('is taken, and nothing listens yet: %s', (_what, options) => {
    expect(webSocket(options)).toMatchObject({ name: 'websocket', addresses: [] });
  });

  test('is as good as left out when it is undefined', () => {
    const nothing = Object.fromEntries([...names.split(', '), 'other'].map((name) => [name, undefined]));
    expect(() => webSocket(nothing)).not.toThrow();
  });
});
