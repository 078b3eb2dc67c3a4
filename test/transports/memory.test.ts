import {
  lengthPrefixedFraming,
  type MemoryTransportOptions,
  memoryTransport,
  objectProtocol,
  transportConformance,
} from 'chathub/testing';
import { describe, expect, onTestFinished, test } from 'vitest';
import { frameBytes, Stage } from '../../src/testing/transport-kit/stage.js';

describe('memoryTransport keeps the contract of transports', () => {
  const checks = transportConformance({
    leave: true,
    create(protocol) {
      const transport = memoryTransport({ protocol });
      return { transport, connect: async () => transport.connect() };
    },
    async createFailing() {
      const transport = memoryTransport();
      return { ...transport, start: () => Promise.reject(new Error('taken')) };
    },
  });
  for (const { name, run } of checks) test(name, run);
});

/** A started transport, and what its hub hears. */
async function started(options: MemoryTransportOptions = {}) {
  const transport = memoryTransport(options);
  const stage = new Stage({ transport, connect: async () => transport.connect() });
  await stage.start();
  onTestFinished(() => stage.tearDown());
  return { transport, stage, sides: stage.sides };
}

async function linked(options: MemoryTransportOptions = {}) {
  const { transport, sides } = await started(options);
  const peer = transport.connect();
  return { peer, hub: sides[0]! };
}

describe('a memory transport', () => {
  test('lets nobody in before it listens', () => {
    expect(() => memoryTransport().connect()).toThrow('The transport "memory" does not listen');
  });

  test('refuses to be started twice', async () => {
    const { stage } = await started();
    await expect(stage.start()).rejects.toThrow('was started already');
  });

  test('can be started again after it was stopped', async () => {
    const { transport, stage, sides } = await started();
    await transport.stop();
    await stage.start();
    transport.connect();
    expect(sides).toHaveLength(1);
  });

  test('speaks lines and comes from loopback unless it is told otherwise', async () => {
    const { hub } = await linked();
    expect(hub.connection).toMatchObject({ transport: 'memory', remoteAddress: '127.0.0.1', secure: false });
    expect(hub.connection.protocol.name).toBe('lines');
    expect(hub.connection.slowConsumer).toBeUndefined();
  });

  test('hands its options on to each connection', async () => {
    const protocol = objectProtocol();
    const { transport, sides } = await started({
      name: 'wire',
      protocol,
      slowConsumer: 'skip',
      remoteAddress: '203.0.113.7',
    });
    expect(transport.addresses).toEqual(['memory://wire']);
    transport.connect();
    expect(sides[0]?.connection).toMatchObject({
      transport: 'wire',
      slowConsumer: 'skip',
      remoteAddress: '203.0.113.7',
    });
    expect(sides[0]?.connection.protocol).toBe(protocol);
  });

  test('gives a peer an address and a framing of its own', async () => {
    const { transport, sides } = await started();
    const framing = lengthPrefixedFraming();
    const peer = transport.connect({ remoteAddress: '2001:db8::1', framing });
    transport.connect();
    const [one, other] = sides.map(({ connection }) => connection);
    expect(one?.remoteAddress).toBe('2001:db8::1');
    expect(one?.framing).toBe(framing);
    expect(other?.framing).not.toBe(framing);
    sides[0]?.write('as ever');
    expect(peer.received).toEqual(['as ever']);
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses a high-water mark of %d', (highWaterMark) => {
    expect(() => memoryTransport({ highWaterMark })).toThrow('Expected "highWaterMark" to be a positive integer');
  });
});

describe('a memory peer', () => {
  test('reaches the hub, and is reached, within the call', async () => {
    const { peer, hub } = await linked();
    peer.send('there');
    expect(hub.frames).toEqual(['there']);
    hub.write('and', 'back');
    expect(peer.received).toEqual(['and', 'back']);
  });

  test('gives each frame once, to those who waited first', async () => {
    const { peer, hub } = await linked();
    const waiting = [peer.next(), peer.next()];
    hub.write('one', 'two', 'three');
    expect(await Promise.all([...waiting, peer.next()])).toEqual(['one', 'two', 'three']);
    expect(peer.received).toEqual(['one', 'two', 'three']);
  });

  test('says in next() why no frame will come, after those that came', async () => {
    const { peer, hub } = await linked();
    hub.write('last');
    hub.connection.close({ code: 4501, reason: 'KICKED' });
    await expect(peer.closed).resolves.toEqual({ how: 'lost', reason: { code: 4501, reason: 'KICKED' } });
    expect(await peer.next()).toBe('last');
    await expect(peer.next()).rejects.toThrow('The connection closed (4501 KICKED) before another frame came');
  });

  test('stops waiting when the connection ends', async () => {
    const { peer } = await linked();
    const waiting = peer.next();
    peer.cut();
    await expect(waiting).rejects.toThrow('The connection closed (lost) before another frame came');
    expect(peer.isOpen).toBe(false);
  });

  test('counts the writes, not the frames', async () => {
    const { peer, hub } = await linked();
    hub.write('one', 'two', 'three');
    hub.write('four');
    expect(peer.writes).toBe(2);
  });

  test('tells the framing with the frame', async () => {
    const { peer, hub } = await linked();
    const framings: unknown[] = [];
    hub.onFrame = (_frame, framing) => framings.push(framing);
    const other = lengthPrefixedFraming();
    peer.send('as always');
    peer.send('otherwise', other);
    expect(framings).toEqual([hub.connection.framing, other]);
    expect(framings[0]).not.toBe(framings[1]);
  });

  test('passes bad frames on', async () => {
    const { peer, hub } = await linked();
    peer.send({ bad: 'BAD_FRAME' });
    peer.send('\uD800 is half a character');
    peer.send('x'.repeat(frameBytes + 1));
    expect(hub.frames).toEqual([{ bad: 'BAD_FRAME' }, { bad: 'BAD_UTF8' }, { bad: 'TOO_LONG' }]);
  });

  test('blocks the hub from the high-water mark on, and no longer when it reads', async () => {
    const { peer, hub } = await linked({ highWaterMark: 10 });
    peer.stall();
    hub.write('abc');
    expect([peer.bufferedBytes, peer.blocked]).toEqual([7, false]);
    hub.write('def');
    expect([hub.connection.bufferedBytes, hub.connection.blocked]).toEqual([14, true]);
    expect(peer.received).toEqual([]);
    expect(peer.read(4)).toBe(4);
    expect([hub.connection.bufferedBytes, hub.connection.blocked, hub.drains]).toEqual([10, true, 0]);
    expect(peer.read(4)).toBe(4);
    expect([hub.connection.bufferedBytes, hub.connection.blocked, hub.drains]).toEqual([6, false, 1]);
    expect(peer.received).toEqual(['abc']);
    peer.resume();
    expect(peer.received).toEqual(['abc', 'def']);
    expect([peer.bufferedBytes, hub.drains]).toEqual([0, 1]);
  });

  test('puts frames together again that it reads byte by byte', async () => {
    const { peer, hub } = await linked();
    peer.stall();
    hub.write('é', '', '🎉');
    while (peer.read(1) > 0);
    expect(peer.received).toEqual(['é', '', '🎉']);
  });

  test('that is stalled never sees what it had not read when the hub closed', async () => {
    const { peer, hub } = await linked();
    peer.stall();
    hub.write('unread');
    hub.connection.close({ code: 4001, reason: 'SLOW_CONSUMER' });
    await peer.closed;
    peer.resume();
    expect(peer.received).toEqual([]);
    expect(peer.bufferedBytes).toBe(0);
  });

  test('is held back while the hub pauses, its end too', async () => {
    const { peer, hub } = await linked();
    hub.connection.pause();
    expect(peer.paused).toBe(true);
    peer.send('one');
    peer.end();
    expect([hub.frames, hub.ends]).toEqual([[], 0]);
    hub.connection.resume();
    expect(hub.frames).toEqual([]);
    await Promise.resolve();
    expect([hub.frames, hub.ends]).toEqual([['one'], 1]);
  });

  test('may send from within the handling of its own frame', async () => {
    const { peer, hub } = await linked();
    hub.onFrame = (frame) => {
      if (frame !== 'first') return;
      peer.send('second');
      expect(hub.frames).toEqual(['first']);
    };
    peer.send('first');
    expect(hub.frames).toEqual(['first', 'second']);
  });

  test('is cut off at once, even while the hub pauses', async () => {
    const { peer, hub } = await linked();
    hub.connection.pause();
    peer.send('never read');
    peer.cut();
    expect(hub.endings).toEqual(['lost']);
    expect(hub.frames).toEqual([]);
  });

  test('cannot send after it said that it would not', async () => {
    const { transport } = await started();
    const [ended, left, cut] = [transport.connect(), transport.connect(), transport.connect()];
    ended.end();
    left.leave();
    cut.cut();
    expect(() => ended.send('more')).toThrow('This peer called end() and can send nothing more');
    expect(() => left.send('more')).toThrow('This peer called leave() and can send nothing more');
    expect(() => cut.send('more')).toThrow('This peer called cut() and can send nothing more');
  });

  test('may leave, or break off, after it ended', async () => {
    const { transport, sides } = await started();
    const [left, cut] = [transport.connect(), transport.connect()];
    left.end();
    left.leave();
    cut.end();
    cut.cut();
    cut.leave();
    expect(sides.map(({ endings }) => endings)).toEqual([['normal'], ['lost']]);
  });

  test('sends into the void once the hub has closed', async () => {
    const { peer, hub } = await linked();
    hub.connection.terminate();
    peer.send('too late');
    peer.end();
    await expect(peer.closed).resolves.toEqual({ how: 'lost' });
    expect([hub.frames, hub.ends]).toEqual([[], 0]);
  });
});
