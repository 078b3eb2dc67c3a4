import { describe, expect, test } from 'vitest';
import { barrier, chat, deferred, gatedEngine, textsIn, typesAfter } from './set-up.js';

describe('the commands of one member', () => {
  test('run strictly one after another, also when a policy is async', async () => {
    const answers = [deferred(), deferred(), deferred()];
    const asked: string[] = [];
    const { connect, clock } = await chat({
      policies: {
        join: ({ room }) => {
          asked.push(room);
          return answers[asked.length - 1]!.promise;
        },
      },
    });
    const alice = await connect('alice');
    for (const room of ['one', 'two', 'three']) alice.tell({ type: 'join', room });
    alice.tell({ type: 'nick', name: 'alison' });
    await clock.advance(0);
    expect(asked).toEqual(['one']);
    answers[0]!.resolve();
    await clock.advance(0);
    expect(asked).toEqual(['one', 'two']);
    expect(typesAfter(alice, 1)).toEqual(['joined']);
    answers[1]!.resolve();
    answers[2]!.resolve();
    await clock.advance(0);
    const replies = typesAfter(alice, 1).filter((type) => type !== 'presence');
    expect(replies).toEqual(['joined', 'joined', 'joined', 'renamed']);
    expect(alice.events.flatMap((event) => (event.type === 'joined' ? [event.room] : []))).toEqual([
      'one',
      'two',
      'three',
    ]);
  });

  test('wait for one that is slow, but nobody else’s do', async () => {
    const answer = deferred();
    const { connect } = await chat({
      policies: { send: ({ member }) => (member.name === 'alice' ? answer.promise : undefined) },
    });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    const slow = alice.say('lobby', 'slow');
    await bob.say('lobby', 'quick');
    answer.resolve();
    expect((await slow).offset).toBe(2);
  });

  test('see what those before them did', async () => {
    const { connect, clock } = await chat({ policies: { join: async () => undefined } });
    const alice = await connect('alice');
    alice.tell({ type: 'join', room: 'lobby' });
    alice.tell({ type: 'send', room: 'lobby', text: 'in' });
    alice.tell({ type: 'leave', room: 'lobby' });
    alice.tell({ type: 'send', room: 'lobby', text: 'out' });
    alice.tell({ type: 'join', room: 'lobby', history: 1 });
    await clock.advance(0);
    expect(typesAfter(alice, 1).filter((type) => type !== 'sent')).toEqual([
      'joined',
      'message',
      'left',
      'error',
      'joined',
    ]);
    expect(textsIn(alice, 'lobby')).toEqual(['in', 'in']);
  });

  test('that wait when it disconnects are not run', async () => {
    const answer = deferred();
    const { hub, connect, clock } = await chat({ policies: { send: () => answer.promise } });
    const alice = await connect('alice');
    await alice.join('lobby');
    for (const text of ['one', 'two']) alice.tell({ type: 'send', room: 'lobby', text });
    alice.tell({ type: 'join', room: 'other' });
    alice.peer.cut();
    answer.resolve();
    await clock.advance(0);
    expect(await hub.room('lobby').history()).toEqual([]);
    expect(await hub.room('other').members()).toEqual([]);
  });

  test('wait for what the application does with the member', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const joined: Promise<void>[] = [];
    const entering = barrier();
    hub.on('connect', ({ member }) => {
      gates.set('presence.enter', entering.gate);
      joined.push(member.join('lobby'));
    });
    const alice = await connect('alice');
    alice.tell({ type: 'send', room: 'lobby', text: 'hello' });
    await clock.advance(0);
    expect(typesAfter(alice, 1)).toEqual([]);
    entering.pass();
    await joined[0];
    await clock.advance(0);
    expect(typesAfter(alice, 1).sort()).toEqual(['joined', 'message', 'sent']);
  });

  test('are a few hundred at once, and all answered in order', async () => {
    const { connect, clock } = await chat({}, { protocol: { limited: false } });
    const alice = await connect('alice');
    const sent = Array.from({ length: 500 }, (_, index) => index);
    for (const id of sent) alice.tell({ type: 'ping', id });
    await clock.advance(0);
    expect(alice.events.flatMap((event) => (event.type === 'pong' ? [event.re] : []))).toEqual(sent);
  });
});

describe('the messages of one member', () => {
  test('are begun at once, and acknowledged in order although they are stored in another', async () => {
    const { engine, gates } = gatedEngine();
    const { connect, clock } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    const stores = barrier();
    gates.set('log.append', stores.gate);
    for (const id of [1, 2, 3]) alice.tell({ type: 'send', room: 'lobby', text: `m${id}`, id });
    await stores.arrival();
    expect(stores.waiting).toBe(3);
    stores.pass(2);
    stores.pass(1);
    await clock.advance(0);
    expect(alice.events.some(({ type }) => type === 'sent')).toBe(false);
    stores.pass(0);
    await clock.advance(0);
    expect(alice.events.flatMap((event) => (event.type === 'sent' ? [event.re] : []))).toEqual([1, 2, 3]);
  });

  test('are acknowledged in order when one of them fails', async () => {
    const { engine, gates } = gatedEngine();
    const { connect, clock, errors } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    const stores = barrier();
    let calls = 0;
    gates.set('log.append', (call) =>
      stores.gate(() => (++calls === 1 ? Promise.reject(new Error('disk full')) : call())),
    );
    for (const id of [1, 2, 3]) alice.tell({ type: 'send', room: 'lobby', text: `m${id}`, id });
    await stores.arrival();
    stores.pass(1);
    stores.pass(1);
    stores.pass(0);
    await clock.advance(0);
    expect(errors.splice(0)).toHaveLength(1);
    const replies = alice.events.flatMap((event) => (event.type === 'sent' || event.type === 'error' ? [event] : []));
    // `sent` may overtake; the order among those of one kind, and which of them failed, must be right.
    expect(replies.flatMap((reply) => (reply.type === 'sent' ? [reply.re] : []))).toEqual([1, 3]);
    expect(replies.flatMap((reply) => (reply.type === 'error' ? [reply.re] : []))).toEqual([2]);
  });

  test('are all acknowledged before the next other command is answered', async () => {
    const { engine, gates } = gatedEngine();
    const { connect, clock } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    const stores = barrier();
    gates.set('log.append', stores.gate);
    alice.tell({ type: 'send', room: 'lobby', text: 'x', id: 'send' });
    alice.tell({ type: 'history', room: 'lobby', id: 'history' });
    await clock.advance(0);
    expect(typesAfter(alice, 2)).toEqual([]);
    stores.pass();
    await clock.advance(0);
    const history = alice.events.find((event) => event.type === 'history');
    expect(history).toMatchObject({ messages: [{ text: 'x' }] });
  });

  test('of which one is a repeat are acknowledged in order', async () => {
    const { engine, gates } = gatedEngine();
    const { connect, clock } = await chat({ engine });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'known', { key: 'k' });
    const stores = barrier();
    gates.set('log.append', stores.gate);
    alice.tell({ type: 'send', room: 'lobby', text: 'new', id: 'new' });
    alice.tell({ type: 'send', room: 'lobby', text: 'known', key: 'k', repeat: true, id: 'repeat' });
    await clock.advance(0);
    stores.pass();
    await clock.advance(0);
    const sent = alice.events.flatMap((event) => (event.type === 'sent' ? [event.re] : []));
    expect(sent.slice(1)).toEqual(['new', 'repeat']);
  });

  test('come to everybody in one order', async () => {
    const { connect, clock } = await chat({ policies: { send: async () => undefined } });
    const clients = await Promise.all(['a', 'b', 'c', 'd'].map((name) => connect(name)));
    await Promise.all(clients.map((client) => client.join('lobby')));
    for (let count = 0; count < 5; count++) {
      for (const [index, client] of clients.entries())
        client.tell({ type: 'send', room: 'lobby', text: `${index}.${count}` });
    }
    await clock.advance(0);
    const [first, ...others] = clients.map((client) => textsIn(client, 'lobby'));
    expect(first).toHaveLength(20);
    for (const other of others) expect(other).toEqual(first);
    const ofFirst = first!.filter((text) => text.startsWith('0.'));
    expect(ofFirst).toEqual(['0.0', '0.1', '0.2', '0.3', '0.4']);
  });
});
