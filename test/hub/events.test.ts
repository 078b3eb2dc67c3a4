import { ChatHub } from 'chathub';
import { connectClient, memoryTransport, objectProtocol } from 'chathub/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { chat, textsIn } from './set-up.js';

describe('a listener', () => {
  test('that throws costs an error event; others hear all, and delivery goes on', async () => {
    const { hub, connect, errors } = await chat();
    const heard: string[] = [];
    hub.on('message', () => {
      throw new Error('broken');
    });
    hub.on('message', ({ text }) => heard.push(text));
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    await alice.say('lobby', 'hi');
    expect(await bob.next('message')).toMatchObject({ text: 'hi' });
    expect(heard).toEqual(['hi']);
    expect(errors.splice(0)).toEqual([{ stage: 'message listener', error: new Error('broken') }]);
  });

  test('whose promise rejects costs an error event', async () => {
    const { hub, connect, errors } = await chat();
    hub.on('join', async () => {
      throw new Error('later');
    });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'hi');
    expect(errors.splice(0)).toEqual([{ stage: 'join listener', error: new Error('later') }]);
  });

  test.each(['connect', 'disconnect', 'join', 'leave', 'rename', 'message', 'direct'] as const)(
    'to `%s` that throws changes nothing for the client',
    async (event) => {
      const { hub, connect, errors, clock } = await chat();
      hub.on(event, () => {
        throw new Error('broken');
      });
      const alice = await connect('alice');
      await alice.join('lobby');
      await alice.say('lobby', 'hi');
      await alice.request({ type: 'nick', name: 'alison' });
      await alice.request({ type: 'direct', to: 'alison', text: 'me' });
      await alice.request({ type: 'leave', room: 'lobby' });
      alice.tell({ type: 'quit' });
      expect(await alice.peer.closed).toMatchObject({ reason: { code: 1000 } });
      await clock.advance(0);
      expect(hub.status()).toMatchObject({ connections: 0, members: 0, rooms: 0 });
      expect(alice.events.some(({ type }) => type === 'error')).toBe(false);
      expect(errors.splice(0)).toMatchObject([{ stage: `${event} listener` }]);
    },
  );

  test('to a room that throws or rejects costs an error event, and others hear all', async () => {
    const { hub, errors } = await chat();
    const heard: string[] = [];
    const room = hub.room('lobby');
    room.on('message', () => {
      throw new Error('broken');
    });
    room.on('message', async () => {
      throw new Error('later');
    });
    room.on('message', ({ text }) => heard.push(text));
    await room.send('hi');
    await room.send('again');
    expect(heard).toEqual(['hi', 'again']);
    expect(errors.splice(0).map(({ error }) => (error as Error).message)).toEqual([
      'broken',
      'later',
      'broken',
      'later',
    ]);
  });

  test('hears once with `once`, and no more after `off`', async () => {
    const { hub, connect } = await chat();
    const [once, on] = [vi.fn(), vi.fn()];
    hub.once('connect', once).on('connect', on).on('connect', on);
    await connect('alice');
    hub.off('connect', on);
    await connect('bob');
    expect(once).toHaveBeenCalledOnce();
    expect(on).toHaveBeenCalledOnce();
  });

  test('may close the hub', async () => {
    const { hub, connect } = await chat();
    hub.on('message', () => void hub.close());
    const alice = await connect('alice');
    await alice.join('lobby');
    alice.tell({ type: 'send', room: 'lobby', text: 'stop' });
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4002 } });
  });

  test('may disconnect the member that it hears of', async () => {
    const { hub, connect } = await chat();
    hub.on('join', ({ member }) => void member.disconnect('no'));
    const alice = await connect('alice');
    alice.tell({ type: 'join', room: 'lobby' });
    expect(await alice.peer.closed).toMatchObject({ reason: { code: 4501, reason: 'KICKED' } });
    expect(await hub.room('lobby').members()).toEqual([]);
    expect(alice.events.at(-1)).toMatchObject({ type: 'error', code: 'KICKED', message: 'no' });
  });

  test('that answers in the room is heard after what it answers', async () => {
    const { hub, connect, clock } = await chat();
    hub.on('message', ({ room, text }) => void hub.room(room!).send(`re: ${text}`));
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await bob.join('lobby');
    await alice.say('lobby', 'hi');
    await clock.advance(0);
    for (const client of [alice, bob]) expect(textsIn(client, 'lobby')).toEqual(['hi', 're: hi']);
  });
});

describe('an error that nobody hears', () => {
  /** A hub without a listener to `error`, and what it wrote to the console. */
  async function unheard() {
    const written = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    onTestFinished(() => written.mockRestore());
    const hub = new ChatHub();
    onTestFinished(() => hub.close({ signal: AbortSignal.abort() }));
    const transport = memoryTransport({ protocol: objectProtocol() });
    await hub.listen(transport);
    return { hub, written, connect: () => connectClient(transport) };
  }

  test('is a line on the console, and nothing is thrown', async () => {
    const { hub, written, connect } = await unheard();
    hub.on('connect', () => {
      throw new Error('broken');
    });
    await connect();
    expect(written).toHaveBeenCalledExactlyOnceWith('[chathub] connect listener:', new Error('broken'));
  });

  test('is a line on the console when a listener to `error` throws, too, but not for ever', async () => {
    const { hub, written, connect } = await unheard();
    hub.on('connect', () => {
      throw new Error('first');
    });
    hub.on('error', () => {
      throw new Error('second');
    });
    const client = await connect();
    expect(written).toHaveBeenCalledExactlyOnceWith('[chathub] error listener:', new Error('second'));
    await client.join('lobby');
  });

  test('is a line on the console when a listener to `error` rejects', async () => {
    const { hub, written, connect } = await unheard();
    hub.on('connect', () => {
      throw new Error('first');
    });
    hub.on('error', async () => {
      throw new Error('second');
    });
    const client = await connect();
    await client.join('lobby');
    expect(written).toHaveBeenCalledExactlyOnceWith('[chathub] error listener:', new Error('second'));
  });
});

describe('the events of one session', () => {
  test('come in their order, each once', async () => {
    const { hub, connect, clock } = await chat();
    const told: string[] = [];
    hub.on('connect', ({ member }) => told.push(`connect ${member.name}`));
    hub.on('join', ({ room }) => told.push(`join ${room}`));
    hub.on('message', ({ text }) => told.push(`message ${text}`));
    hub.on('rename', ({ was, name }) => told.push(`rename ${was} ${name}`));
    hub.on('leave', ({ room, code }) => told.push(`leave ${room} ${code}`));
    hub.on('disconnect', ({ code }) => told.push(`disconnect ${code}`));
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'hi');
    await alice.request({ type: 'nick', name: 'alison' });
    alice.peer.leave();
    await clock.advance(0);
    expect(told).toEqual([
      'connect alice',
      'join lobby',
      'message hi',
      'rename alice alison',
      'leave lobby undefined',
      'disconnect undefined',
    ]);
  });

  test('say why it ended when the member did not ask for it', async () => {
    const { hub, connect } = await chat();
    const told: unknown[] = [];
    hub.on('leave', ({ code }) => told.push(code));
    hub.on('disconnect', ({ code }) => told.push(code));
    const alice = await connect('alice');
    await alice.join('lobby');
    const { member } = await alice.next('welcome');
    await (await hub.member(member.id))?.disconnect();
    await alice.peer.closed;
    expect(told).toEqual(['KICKED', 'KICKED']);
  });
});
