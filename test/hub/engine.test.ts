import type { Author, FollowHandler, PresenceHandler, PresenceWatch } from 'chathub';
import { describe, expect, test } from 'vitest';
import { chat, deferred, gatedEngine, offsetsIn, peopleIn, textsIn, typesAfter } from './set-up.js';

const dave: Author = { id: 'm9', user: 'u9', name: 'dave' };

/** A chat whose engine's calls a test can reach into: the handlers of the lobby, as the engine was given them. */
async function reached() {
  const { engine, gates } = gatedEngine();
  const handlers: { log?: FollowHandler; presence?: PresenceHandler } = {};
  gates.set('log.follow', (call, ...args) => {
    if (String(args[0]) === 'lobby') handlers.log = args[1] as FollowHandler;
    return call();
  });
  gates.set('presence.watch', (call, ...args) => {
    handlers.presence = args[1] as PresenceHandler;
    return call();
  });
  return { ...(await chat({ engine })), gates, handlers };
}

describe('what an engine tells of a log', () => {
  test('as lost is a gap to everybody in the room, and the room goes on above it', async () => {
    const { connect, handlers, clock } = await reached();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const { epoch } = await alice.join('lobby');
    await bob.join('lobby');
    handlers.log?.gap(1, 7);
    const from = { id: 'm1', user: 'u1', name: 'eve' };
    handlers.log?.deliver([{ type: 'message', room: 'lobby', id: 'x', offset: 8, from, text: 'after', at: 0 }]);
    for (const client of [alice, bob]) {
      expect(await client.next('gap')).toEqual({ type: 'gap', room: 'lobby', epoch, from: 1, to: 7 });
      expect(await client.next('message')).toMatchObject({ offset: 8 });
    }
    const carol = await connect('carol');
    expect((await carol.join('lobby')).offset).toBe(8);
    await clock.advance(0);
  });

  test('by several entries at once comes to each member in one write', async () => {
    const { connect, handlers, clock } = await reached();
    const alice = await connect('alice');
    await alice.join('lobby');
    await clock.advance(0);
    const { writes } = alice.peer;
    const from = { id: 'm1', user: 'u1', name: 'eve' };
    const entries = [1, 2, 3].map((offset) => ({
      type: 'message' as const,
      room: 'lobby',
      id: `x${offset}`,
      offset,
      from,
      text: `m${offset}`,
      at: 0,
    }));
    handlers.log?.deliver(entries);
    await clock.advance(0);
    expect(offsetsIn(alice, 'lobby')).toEqual([1, 2, 3]);
    expect(alice.peer.writes - writes).toBe(1);
  });

  test('as edits, deletions and reactions comes to clients as it is, and to no message listener', async () => {
    const { hub, connect, handlers, clock } = await reached();
    const heard: string[] = [];
    hub.room('lobby').on('message', ({ text }) => heard.push(text));
    const alice = await connect('alice');
    await alice.join('lobby');
    const stored = { room: 'lobby', from: dave, at: 0, message: 'x' };
    handlers.log?.deliver([
      { ...stored, type: 'edit', id: 'a', offset: 1, text: 'new' },
      { ...stored, type: 'reaction', id: 'b', offset: 2, reaction: '+1' },
      { ...stored, type: 'delete', id: 'c', offset: 3 },
    ]);
    await clock.advance(0);
    expect(typesAfter(alice, 2)).toEqual(['edit', 'reaction', 'delete']);
    expect(heard).toEqual([]);
  });
});

describe('what an engine tells of presence', () => {
  test('anew, after changes were lost, is told as the whole list', async () => {
    const { hub, connect, handlers } = await reached();
    const alice = await connect('alice');
    await alice.join('lobby');
    const { member } = await alice.next('welcome');
    handlers.presence?.reset({ members: [member, dave], count: 2, complete: true, missingNodes: [] });
    expect(await alice.next('presence')).toEqual({
      type: 'presence',
      room: 'lobby',
      joined: [],
      left: [],
      renamed: [],
      members: [member, dave],
      count: 2,
    });
    expect(hub.room('lobby').size).toBe(2);
  });

  test('before it has answered is applied to its answer', async () => {
    const { connect, gates } = await reached();
    gates.set('presence.watch', async (call, ...args) => {
      const handler = args[1] as PresenceHandler;
      const watch = (await call()) as PresenceWatch;
      handler.change({ joined: [dave], left: [], renamed: [], count: 1 });
      const renamed = [{ id: dave.id, user: dave.user, name: 'david', was: 'dave' }];
      handler.change({ joined: [], left: [], renamed, count: 1 });
      return watch;
    });
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(peopleIn(alice, 'lobby')).toEqual(['alice', 'david']);
  });

  test('anew before it has answered does not double what the answer holds', async () => {
    const { connect, gates } = await reached();
    gates.set('presence.watch', async (call, ...args) => {
      const handler = args[1] as PresenceHandler;
      const watch = (await call()) as PresenceWatch;
      handler.change({ joined: [{ ...dave, user: 'u8' }], left: [], renamed: [], count: 1 });
      handler.reset({ members: [dave], count: 1, complete: true, missingNodes: [] });
      handler.change({ joined: [], left: [dave], renamed: [], count: 0 });
      return { ...watch, list: { members: [], count: 0, complete: true, missingNodes: [] } };
    });
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(peopleIn(alice, 'lobby')).toEqual(['alice']);
  });

  test('of nodes that could not be asked is passed on', async () => {
    const { connect, gates } = await reached();
    const alice = await connect('alice');
    await alice.join('lobby');
    gates.set('presence.list', async () => ({ members: [dave], count: 1, complete: false, missingNodes: ['n2'] }));
    expect(await alice.request({ type: 'members', room: 'lobby' })).toMatchObject({ complete: false, members: [dave] });
  });
});

describe('an engine that pages its rooms', () => {
  test('is asked for all of them', async () => {
    const { connect, gates } = await reached();
    const alice = await connect('alice');
    const pages = new Map([
      [undefined, { rooms: [{ name: 'a', count: 1 }], more: true }],
      ['a', { rooms: [{ name: 'b', count: 2 }], more: true }],
      ['b', { rooms: [], more: false }],
    ]);
    gates.set('presence.rooms', async (_call, ...args) => pages.get((args[0] as { after?: string }).after));
    expect((await alice.request({ type: 'rooms' })).rooms).toEqual([
      { name: 'a', count: 1 },
      { name: 'b', count: 2 },
    ]);
  });
});

describe('an engine that fails', () => {
  test.each(['log.follow', 'presence.watch', 'signals.subscribe', 'state.onChange', 'state.list', 'presence.enter'])(
    'at %s while a room opens: the join is refused, nothing is left open, and the next one works',
    async (call) => {
      const { hub, connect, gates, errors, clock } = await reached();
      const alice = await connect('alice');
      gates.set(call, () => Promise.reject(new Error('down')));
      expect(await alice.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'INTERNAL' });
      expect(errors.splice(0)).toMatchObject([{ stage: 'join', error: { message: 'down' } }]);
      expect(hub.status().rooms).toBe(1);
      gates.clear();
      expect(await alice.join('lobby')).toMatchObject({ count: 1 });
      await hub.room('lobby').send('once');
      await clock.advance(0);
      expect(textsIn(alice, 'lobby')).toEqual(['once']);
    },
  );

  test('while a member leaves: it is out all the same, and the engine hears of it when it is back', async () => {
    const { hub, connect, gates, errors, clock } = await reached();
    const alice = await connect('alice');
    await alice.join('lobby');
    gates.set('presence.leave', () => Promise.reject(new Error('down')));
    alice.tell({ type: 'leave', room: 'lobby' });
    await alice.next('left');
    await clock.advance(0);
    expect(errors.splice(0)).toHaveLength(1);
    expect(await hub.room('lobby').members()).toHaveLength(1);
    gates.clear();
    await hub.room('lobby').send('unheard');
    await clock.advance(1_000);
    expect(await hub.room('lobby').members()).toEqual([]);
    expect(textsIn(alice, 'lobby')).toEqual([]);
  });

  test('while a session ends is an error event, and the session is over here', async () => {
    const { hub, connect, gates, errors, clock } = await reached();
    const alice = await connect('alice');
    gates.set('presence.endSession', () => Promise.reject(new Error('down')));
    alice.tell({ type: 'quit' });
    await alice.peer.closed;
    await clock.advance(0);
    expect(errors.splice(0)).toMatchObject([{ error: { message: 'down' } }]);
    expect(hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
    gates.clear();
    // Its name would be taken, and itself in its rooms, for as long as the node lives.
    await clock.advance(1_000);
    expect((await connect('alice')).events.at(-1)).toMatchObject({ type: 'welcome', member: { name: 'alice' } });
  });

  test('while a member catches up closes it, so that it comes back', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, errors, clock } = await chat({ engine, limits: { recoverBytes: 1_000 } });
    const alice = await connect('alice');
    const { epoch } = await alice.join('lobby');
    const { session } = await alice.next('welcome');
    alice.peer.cut();
    for (let count = 0; count < 20; count++) await hub.room('lobby').send('x'.repeat(1_000));
    let reads = 0;
    gates.set('log.read', (call) => (++reads > 1 ? Promise.reject(new Error('down')) : call()));
    const rooms = new Map([['lobby', { epoch, offset: 0 }]]);
    const again = await connect(undefined, { session, rooms });
    expect(await again.peer.closed).toMatchObject({ reason: { code: 4000, reason: 'ENGINE_UNAVAILABLE' } });
    expect(errors.splice(0)).toMatchObject([{ stage: 'catching up', error: { message: 'down' } }]);
    gates.clear();
    const offset = offsetsIn(again, 'lobby').at(-1) ?? 0;
    const third = await connect(undefined, { session, rooms: new Map([['lobby', { epoch, offset }]]) });
    await clock.advance(0);
    expect([...offsetsIn(again, 'lobby'), ...offsetsIn(third, 'lobby')]).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
  });

  test('to take a place because the session goes on elsewhere refuses the join', async () => {
    const { connect, gates } = await reached();
    const alice = await connect('alice');
    gates.set('presence.enter', async () => false);
    expect(await alice.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'REPLACED' });
    expect(alice.peer.isOpen).toBe(true);
  });
});

describe('a room that is left while it opens', () => {
  test('is closed when it is open', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine }, { protocol: { resumable: [] } });
    const follows = deferred();
    let open = 0;
    gates.set('log.follow', async (call) => {
      await follows.promise;
      const follower = (await call()) as { close(): void };
      open++;
      const close = follower.close.bind(follower);
      return Object.assign(follower, {
        close: () => {
          open--;
          close();
        },
      });
    });
    hub.room('lobby').on('message', () => undefined);
    const alice = connect('alice').catch(() => undefined);
    await clock.advance(0);
    void hub.close({ signal: AbortSignal.abort() });
    await clock.advance(0);
    follows.resolve();
    await alice;
    await clock.advance(0);
    expect(open).toBe(0);
  });
});
