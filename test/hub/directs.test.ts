import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, gatedEngine, typesAfter } from './set-up.js';

const policies = { authenticate: byToken };

describe('a direct message', () => {
  test('comes to both, each at a place of its own inbox, with the same id', async () => {
    const { connect } = await chat();
    const [alice, bob, carol] = [await connect('alice'), await connect('bob'), await connect('carol')];
    const [from, to] = [(await alice.next('welcome')).member, (await bob.next('welcome')).member];
    await carol.request({ type: 'direct', to: 'bob', text: 'first' });
    await bob.next('direct');
    const sent = await alice.request({ type: 'direct', to: 'bob', text: 'psst', data: [1] });
    const direct = {
      type: 'direct',
      id: sent.message,
      from,
      to: { user: to.user, name: 'bob' },
      text: 'psst',
      data: [1],
      at: sent.at,
    };
    expect(await bob.next('direct')).toEqual({ ...direct, offset: 2 });
    expect(await alice.next('direct')).toEqual({ ...direct, offset: 1 });
    expect(sent).toMatchObject({ offset: 1, duplicate: false });
    expect(sent).not.toHaveProperty('room');
    expect(carol.events.filter(({ type }) => type === 'direct')).toHaveLength(1);
  });

  test('is acknowledged after both inboxes have it', async () => {
    const { engine, gates } = gatedEngine();
    const { connect } = await chat({ engine });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const order: string[] = [];
    gates.set('log.append', async (call, ...args) => {
      const appended = await call();
      order.push(String(args[0]));
      return appended;
    });
    await alice.request({ type: 'direct', to: 'bob', text: 'psst' });
    const [from, to] = [(await alice.next('welcome')).member, (await bob.next('welcome')).member];
    expect(order).toEqual([`@${to.user}`, `@${from.user}`]);
  });

  test('reaches all sessions of both', async () => {
    const { connect, clock } = await chat({ policies });
    const [a1, a2] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    const [b1, b2] = [await connect(undefined, { token: 'bob' }), await connect(undefined, { token: 'bob' })];
    await a1.request({ type: 'direct', to: 'bob', text: 'psst' });
    await clock.advance(0);
    for (const client of [a1, a2, b1, b2]) {
      expect(client.events.filter((event) => event.type === 'direct')).toMatchObject([
        { from: { user: 'ali' }, to: { user: 'bob' }, text: 'psst', offset: 1 },
      ]);
    }
  });

  test('may be addressed by user id, even while the user is away', async () => {
    const { connect } = await chat({ policies });
    const bob = await connect('Bobby', { token: 'u2' });
    bob.tell({ type: 'quit' });
    await bob.peer.closed;
    const ali = await connect(undefined, { token: 'u1' });
    await ali.request({ type: 'direct', to: 'u2', text: 'read this later' });
    expect(await ali.next('direct')).toMatchObject({ to: { user: 'u2', name: 'Bobby' } });
    const again = await connect(undefined, { token: 'u2', rooms: new Map([['@', { epoch: '', offset: 0 }]]) });
    expect((await again.next('welcome')).rooms['@']).toMatchObject({ entries: [{ text: 'read this later' }] });
  });

  test('to oneself is stored once', async () => {
    const { connect, clock } = await chat();
    const alice = await connect('alice');
    await alice.request({ type: 'direct', to: 'alice', text: 'note' });
    await clock.advance(0);
    expect(alice.events.filter(({ type }) => type === 'direct')).toHaveLength(1);
  });

  test.each(['nobody', 'a b', ''])('to %j is refused with NO_SUCH_MEMBER', async (to) => {
    const { connect } = await chat();
    const alice = await connect('alice');
    expect(await alice.ask({ type: 'direct', to, text: 'x' })).toMatchObject({ code: 'NO_SUCH_MEMBER' });
  });

  test('is safe to repeat with its key, and says so', async () => {
    const { connect, clock, hub } = await chat();
    const directs = vi.fn();
    hub.on('direct', directs);
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    const first = await alice.request({ type: 'direct', to: 'bob', text: 'psst', key: 'k' });
    for (const repeat of [false, true]) {
      const again = await alice.request({ type: 'direct', to: 'bob', text: 'psst', key: 'k', repeat });
      expect(again).toMatchObject({ message: first.message, offset: first.offset, duplicate: true });
    }
    await clock.advance(0);
    expect(bob.events.filter(({ type }) => type === 'direct')).toHaveLength(1);
    expect(directs).toHaveBeenCalledOnce();
  });

  test('of one key to two people is two messages', async () => {
    const { connect } = await chat();
    const [alice] = [await connect('alice'), await connect('bob'), await connect('carol')];
    const sent = [
      await alice.request({ type: 'direct', to: 'bob', text: 'x', key: 'k' }),
      await alice.request({ type: 'direct', to: 'carol', text: 'x', key: 'k' }),
    ];
    expect(sent.map(({ duplicate }) => duplicate)).toEqual([false, false]);
  });

  test('that was stored with the recipient only is completed by a repeat, not doubled', async () => {
    const { engine, gates } = gatedEngine();
    const { connect, errors, clock } = await chat({ engine });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    let calls = 0;
    gates.set('log.append', (call) => (++calls === 2 ? Promise.reject(new Error('down')) : call()));
    const command = { type: 'direct', to: 'bob', text: 'psst', key: 'k' } as const;
    expect(await alice.ask(command)).toMatchObject({ code: 'INTERNAL' });
    errors.splice(0);
    await alice.request({ ...command, repeat: true });
    await clock.advance(0);
    for (const client of [alice, bob]) {
      expect(client.events.filter(({ type }) => type === 'direct')).toHaveLength(1);
    }
  });

  test('is told to the application once', async () => {
    const { hub, connect } = await chat();
    const directs = vi.fn();
    hub.on('direct', directs);
    const [alice] = [await connect('alice'), await connect('bob')];
    await alice.request({ type: 'direct', to: 'bob', text: 'psst' });
    const member = expect.objectContaining({ name: 'alice' });
    const message = expect.objectContaining({ text: 'psst', to: expect.objectContaining({ name: 'bob' }) });
    expect(directs).toHaveBeenCalledExactlyOnceWith({ member, message });
  });

  test('has the limits of a message', async () => {
    const { connect } = await chat({ limits: { messageBytes: 10 } });
    const [alice] = [await connect('alice'), await connect('bob')];
    expect(await alice.ask({ type: 'direct', to: 'bob', text: '12345678901' })).toMatchObject({ code: 'TOO_LONG' });
    expect(await alice.ask({ type: 'direct', to: 'bob', text: '' })).toMatchObject({ code: 'BAD_COMMAND' });
  });
});

describe('the inbox of a guest', () => {
  test('is nobody’s once the guest is gone', async () => {
    const { engine, gates } = gatedEngine();
    const { connect, clock } = await chat({ engine });
    const removed: unknown[] = [];
    gates.set('log.remove', (call, ...args) => {
      removed.push(args[0]);
      return call();
    });
    const bob = await connect('bob');
    const { member } = await bob.next('welcome');
    bob.tell({ type: 'quit' });
    await bob.peer.closed;
    await clock.advance(0);
    expect(removed).toEqual([`@${member.user}`]);
  });
});

describe('directs that were missed', () => {
  test('are handed back by a resume, from the position of `@`', async () => {
    const { connect, clock } = await chat();
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.request({ type: 'direct', to: 'bob', text: 'one' });
    await bob.next('direct');
    const sent = await bob.request({ type: 'direct', to: 'alice', text: 'two' });
    const { session } = await bob.next('welcome');
    bob.peer.cut();
    await alice.request({ type: 'direct', to: 'bob', text: 'three' });
    const again = await connect(undefined, {
      session,
      rooms: new Map([['@', { epoch: sent.epoch, offset: sent.offset }]]),
    });
    expect((await again.next('welcome')).rooms['@']).toMatchObject({ recovered: true, entries: [{ text: 'three' }] });
    const before = again.events.length;
    await alice.request({ type: 'direct', to: 'bob', text: 'four' });
    await clock.advance(0);
    expect(typesAfter(again, before)).toEqual(['direct']);
    expect(again.events.at(-1)).toMatchObject({ text: 'four', offset: 4 });
  });
});
