import { setImmediate as turn } from 'node:timers/promises';
import { webSocket } from 'chathub/websocket';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { WebSocketConnection } from '../../../src/transports/websocket/connection.js';
import { Heartbeat } from '../../../src/transports/websocket/heartbeat.js';
import { host } from '../../hub/set-up.js';
import { CLOSE, closeFrame, frame, PING, TEXT, upgraded } from './raw-frames.js';
import { rawPeer } from './raw-peer.js';
import { Stage, stage } from './stage.js';

describe('by the clock', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
  afterEach(() => void vi.useRealTimers());

  const interval = 25_000;
  const timeout = 10_000;
  /** How much later than due a peer may be looked at. */
  const tick = 1_000;

  class Peer {
    signsOfLife = 0;
    isPaused = false;
    blocked = false;
    pings = 0;
    readonly closes: unknown[] = [];

    ping(): void {
      this.pings++;
    }

    close(reason: unknown): void {
      this.closes.push(reason);
    }
  }

  function watched(heartbeat = new Heartbeat(interval, timeout)) {
    const peer = new Peer();
    heartbeat.add(peer);
    return { heartbeat, peer };
  }

  /** Lets time pass until there is another ping: at most the two waits. */
  function nextPing(peer: Peer): void {
    const before = peer.pings;
    for (let waited = 0; peer.pings === before && waited <= interval + timeout + tick; waited += tick)
      vi.advanceTimersByTime(tick);
    expect(peer.pings).toBe(before + 1);
  }

  test('a silent peer is sent one ping after the interval, not before', () => {
    const { peer } = watched();
    vi.advanceTimersByTime(interval - 1);
    expect(peer.pings).toBe(0);
    vi.advanceTimersByTime(tick + 1);
    expect(peer.pings).toBe(1);
    vi.advanceTimersByTime(timeout - tick - 1);
    expect(peer).toMatchObject({ pings: 1, closes: [] });
  });

  test('one that does not answer is closed after the timeout, once', () => {
    const { peer } = watched();
    vi.advanceTimersByTime(interval + timeout - 1);
    expect(peer.closes).toEqual([]);
    vi.advanceTimersByTime(2 * tick + 1);
    expect(peer.closes).toEqual([{ code: 4000, reason: 'HEARTBEAT_LOST' }]);
    vi.advanceTimersByTime(10 * interval);
    expect(peer).toMatchObject({ pings: 1, closes: [{}] });
  });

  test('one that answers stays, and is asked again and again', () => {
    const { peer } = watched();
    for (let answered = 0; answered < 20; answered++) {
      nextPing(peer);
      peer.signsOfLife += 6;
    }
    expect(peer).toMatchObject({ pings: 20, closes: [] });
  });

  test('one that sends anything is not asked', () => {
    const { peer } = watched();
    for (let turn = 0; turn < 100; turn++) {
      vi.advanceTimersByTime(interval / 2);
      peer.signsOfLife++;
    }
    expect(peer).toMatchObject({ pings: 0, closes: [] });
  });

  test('a single byte within the timeout is answer enough', () => {
    const { peer } = watched();
    vi.advanceTimersByTime(interval + timeout - tick);
    expect(peer.pings).toBe(1);
    peer.signsOfLife++;
    vi.advanceTimersByTime(2 * tick);
    expect(peer.closes).toEqual([]);
  });

  test('one that we do not read is neither asked nor closed', () => {
    const { peer } = watched();
    peer.isPaused = true;
    vi.advanceTimersByTime(100 * interval);
    expect(peer).toMatchObject({ pings: 0, closes: [] });
  });

  test('one that has not taken what it was sent is neither asked nor closed: the ping would stand behind all that', () => {
    const { peer } = watched();
    peer.blocked = true;
    vi.advanceTimersByTime(100 * interval);
    expect(peer).toMatchObject({ pings: 0, closes: [] });
    peer.blocked = false;
    nextPing(peer);
  });

  test('one that we stopped to read after we asked it is not closed, and is asked again when we go on', () => {
    const { peer } = watched();
    vi.advanceTimersByTime(interval + tick);
    expect(peer.pings).toBe(1);
    peer.isPaused = true;
    vi.advanceTimersByTime(10 * interval);
    peer.isPaused = false;
    nextPing(peer);
    expect(peer).toMatchObject({ pings: 2, closes: [] });
  });

  test('Infinity asks nobody, and needs no timer', () => {
    const { peer } = watched(new Heartbeat(Number.POSITIVE_INFINITY, timeout));
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(100 * interval);
    expect(peer.pings).toBe(0);
  });

  test('a timeout of Infinity asks, and never closes', () => {
    const { peer } = watched(new Heartbeat(interval, Number.POSITIVE_INFINITY));
    vi.advanceTimersByTime(100 * interval);
    expect(peer).toMatchObject({ pings: 1, closes: [] });
  });

  test('thousands share a timer, which goes with the last of them', () => {
    const heartbeat = new Heartbeat(interval, timeout);
    const peers = Array.from({ length: 5_000 }, () => watched(heartbeat).peer);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(interval + tick);
    expect(peers.every(({ pings }) => pings === 1)).toBe(true);
    for (const peer of peers) heartbeat.delete(peer);
    expect(vi.getTimerCount()).toBe(0);
    const { peer } = watched(heartbeat);
    vi.advanceTimersByTime(interval + tick);
    expect(peer.pings).toBe(1);
  });

  test('peers that are gone are left alone', () => {
    const { heartbeat, peer } = watched();
    const other = watched(heartbeat).peer;
    vi.advanceTimersByTime(interval + tick);
    heartbeat.delete(peer);
    heartbeat.delete(peer);
    vi.advanceTimersByTime(10 * interval);
    expect(peer).toMatchObject({ pings: 1, closes: [] });
    expect(other.closes).toHaveLength(1);
  });

  test('a connection that sends no whole frame, but something, is not asked', async () => {
    const { client, side } = await (await stage()).link();
    const connection = side.connection as WebSocketConnection;
    for (const byte of frame(TEXT, 'x'.repeat(1_000)).subarray(0, 10)) {
      const before = connection.signsOfLife;
      void client.send(Buffer.of(byte));
      while (connection.signsOfLife === before) await turn();
      vi.advanceTimersByTime(interval / 2);
    }
    side.say('hello');
    await client.frameThat('hello', ({ opcode }) => opcode === TEXT);
    expect(client.frames).toHaveLength(1);
  });

  test('connections leave no timer behind', async () => {
    const it = await stage();
    const links = [await it.link(), await it.link()];
    expect(vi.getTimerCount()).toBe(1);
    for (const { client } of links) client.socket.destroy();
    for (const { side } of links) expect(await side.closing()).toBe('lost');
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('the timer keeps no process alive', async () => {
  const timers = vi.spyOn(globalThis, 'setInterval');
  const heartbeat = new Heartbeat(25_000, 10_000);
  const peer = { signsOfLife: 0, isPaused: false, blocked: false, ping() {}, close() {} };
  heartbeat.add(peer);
  expect(timers.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef())).toEqual([false]);
  heartbeat.delete(peer);
  timers.mockRestore();
});

describe('on the wire', () => {
  const long = 60_000;

  test('a silent peer is sent an empty ping', async () => {
    const it = await stage({}, { heartbeat: 50, heartbeatTimeout: long });
    const { client } = await it.link();
    const ping = await client.frameThat('ping', ({ opcode }) => opcode === PING);
    expect(ping).toMatchObject({ fin: true, rsv: 0 });
    expect(ping.payload).toHaveLength(0);
  });

  test('a client that answers, as all do by themselves, stays and is asked again', async () => {
    const it = await stage({}, { heartbeat: 20, heartbeatTimeout: 1_000 });
    const peer = await rawPeer(it.address);
    const side = await it.side(0);
    let pings = 0;
    await new Promise<void>((resolve) => peer.ws.on('ping', () => ++pings === 2 && resolve()));
    peer.send('still here');
    await side.until(() => side.frames.length === 1);
    expect(side.endings).toEqual([]);
  });

  test('one that does not is closed with 4000, and is lost', async () => {
    const it = await stage({}, { heartbeat: 30, heartbeatTimeout: 30 });
    const { client, side } = await it.link();
    expect(await client.closing()).toEqual({ code: 4000, reason: 'HEARTBEAT_LOST' });
    expect(client.frames.map(({ opcode }) => opcode)).toEqual([PING, CLOSE]);
    void client.send(closeFrame(4000));
    expect(await side.closing()).toBe('lost');
    await client.gone();
  });

  test('one that the hub does not read is neither asked nor closed', async () => {
    const it = new Stage({ port: 0 }, { heartbeat: 30, heartbeatTimeout: 30 });
    await it.start((connection) => {
      // At once: the first ping is due in 30 ms.
      if (it.sides.length === 0) connection.pause();
      return it.accept(connection);
    });
    const paused = await it.link();
    const other = await it.link();
    expect(await other.client.closing()).toMatchObject({ code: 4000 });
    expect(paused.client.frames).toEqual([]);
    expect(paused.side.endings).toEqual([]);
  });

  test('the session of one that was closed can be resumed', async () => {
    const transport = webSocket({ port: 0 });
    const { hub } = await host({ limits: { heartbeat: 300, heartbeatTimeout: 300 } }, transport);
    const address = String(transport.addresses[0]);
    let disconnects = 0;
    hub.on('disconnect', () => disconnects++);
    const silent = await upgraded(address);
    silent.say({ type: 'hello', name: 'alice' });
    const { session, member } = await silent.event('welcome');
    expect((await silent.closing()).code).toBe(4000);
    void silent.send(closeFrame(4000));
    await silent.gone();
    const next = await rawPeer(address);
    next.send(JSON.stringify({ type: 'hello', session }));
    expect(JSON.parse(await next.next())).toMatchObject({ type: 'welcome', resumed: true, member });
    expect(disconnects).toBe(0);
  });

  test('Infinity sends none', async () => {
    const it = await stage({}, { heartbeat: Number.POSITIVE_INFINITY, heartbeatTimeout: 1 });
    const asking = await stage({}, { heartbeat: 20, heartbeatTimeout: long });
    const { client, side } = await it.link();
    const other = await asking.link();
    await other.client.frameThat('ping', ({ opcode }) => opcode === PING);
    side.say('hello');
    await client.frameThat('hello', ({ opcode }) => opcode === TEXT);
    expect(client.frames).toHaveLength(1);
  });
});
