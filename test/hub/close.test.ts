import { ChatHub, type Transport } from 'chathub';
import { connectClient, memoryTransport, objectProtocol } from 'chathub/testing';
import { describe, expect, test, vi } from 'vitest';
import { barrier, chat, deferred, gatedEngine, host, lineChat, stillClock, textsIn } from './set-up.js';

describe('hub.close()', () => {
  test('tells everybody to come back later, and closes with 4002', async () => {
    const { hub, connect } = await chat();
    const clients = [await connect('alice'), await connect('bob')];
    for (const client of clients) await client.join('lobby');
    await hub.close({ drain: 4_000 });
    for (const client of clients) {
      expect(await client.peer.closed).toMatchObject({ reason: { code: 4002, reason: 'SHUTDOWN' } });
      const bye = client.events.at(-1);
      expect(bye).toMatchObject({ type: 'bye', code: 'SHUTDOWN', message: 'Server is restarting.', close: 4002 });
      const { retryAfter } = bye as Extract<typeof bye, { readonly type: 'bye' }>;
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      expect(retryAfter).toBeLessThanOrEqual(4_000);
    }
  });

  test('shows nobody the others leaving', async () => {
    const { hub, connect } = await chat();
    const clients = [await connect('alice'), await connect('bob')];
    for (const client of clients) await client.join('lobby');
    await hub.close();
    for (const client of clients) {
      expect(client.events.some((event) => event.type === 'presence' && event.left.length > 0)).toBe(false);
    }
  });

  test('says it to people in a sentence', async () => {
    const { hub, transport } = await lineChat();
    const peer = transport.connect();
    await peer.next();
    await hub.close({ drain: 900 });
    expect(peer.received.at(-1)).toBe('* Server is restarting; come back in 1 s.');
  });

  test('tells the application of each leave and disconnect, with SHUTDOWN', async () => {
    const { hub, connect } = await chat();
    const told: string[] = [];
    hub.on('leave', ({ member, code }) => told.push(`${member.name} leaves ${code}`));
    hub.on('disconnect', ({ member, code }) => told.push(`${member.name} disconnects ${code}`));
    await (await connect('alice')).join('lobby');
    const away = await connect('bob');
    away.peer.cut();
    await hub.close();
    expect(told.sort()).toEqual(['alice disconnects SHUTDOWN', 'alice leaves SHUTDOWN', 'bob disconnects SHUTDOWN']);
  });

  test('answers messages that are being stored', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    const stores = barrier();
    gates.set('log.append', stores.gate);
    const sent = alice.say('lobby', 'last words');
    await stores.arrival();
    const closed = hub.close();
    await clock.advance(0);
    stores.pass();
    expect(await sent).toMatchObject({ offset: 1 });
    await closed;
    expect(alice.events.slice(-3).map(({ type }) => type)).toEqual(['sent', 'message', 'bye']);
  });

  test('answers a command whose policy is pending', async () => {
    const answer = deferred();
    const { hub, connect, clock } = await chat({ policies: { join: () => answer.promise } });
    const alice = await connect('alice');
    const joined = alice.join('lobby');
    const closed = hub.close();
    await clock.advance(1_000);
    answer.resolve();
    expect(await joined).toMatchObject({ room: 'lobby' });
    await closed;
    expect(alice.events.at(-1)).toMatchObject({ type: 'bye' });
  });

  test('waits until the engine knows of those who have just left', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const alice = await connect('alice');
    const ends = barrier();
    gates.set('presence.endSession', ends.gate);
    alice.tell({ type: 'quit' });
    await ends.arrival();
    let done = false;
    const closed = hub.close({ drain: 0 }).then(() => {
      done = true;
    });
    await clock.advance(500);
    expect(done).toBe(false);
    ends.pass();
    await closed;
  });

  test('runs nothing that comes after', async () => {
    const { hub, connect } = await chat();
    const alice = await connect('alice');
    await alice.join('lobby');
    const heard = vi.fn();
    hub.on('message', heard);
    const closed = hub.close();
    alice.tell({ type: 'send', room: 'lobby', text: 'too late' });
    await closed;
    expect(heard).not.toHaveBeenCalled();
    expect(textsIn(alice, 'lobby')).toEqual([]);
  });

  test('waits for peers that do not read as long as `drain` says, and no longer', async () => {
    const { hub, connect, clock } = await chat({ limits: { writeDeadline: 60_000 } }, { highWaterMark: 10 });
    const members: { send(text: string): void }[] = [];
    hub.on('connect', ({ member }) => members.push(member));
    const alice = await connect('alice');
    alice.peer.stall();
    members[0]!.send('something to read');
    await clock.advance(0);
    let done = false;
    const closed = hub.close({ drain: 5_000 }).then(() => {
      done = true;
    });
    await clock.advance(4_999);
    expect(done).toBe(false);
    expect(alice.peer.isOpen).toBe(true);
    await clock.advance(1);
    await closed;
    expect(await alice.peer.closed).toEqual({ how: 'lost' });
    expect(hub.status().connections).toBe(0);
  });

  test('is over sooner when its signal aborts', async () => {
    const { hub, connect, clock } = await chat({}, { highWaterMark: 10 });
    const members: { send(text: string): void }[] = [];
    hub.on('connect', ({ member }) => members.push(member));
    const alice = await connect('alice');
    alice.peer.stall();
    members[0]!.send('something to read');
    await clock.advance(0);
    const abort = new AbortController();
    const closed = hub.close({ signal: abort.signal });
    await clock.advance(100);
    abort.abort();
    await closed;
    expect(hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
  });

  test('may be called more than once', async () => {
    const { hub, connect } = await chat();
    await connect('alice');
    await Promise.all([hub.close(), hub.close(), hub[Symbol.asyncDispose]()]);
    await hub.close();
  });

  test('of a hub that was never used opens nothing', async () => {
    const open = vi.fn();
    await new ChatHub({ engine: { name: 'unused', open } }).close();
    expect(open).not.toHaveBeenCalled();
  });

  test('leaves no timer, whatever was going on', async () => {
    const { hub, connect, dial, clock } = await chat({
      limits: { presenceDetail: 0 },
      policies: { send: () => new Promise<undefined>(() => undefined) },
    });
    const [alice, bob, carol] = [await connect('alice'), await connect('bob'), await connect('carol')];
    for (const client of [alice, bob, carol]) await client.join('lobby');
    alice.tell({ type: 'send', room: 'lobby', text: 'pending' });
    bob.peer.cut();
    for (let count = 0; count < 200; count++) carol.tell({ type: 'ping' });
    dial();
    hub.room('lobby').on('message', () => undefined);
    await clock.advance(0);
    expect(clock.pending).toBeGreaterThan(3);
    await hub.close({ signal: AbortSignal.abort() });
    expect(clock.pending).toBe(0);
  });

  test('lets go of everything in the engine', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect } = await chat({ engine });
    const ended: unknown[] = [];
    gates.set('presence.endSession', (call, ...args) => {
      ended.push(args[0]);
      return call();
    });
    await (await connect('alice')).join('lobby');
    (await connect('bob')).peer.cut();
    await hub.close();
    expect(ended).toHaveLength(2);
  });

  test('ends everything that is asked later with SHUTDOWN', async () => {
    const { hub } = await chat();
    await hub.close();
    const shutdown = { code: 'SHUTDOWN' };
    await expect(hub.listen(memoryTransport())).rejects.toMatchObject(shutdown);
    await expect(hub.member('x')).rejects.toMatchObject(shutdown);
    await expect(hub.room('lobby').members()).rejects.toMatchObject(shutdown);
    await expect(hub.room('lobby').history()).rejects.toMatchObject(shutdown);
    await expect(hub.user('x').members()).rejects.toMatchObject(shutdown);
  });

  test('during listen() leaves nothing listening', async () => {
    const started = deferred();
    const stop = vi.fn(async () => undefined);
    const transport: Transport = { name: 'slow', addresses: [], start: () => started.promise, stop };
    const hub = new ChatHub({ clock: stillClock() });
    const listening = hub.listen(transport);
    const closed = hub.close();
    started.resolve();
    await expect(listening).rejects.toMatchObject({ code: 'SHUTDOWN' });
    await closed;
    expect(stop).toHaveBeenCalled();
  });

  test('goes on when a transport can’t be stopped', async () => {
    const bad: Transport = {
      name: 'bad',
      addresses: [],
      start: async () => undefined,
      stop: () => Promise.reject(new Error('stuck')),
    };
    const { hub, errors } = await host({ clock: stillClock() }, bad, memoryTransport());
    await hub.close();
    expect(errors.splice(0)).toMatchObject([{ stage: 'stop', error: { message: 'stuck' } }]);
  });
});

describe('hub.listen()', () => {
  test('tells where, and close() of what it returns ends these transports only', async () => {
    const [one, two] = [
      memoryTransport({ name: 'one', protocol: objectProtocol() }),
      memoryTransport({ name: 'two', protocol: objectProtocol() }),
    ];
    const { hub } = await host({ clock: stillClock() });
    const listening = await hub.listen(one);
    await hub.listen(two);
    expect(listening.addresses).toEqual(['memory://one']);
    expect(hub.status().addresses).toEqual(['memory://one', 'memory://two']);
    const [alice, bob] = [await connectClient(one), await connectClient(two)];
    for (const client of [alice, bob]) await client.join('lobby');
    await listening.close();
    await listening.close();
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4002 } });
    expect(alice.events.at(-1)).toMatchObject({ type: 'bye' });
    expect(hub.status().addresses).toEqual(['memory://two']);
    await bob.say('lobby', 'still here');
  });

  test('is disposed of by `await using`', async () => {
    const transport = memoryTransport();
    {
      await using hub = new ChatHub();
      await using listening = await hub.listen(transport);
      expect(listening.addresses).toEqual(['memory://memory']);
    }
    expect(transport.addresses).toEqual([]);
  });

  test('that fails stops the others of the same call, and the hub goes on', async () => {
    const good = memoryTransport();
    const taken = Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' });
    const bad: Transport = {
      name: 'bad',
      addresses: [],
      start: () => Promise.reject(taken),
      stop: async () => undefined,
    };
    const { hub } = await host({ clock: stillClock() });
    await expect(hub.listen(good, bad)).rejects.toBe(taken);
    expect(good.addresses).toEqual([]);
    expect(hub.status().addresses).toEqual([]);
    await hub.listen(good);
    expect(hub.status().addresses).toEqual(['memory://memory']);
  });

  test('reports what a transport fails at in the background', async () => {
    let fail: (error: unknown) => void = () => undefined;
    const transport: Transport = {
      name: 'noisy',
      addresses: [],
      start: async (_accept, context) => {
        fail = context.onError;
      },
      stop: async () => undefined,
    };
    const { errors } = await host({ clock: stillClock() }, transport);
    fail(new Error('EMFILE'));
    expect(errors.splice(0)).toEqual([{ stage: 'noisy', error: new Error('EMFILE') }]);
  });
});

describe('two hubs in one process', () => {
  test('never meet, though rooms and names are alike', async () => {
    const [one, two] = [await chat(), await chat()];
    const [alice, also] = [await one.connect('alice'), await two.connect('alice')];
    for (const client of [alice, also]) expect(await client.join('lobby')).toMatchObject({ count: 1 });
    await alice.say('lobby', 'hello');
    await two.clock.advance(0);
    expect(textsIn(also, 'lobby')).toEqual([]);
    await one.hub.close();
    await also.say('lobby', 'alone');
    const { session } = await alice.next('welcome');
    expect((await (await two.connect(undefined, { session })).next('welcome')).resumed).toBe(false);
  });
});
