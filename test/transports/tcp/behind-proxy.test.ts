import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { Client, Stage, stage } from './stage.js';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const header = 'PROXY TCP4 203.0.113.7 192.0.2.2 4711 7000\r\n';
const trusting = { trustProxy: ['127.0.0.0/8'] };

describe('tcp() behind proxies that are believed', () => {
  test('knows who is behind one, and reads on where the header ends', async () => {
    const it = await stage(trusting);
    const client = it.client();
    client.send(`${header}hello\r\nwor`);
    client.send('ld\r\n');
    await it.until(() => it.sides.length === 1);
    const [side] = it.sides;
    await side?.until(() => side.frames.length === 2);
    expect(side?.frames).toEqual(['hello', 'world']);
    expect(side?.connection).toMatchObject({ remoteAddress: '203.0.113.7', remotePort: 4711 });
    side?.say('hi');
    await client.got('hi\r\n');
  });

  test('takes a header that comes in pieces', async () => {
    const it = await stage(trusting);
    const client = it.client();
    for (const character of header) {
      client.send(character);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await it.until(() => it.sides.length === 1);
    expect(it.sides[0]?.connection.remoteAddress).toBe('203.0.113.7');
  });

  test('says what a proxy says of itself, such as to see whether anybody is here', async () => {
    const it = await stage(trusting);
    it.client().send('PROXY UNKNOWN\r\n');
    await it.until(() => it.sides.length === 1);
    expect(it.sides[0]?.connection.remoteAddress).toBe('127.0.0.1');
  });

  test.each([
    ['none', '/join lobby\r\n'],
    ['one that is wrong', 'PROXY TCP4 203.0.113.7\r\n'],
    ['one behind something else', `hello\r\n${header}`],
  ])('cuts a connection of theirs off with %s, and nobody hears of it', async (_what, opening) => {
    const it = await stage(trusting);
    const client = it.client();
    client.send(opening);
    await client.gone();
    expect([client.received, it.sides, it.errors]).toEqual(['', [], []]);
  });

  test('waits no longer for a header than helloTimeout, however busy the peer looks', async () => {
    const it = await stage(trusting, { helloTimeout: 100 });
    const client = it.client();
    client.send('PROX');
    const drip = setInterval(() => client.send(''), 20);
    await client.gone();
    clearInterval(drip);
    expect(it.sides).toEqual([]);
  });

  test('forgets a proxy that goes before it has said anything', async () => {
    const it = await stage(trusting);
    const client = it.client();
    client.send('PROXY TC');
    client.socket.end();
    await client.gone();
    expect([it.sides, it.errors]).toEqual([[], []]);
  });

  test('counts the wait for the header, for who has to greet in time', async () => {
    const it = await stage(trusting);
    const client = it.client();
    client.send('PROXY');
    await new Promise((resolve) => setTimeout(resolve, 50));
    client.send(header.slice(5));
    await it.until(() => it.sides.length === 1);
    expect(it.sides[0]?.connection.age).toBeGreaterThanOrEqual(45);
  });

  test('takes a header from nobody else', async () => {
    const it = await stage({ trustProxy: ['192.0.2.1'] });
    const { side } = await it.link();
    expect(side.connection.remoteAddress).toBe('127.0.0.1');
  });

  test('has the header before the handshake of TLS', async () => {
    const tls = { key: fixture('key.pem'), cert: fixture('cert.pem') };
    const it = await stage({ ...trusting, tls });
    const plain = connect(it.port, '127.0.0.1');
    plain.write(header);
    const client = new Client(connectSecure({ socket: plain, servername: 'localhost', ca: tls.cert }));
    client.send('hello\r\n');
    await it.until(() => it.sides.length === 1);
    const [side] = it.sides;
    await side?.until(() => side.frames.length === 1);
    expect(side?.connection).toMatchObject({ secure: true, remoteAddress: '203.0.113.7', remotePort: 4711 });
    side?.say('hi');
    await client.got('hi\r\n');
  });

  test('drops who brings header and handshake too late when it has been stopped', async () => {
    const it = await stage(trusting);
    const client = it.client();
    client.send('PROXY TC');
    await new Promise((resolve) => client.socket.once('connect', resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await it.transport.stop();
    client.send('P4 203.0.113.7 192.0.2.2 4711 7000\r\nhello\r\n');
    await client.gone();
    expect(it.sides).toEqual([]);
  });
});

test.each<[string, object]>([
  ['trustProxy', { port: 0, trustProxy: 'loopback' }],
  ['trustProxy.0', { port: 0, trustProxy: ['localhost'] }],
  ['trustProxy.1', { port: 0, trustProxy: ['10.0.0.0/8', '10.0.0.0/33'] }],
  ['trustProxy', { path: '/tmp/x', tls: { key: fixture('key.pem'), cert: fixture('cert.pem') }, trustProxy: ['unix'] }],
])('%s of %j is refused by name', (name, options) => {
  expect(() => new Stage(options)).toThrow(`"tcp.${name}"`);
});
