import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { connect as connectSecure } from 'node:tls';
import { type ConnectionHandler, json, type Member, plainText } from 'chathub';
import { webSocket } from 'chathub/websocket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { host } from '../../hub/set-up.js';
import { tls } from './certificate.js';
import { closeFrame, frame, PING, PONG, RawSocket, rawSocket, TEXT, upgradeRequest } from './raw-frames.js';
import { rawPeer } from './raw-peer.js';
import { Stage, stage } from './stage.js';

describe('a connection', () => {
  test('says who it is', async () => {
    const protocol = plainText();
    const it = await stage({ protocol, slowConsumer: 'skip' });
    const { client, side } = await it.link();
    expect(side.connection).toMatchObject({
      transport: 'websocket',
      protocol,
      remoteAddress: '127.0.0.1',
      remotePort: client.socket.localPort,
      secure: false,
      closeCodes: true,
      slowConsumer: 'skip',
      bufferedBytes: 0,
      blocked: false,
    });
  });

  test('speaks JSON, and leaves the slow-consumer policy to that, unless told', async () => {
    const { side } = await (await stage()).link();
    expect(side.connection).toMatchObject({ protocol: json(), slowConsumer: undefined });
  });

  test('shows in the member that it becomes', async () => {
    const transport = webSocket({ port: 0, protocol: plainText() });
    const { hub } = await host({}, transport);
    const connected = new Promise<Member>((resolve) => hub.on('connect', ({ member }) => resolve(member)));
    const client = rawSocket(String(transport.addresses[0]));
    await client.send(upgradeRequest(String(transport.addresses[0])));
    expect(await connected).toMatchObject({
      transport: 'websocket',
      remoteAddress: '127.0.0.1',
      remotePort: client.socket.localPort,
      secure: false,
    });
  });

  test('frames messages of every length as RFC 6455, 5.2 has it', async () => {
    const { client, side } = await (await stage({}, { frameBytes: 1_000_000 })).link();
    const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000].map((length) => 'x'.repeat(length));
    side.say(...texts, 'naïve 🙂');
    await client.until('last message', () => client.frames[texts.length]);
    expect(client.frames.map(({ payload }) => String(payload))).toEqual([...texts, 'naïve 🙂']);
    expect(client.frames.every(({ opcode, fin, rsv }) => opcode === TEXT && fin && rsv === 0)).toBe(true);
  });

  test('writes what the hub says and the answers to pings whole, however they meet', async () => {
    const { client, side } = await (await stage()).link();
    side.onFrame = (text) => side.say(`you said ${text}`, 'x'.repeat(3_000));
    const ping = frame(PING, 'ping');
    // `ws` takes more than 60 pings that it has not answered yet for a flood.
    for (let count = 0; count < 25; count++) void client.send(Buffer.concat([ping, frame(TEXT, `${count}`), ping]));
    await client.until('100 frames', () => client.frames[99]);
    const texts = client.frames.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => String(payload));
    expect(texts.filter((_, index) => index % 2 === 0)).toEqual(
      Array.from({ length: 25 }, (_, count) => `you said ${count}`),
    );
    expect(client.frames.filter(({ opcode }) => opcode === PONG)).toHaveLength(50);
  });

  test('that fails in the hub costs itself alone', async () => {
    const it = await stage();
    const { client, side } = await it.link();
    const fault = new Error('a fault in the hub');
    side.onFrame = () => {
      throw fault;
    };
    void client.send(frame(TEXT, 'hello'));
    expect(await side.closing()).toBe('lost');
    expect(it.errors).toEqual([fault]);
    await it.link();
  });

  test('that the hub forgets to close is closed for it', async () => {
    const it = await new Stage({ port: 0 }).start(() => undefined as ConnectionHandler | undefined);
    const peer = await rawPeer(it.address);
    expect((await peer.closed).code).toBe(1013);
  });

  test('that is gone before it is accepted harms nobody', async () => {
    const it = await stage();
    for (let count = 0; count < 20; count++) {
      const raw = rawSocket(it.address);
      await raw.send(upgradeRequest(it.address));
      raw.socket.resetAndDestroy();
    }
    await it.link();
    for (const side of it.sides.slice(0, -1)) expect(await side.closing()).toBe('lost');
    expect(it.errors).toEqual([]);
  });
});

describe('the time that a peer has to greet', () => {
  /** Long enough to be told from no time at all. */
  const delay = 150;

  async function ageAfter(it: Stage, socket: Socket): Promise<number> {
    const raw = new RawSocket(socket);
    await raw.send(upgradeRequest(it.address));
    return Number((await it.side(0)).connection.age);
  }

  /** A plain connection to its port, some time after it was made. */
  async function dawdler(it: Stage) {
    const began = performance.now();
    const socket = connect(Number(new URL(it.address).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
    await wait(delay);
    return { began, socket };
  }

  test('counts from its connect, not from its upgrade', async () => {
    const it = await stage();
    const { began, socket } = await dawdler(it);
    const age = await ageAfter(it, socket);
    expect(age).toBeGreaterThan(delay / 2);
    expect(age).toBeLessThanOrEqual(performance.now() - began);
  });

  test('counts from its connect, not from the end of its TLS handshake', async () => {
    const it = await stage({ tls });
    const { began, socket } = await dawdler(it);
    const age = await ageAfter(it, connectSecure({ socket, ca: tls.cert, servername: 'localhost' }));
    expect(age).toBeGreaterThan(delay / 2);
    expect(age).toBeLessThanOrEqual(performance.now() - began);
  });

  test('ends with 4003', async () => {
    const transport = webSocket({ port: 0 });
    const { hub } = await host({ limits: { helloTimeout: 300 } }, transport);
    const address = String(transport.addresses[0]);
    const began = performance.now();
    const client = rawSocket(address);
    await client.send(upgradeRequest(address));
    expect(await client.closing()).toEqual({ code: 4003, reason: 'HELLO_TIMEOUT' });
    expect(performance.now() - began).toBeGreaterThan(250);
    void client.send(closeFrame(4003));
    await client.gone();
    expect(hub.status().members).toBe(0);
  });
});
