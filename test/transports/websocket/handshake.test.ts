import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { tls } from './certificate.js';
import { ask } from './raw-frames.js';
import { rawPeer } from './raw-peer.js';
import { Stage, stage } from './stage.js';

const ours = 'https://chat.example.com';
const trusting = { ca: tls.cert, servername: 'localhost' };
const fixture = (name: string) => readFileSync(new URL(`../tcp/fixtures/${name}`, import.meta.url));

describe('what an upgrade says of who comes', () => {
  test('is there for who authenticates: the URL, headers by lower-case name, a bearer token', async () => {
    const it = await stage({ path: '/chat' });
    const client = await ask(`${it.address}?room=ops`, { Authorization: 'bearer abc.DEF-1~+/==', 'X-Team': 'ops' });
    expect(client.status).toBe(101);
    const { handshake } = (await it.side(0)).connection;
    expect(handshake).toMatchObject({ url: '/chat?room=ops', token: 'abc.DEF-1~+/==', headers: { 'x-team': 'ops' } });
  });

  test('has a token that was offered as a subprotocol, which is never agreed to', async () => {
    const it = await stage();
    const offered = 'chathub.token.ey.J0-x_1.sig, chathub.v1.json';
    const { status, headers } = await ask(it.address, { 'Sec-WebSocket-Protocol': offered });
    expect([status, headers.get('sec-websocket-protocol')]).toEqual([101, 'chathub.v1.json']);
    expect((await it.side(0)).connection.handshake?.token).toBe('ey.J0-x_1.sig');
  });

  test('is refused when a token is all that was offered', async () => {
    const it = await stage();
    expect((await ask(it.address, { 'Sec-WebSocket-Protocol': 'chathub.token.abc' })).status).toBe(400);
  });

  test.each(['Basic YTpi', 'Bearer', 'Bearer a b', 'Bearer äöü'])('has no token in %j', async (authorization) => {
    const it = await stage();
    await ask(it.address, { Authorization: authorization });
    expect((await it.side(0)).connection.handshake?.token).toBeUndefined();
  });

  test('has the cookies of our own pages', async () => {
    const it = await stage({ origins: [ours] });
    const cookie = 'sid=a%20b; theme="dark"; sid=other; broken=%E0%A4%A; empty=; =x; __proto__=y';
    await ask(it.address, { Origin: ours, Cookie: cookie });
    const { cookies = {}, headers = {} } = (await it.side(0)).connection.handshake ?? {};
    expect({ ...cookies }).toEqual(
      Object.fromEntries([
        ...Object.entries({ sid: 'a b', theme: 'dark', broken: '%E0%A4%A', empty: '' }),
        ['__proto__', 'y'],
      ]),
    );
    expect(headers.cookie).toBe(cookie);
  });

  test('has those of a page of this very server', async () => {
    const it = await stage();
    await ask(it.address, { Origin: it.address.replace('ws:', 'http:').slice(0, -1), Cookie: 'sid=1' });
    expect((await it.side(0)).connection.handshake?.cookies.sid).toBe('1');
  });

  test.each<[string, string | undefined, readonly string[] | '*' | undefined]>([
    ['a program, which may have made them up', undefined, [ours]],
    ['any page, where every page may connect', 'https://evil.com', '*'],
  ])('has no cookies of %s', async (_who, origin, origins) => {
    const it = await stage({ origins });
    await ask(it.address, { Origin: origin, Cookie: 'sid=1' });
    const { handshake } = (await it.side(0)).connection;
    expect([handshake?.cookies.sid, handshake?.headers.cookie]).toEqual([undefined, undefined]);
  });

  test('is not kept where nobody authenticates', async () => {
    const it = new Stage({ port: 0 });
    it.authenticates = false;
    await it.start();
    const { side } = await it.link({ Authorization: 'Bearer abc' });
    expect(side.connection.handshake).toBeUndefined();
  });

  test('has the certificate that the client showed', async () => {
    const options = { ...tls, requestCert: true, ca: fixture('client-ca.pem') };
    const it = await new Stage({ port: 0, tls: options }).start();
    const own = { key: fixture('client-key.pem'), cert: fixture('client-cert.pem') };
    await rawPeer(it.address, { ...trusting, ...own });
    const { certificate } = (await it.side(0)).connection;
    expect(certificate).toMatchObject({ authorized: true, subject: { CN: 'bot' } });
  });
});

test('a certificate is changed from one moment to the next', async () => {
  const it = await new Stage({ port: 0, tls }).start();
  const other = { key: fixture('other-key.pem'), cert: fixture('other-cert.pem') };
  await rawPeer(it.address, trusting);
  it.transport.setTls(other);
  await rawPeer(it.address, { ...trusting, ca: other.cert });
  await expect(rawPeer(it.address, trusting)).rejects.toThrow('self-signed');
});
