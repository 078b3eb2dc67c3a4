import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, lineChat } from './set-up.js';

const policies = { authenticate: byToken };

describe('whoever blocks somebody', () => {
  test('gets no direct messages of that user, who is told so, and gets them again when it likes', async () => {
    const { connect } = await chat({ policies });
    const [ali, eve] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'eve' })];
    await ali.request({ type: 'block', member: 'Eve' });
    expect(await ali.request({ type: 'blocked' })).toMatchObject({ users: [{ user: 'eve', name: 'eve' }] });
    expect(await eve.ask({ type: 'direct', to: 'ali', text: 'psst' })).toMatchObject({
      code: 'FORBIDDEN',
      message: '"ali" does not want to hear from you.',
    });
    expect(await ali.ask({ type: 'direct', to: 'eve', text: 'and yet' })).toMatchObject({ type: 'sent' });
    await eve.request({ type: 'nick', name: 'Mallory' });
    expect(await eve.ask({ type: 'direct', to: 'ali', text: 'psst' })).toMatchObject({ code: 'FORBIDDEN' });
    await ali.request({ type: 'unblock', member: 'eve' });
    expect(await eve.ask({ type: 'direct', to: 'ali', text: 'hello' })).toMatchObject({ type: 'sent' });
    expect(await ali.request({ type: 'blocked' })).toMatchObject({ users: [] });
  });

  test('does so in all its sessions, and when it comes again', async () => {
    const { connect } = await chat({ policies });
    const ali = await connect(undefined, { token: 'ali' });
    const eve = await connect(undefined, { token: 'eve' });
    await ali.request({ type: 'block', member: 'eve' });
    ali.tell({ type: 'quit' });
    await ali.peer.closed;
    const again = await connect(undefined, { token: 'ali' });
    expect(await eve.ask({ type: 'direct', to: 'ali', text: 'psst' })).toMatchObject({ code: 'FORBIDDEN' });
    expect(await again.request({ type: 'blocked' })).toMatchObject({ users: [{ user: 'eve' }] });
  });

  test('still hears what was said before it, when that is repeated', async () => {
    const { connect } = await chat({ policies });
    const [ali, eve] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'eve' })];
    const direct = { type: 'direct', to: 'ali', text: 'psst', key: 'k1' } as const;
    await eve.request(direct);
    await ali.request({ type: 'block', member: 'eve' });
    expect(await eve.ask({ ...direct, repeat: true })).toMatchObject({ type: 'sent', duplicate: true });
  });

  test('can’t block itself, nobody, or everybody', async () => {
    const { connect } = await chat({ policies, limits: { blocks: 2 } });
    const ali = await connect(undefined, { token: 'ali' });
    for (const name of ['a', 'b', 'c']) await connect(undefined, { token: name });
    expect(await ali.ask({ type: 'block', member: 'ali' })).toMatchObject({ code: 'BAD_COMMAND' });
    expect(await ali.ask({ type: 'block', member: 'nobody' })).toMatchObject({ code: 'NO_SUCH_MEMBER' });
    for (const member of ['a', 'b', 'b']) await ali.request({ type: 'block', member });
    expect(await ali.ask({ type: 'block', member: 'c' })).toMatchObject({ code: 'TOO_LONG' });
  });

  test('may do so at a terminal, and by the application', async () => {
    const { hub, transport } = await lineChat({ policies });
    const [ali, eve] = [transport.connect(), transport.connect()];
    ali.send('/auth ali');
    eve.send('/auth eve');
    for (const line of ['/blocked', '/block eve', '/blocked']) ali.send(line);
    await expect.poll(() => ali.received.slice(-3)).toEqual(['* You block nobody.', '* Done.', '* Blocked: eve']);
    expect(await hub.user('ali').blocked()).toEqual([{ user: 'eve', name: 'eve' }]);
    await hub.user('ali').unblock('eve');
    await hub.user('ali').block('somebody');
    ali.send('/blocked');
    await expect.poll(() => ali.received.at(-1)).toBe('* Blocked: somebody');
  });
});

describe('who is away', () => {
  /** A hub whose `absent` events are kept: whom, what, and where. */
  async function watched() {
    const chatting = await chat({ policies });
    const told: string[] = [];
    chatting.hub.on('absent', ({ user, message, room }) =>
      told.push(`${user.name}: ${message.text} (${room ?? 'direct'})`),
    );
    return { ...chatting, told };
  }

  test('is told of direct messages', async () => {
    const { connect, told } = await watched();
    const bob = await connect(undefined, { token: 'bob' });
    const ali = await connect(undefined, { token: 'ali' });
    await bob.request({ type: 'direct', to: 'ali', text: 'you are here' });
    ali.tell({ type: 'quit' });
    await ali.peer.closed;
    await bob.request({ type: 'direct', to: 'ali', text: 'you are away' });
    await expect.poll(() => told).toEqual(['ali: you are away (direct)']);
  });

  test('is told of mentions in rooms that it is in, and of no others', async () => {
    const { hub, connect, told } = await watched();
    const bob = await connect(undefined, { token: 'bob' });
    const ali = await connect(undefined, { token: 'ali' });
    for (const room of ['lobby', 'ops']) await bob.join(room);
    await ali.join('lobby');
    ali.tell({ type: 'quit' });
    await ali.peer.closed;
    await bob.say('lobby', 'no mention of ali@example.com');
    await bob.say('ops', 'a secret about @ali');
    await bob.say('lobby', 'come, @Ali!');
    await hub.room('lobby').send('Build 71 of @ali.');
    await expect.poll(() => told).toEqual(['ali: come, @Ali! (lobby)', 'ali: Build 71 of @ali. (lobby)']);
  });

  test('is told of nothing by whom it blocks', async () => {
    const { connect, told } = await watched();
    const bob = await connect(undefined, { token: 'bob' });
    const ali = await connect(undefined, { token: 'ali' });
    for (const client of [bob, ali]) await client.join('lobby');
    await ali.request({ type: 'block', member: 'bob' });
    ali.tell({ type: 'quit' });
    await ali.peer.closed;
    await bob.say('lobby', 'come, @ali!');
    const carl = await connect(undefined, { token: 'carl' });
    await carl.request({ type: 'direct', to: 'ali', text: 'lunch?' });
    await expect.poll(() => told).toEqual(['ali: lunch? (direct)']);
  });

  test('is told at the end of the window when its client was lost and does not come back, of what it was not sent', async () => {
    const { clock, connect, told } = await watched();
    const bob = await connect(undefined, { token: 'bob' });
    const ali = await connect(undefined, { token: 'ali' });
    for (const client of [bob, ali]) await client.join('lobby');
    await bob.say('lobby', '@ali sees this');
    ali.peer.cut();
    await bob.say('lobby', '@ali misses this');
    await bob.say('lobby', 'and this is for nobody');
    await bob.request({ type: 'direct', to: 'ali', text: 'and this' });
    expect(told).toEqual([]);
    await clock.advance(30_000);
    await expect.poll(() => [...told].sort()).toEqual(['ali: @ali misses this (lobby)', 'ali: and this (direct)']);
  });

  test('is not away as long as another session is there, or when it comes back in time', async () => {
    const { clock, connect, told } = await watched();
    const bob = await connect(undefined, { token: 'bob' });
    const [phone, laptop] = [await connect(undefined, { token: 'ali' }), await connect(undefined, { token: 'ali' })];
    phone.peer.cut();
    await bob.request({ type: 'direct', to: 'ali', text: 'on your laptop' });
    await clock.advance(30_000);
    const { session } = await laptop.next('welcome');
    laptop.peer.cut();
    await bob.request({ type: 'direct', to: 'ali', text: 'in a moment' });
    const back = await connect(undefined, { token: 'ali', session });
    expect(await back.next('direct')).toMatchObject({ text: 'in a moment' });
    await clock.advance(30_000);
    expect(told).toEqual([]);
  });

  test('costs nothing where nobody listens', async () => {
    const { connect, hub } = await chat({ policies });
    const bob = await connect(undefined, { token: 'bob' });
    await bob.join('lobby');
    await bob.say('lobby', '@ali');
    const listener = vi.fn();
    hub.on('absent', listener);
    expect(listener).not.toHaveBeenCalled();
  });
});
