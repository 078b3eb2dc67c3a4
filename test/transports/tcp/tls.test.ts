import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { OptionError, plainText } from 'chathub';
import { tcp } from 'chathub/tcp';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Client, portOf, Stage, stage } from './stage.js';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
/** A certificate for localhost that signs itself, valid until 2125. */
const tls = { key: fixture('key.pem'), cert: fixture('cert.pem') };

function secureSocket(port: number): TLSSocket {
  const halfOpen = { allowHalfOpen: true };
  return connect({ port, host: '127.0.0.1', servername: 'localhost', ca: tls.cert, ...halfOpen });
}

describe('tcp() with TLS', () => {
  test('talks in secret, and says so', async () => {
    const it = await stage({ tls });
    expect(it.transport.addresses).toEqual([`tls://127.0.0.1:${it.port}`]);
    const client = new Client(secureSocket(it.port));
    client.send('hello\r\n');
    await it.until(() => it.sides.length === 1);
    const [side] = it.sides;
    await side?.until(() => side.frames.length === 1);
    expect(side?.connection).toMatchObject({ secure: true, transport: 'tcp', remoteAddress: '127.0.0.1' });
    side?.say('hi');
    await client.got('hi\r\n');
    expect((client.socket as TLSSocket).authorized).toBe(true);
  });

  test('hears the end of what a peer sends, and can still answer', async () => {
    const it = await stage({ tls });
    const client = new Client(secureSocket(it.port));
    client.socket.end('question\n');
    await it.until(() => it.sides.length === 1);
    const [side] = it.sides;
    await side?.until(() => side.ends === 1);
    side?.say('answer');
    side?.connection.close({ code: 1000, reason: '' });
    await client.got('answer\n');
    expect(await side?.closing()).toBe('ended');
  });

  test('tells the hub of a peer after the handshake only', async () => {
    const it = await stage({ tls });
    const silent = connectPlain(it.port, '127.0.0.1');
    onTestFinished(() => void silent.destroy());
    await once(silent, 'connect');
    new Client(secureSocket(it.port));
    await it.until(() => it.sides.length === 1);
    expect(it.sides).toHaveLength(1);
  });

  test('drops a peer that is not done with its handshake within helloTimeout, however busy it looks', async () => {
    const it = await stage({ tls }, { helloTimeout: 100 });
    const client = it.client();
    // A record of 511 bytes, of which one comes now and then.
    client.send(Buffer.from('16030101ff010001fb0303', 'hex'));
    const drip = setInterval(() => client.send('x'), 90);
    await client.gone();
    clearInterval(drip);
    expect(it.sides).toEqual([]);
    expect(it.errors).toEqual([]);
  });

  test.each(['hello\n', 'GET / HTTP/1.1\r\n\r\n', '\x16\x03\x01\x00\x05hello'])(
    'drops a peer that says %j instead, and nobody hears of it',
    async (opening) => {
      const it = await stage({ tls });
      const client = it.client();
      client.send(opening);
      await client.gone();
      expect(it.sides).toEqual([]);
      expect(it.errors).toEqual([]);
    },
  );

  test('survives peers that go in the middle of their handshake', async () => {
    const it = await stage({ tls });
    for (let turn = 0; turn < 20; turn++) {
      const socket = connectPlain(it.port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(Buffer.from('160301', 'hex'));
      if (turn % 2 === 0) socket.resetAndDestroy();
      else socket.end();
    }
    new Client(secureSocket(it.port));
    await it.until(() => it.sides.length === 1);
    expect(it.errors).toEqual([]);
  });

  test('takes nobody who is done with the handshake after it stopped', async () => {
    const it = await stage({ tls });
    const socket = connectPlain(it.port, '127.0.0.1');
    await once(socket, 'connect');
    await it.transport.stop();
    const client = new Client(connect({ socket, servername: 'localhost', ca: tls.cert }));
    await client.gone();
    expect(it.sides).toEqual([]);
  });

  test("serves an application's own TLS server, and leaves it open", async () => {
    const server = createServer(tls).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    const it = new Stage({ server });
    await it.start();
    expect(it.transport.addresses).toEqual([`tls://127.0.0.1:${portOf(server)}`]);
    const client = new Client(secureSocket(it.port));
    client.socket.end('hello\n');
    await it.until(() => it.sides.length === 1);
    const [side] = it.sides;
    await side?.until(() => side.ends === 1);
    expect(side?.connection.secure).toBe(true);
    side?.say('hi');
    side?.connection.close({ code: 1000, reason: '' });
    await client.got('hi\n');
    await it.transport.stop();
    expect(server.listening).toBe(true);
  });

  test('knows who is behind a certificate that a client shows, and whether its signer is believed', async () => {
    const it = await stage({
      tls: { ...tls, requestCert: true, rejectUnauthorized: false, ca: fixture('client-ca.pem') },
    });
    const own = { key: fixture('client-key.pem'), cert: fixture('client-cert.pem') };
    for (const shown of [own, { key: fixture('other-key.pem'), cert: fixture('other-cert.pem') }, {}])
      new Client(connect({ port: it.port, host: '127.0.0.1', servername: 'localhost', ca: tls.cert, ...shown }));
    await it.until(() => it.sides.length === 3);
    const certificates = it.sides.map(({ connection }) => connection.certificate);
    expect(certificates.find((certificate) => certificate?.authorized)).toMatchObject({
      subject: { CN: 'bot', O: 'Operations' },
      issuer: { CN: 'test authority' },
      subjectAltName: 'DNS:bot.example.com',
      fingerprint256: expect.stringMatching(/^(?:[\dA-F]{2}:){31}[\dA-F]{2}$/),
    });
    expect(certificates.filter((certificate) => certificate === undefined)).toHaveLength(1);
    expect(certificates.find((certificate) => certificate?.authorized === false)?.subject).toMatchObject({
      CN: 'localhost',
    });
  });

  test('lets in nobody without a certificate that is believed, where that is asked for', async () => {
    const it = await stage({ tls: { ...tls, requestCert: true, ca: fixture('client-ca.pem') } });
    const client = new Client(secureSocket(it.port));
    await client.gone();
    expect([it.sides, it.errors]).toEqual([[], []]);
  });

  test('shows another certificate from one moment to the next, and keeps who is connected', async () => {
    const it = await stage({ tls });
    const first = new Client(secureSocket(it.port));
    await it.until(() => it.sides.length === 1);
    const other = { key: fixture('other-key.pem'), cert: fixture('other-cert.pem') };
    it.transport.setTls(other);
    const second = connect({ port: it.port, host: '127.0.0.1', servername: 'localhost', ca: other.cert });
    onTestFinished(() => void second.destroy());
    await once(second, 'secureConnect');
    expect(second.getPeerX509Certificate()?.fingerprint256).toBe(new X509Certificate(other.cert).fingerprint256);
    it.sides[0]?.say('still here');
    await first.got('still here\n');
  });

  test('keeps its certificate when the next one is none', async () => {
    const it = await stage({ tls });
    expect(() => it.transport.setTls({ ...tls, cert: 'nonsense' })).toThrow(OptionError);
    new Client(secureSocket(it.port));
    await it.until(() => it.sides.length === 1);
  });

  test('has no certificate to change where there is none', () => {
    expect(() => tcp({ port: 0 }).setTls(tls)).toThrow('has no "tls" here');
  });

  test('refuses a key that is not the certificate’s', () => {
    const key = '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n';
    expect(() => tcp({ port: 0, protocol: plainText(), tls: { ...tls, key } })).toThrow('tcp.tls');
  });
});
