import { describe, expect, test } from 'vitest';
import { chat } from './set-up.js';

async function withHistory(count: number, options: Parameters<typeof chat>[0] = {}) {
  const chatting = await chat(options);
  const room = chatting.hub.room('lobby');
  for (let number = 1; number <= count; number++) await room.send(`m${number}`);
  const alice = await chatting.connect('alice');
  await alice.join('lobby');
  return { ...chatting, alice, room };
}

const textsOf = ({ messages }: { readonly messages: readonly { readonly text: string }[] }) =>
  messages.map(({ text }) => text);

describe('history', () => {
  test('gives the newest messages, oldest first, 50 unless asked', async () => {
    const { alice } = await withHistory(60);
    const page = await alice.request({ type: 'history', room: 'Lobby' });
    expect(page).toMatchObject({ room: 'lobby', more: true });
    expect(textsOf(page)).toEqual(Array.from({ length: 50 }, (_, index) => `m${index + 11}`));
  });

  test('pages back and forth, exclusive of the offset', async () => {
    const { alice } = await withHistory(10);
    const back = await alice.request({ type: 'history', room: 'lobby', before: 5, limit: 3 });
    expect(textsOf(back)).toEqual(['m2', 'm3', 'm4']);
    expect(back.more).toBe(true);
    const rest = await alice.request({ type: 'history', room: 'lobby', before: 2 });
    expect(rest).toMatchObject({ messages: [{ text: 'm1' }], more: false });
    const on = await alice.request({ type: 'history', room: 'lobby', after: 8, limit: 5 });
    expect(on).toMatchObject({ messages: [{ text: 'm9' }, { text: 'm10' }], more: false });
    expect(textsOf(await alice.request({ type: 'history', room: 'lobby', after: 10 }))).toEqual([]);
  });

  test('gives 200 messages at most, and one at least', async () => {
    const { alice } = await withHistory(250);
    const most = await alice.request({ type: 'history', room: 'lobby', limit: 1e9 });
    expect(most.messages).toHaveLength(200);
    expect((await alice.request({ type: 'history', room: 'lobby', limit: -1 })).messages).toHaveLength(1);
  });

  test('stops at recoverBytes', async () => {
    const { alice, room } = await withHistory(0, { limits: { recoverBytes: 10_000 } });
    for (let count = 0; count < 10; count++) await room.send('x'.repeat(2_000));
    const page = await alice.request({ type: 'history', room: 'lobby' });
    expect(page.messages).toHaveLength(2);
    expect(page.more).toBe(true);
  });

  test('of another epoch begins with the newest page of this one', async () => {
    const { alice } = await withHistory(5);
    const page = await alice.request({ type: 'history', room: 'lobby', epoch: 'other', before: 2, limit: 2 });
    expect(textsOf(page)).toEqual(['m4', 'm5']);
    expect(page.epoch).not.toBe('other');
  });

  test('is for members', async () => {
    const { connect } = await withHistory(1);
    const bob = await connect('bob');
    expect(await bob.ask({ type: 'history', room: 'lobby' })).toMatchObject({ code: 'NOT_A_MEMBER', room: 'lobby' });
  });

  test('asks for a room or a person, and for one direction', async () => {
    const { alice } = await withHistory(1);
    const wrong = await alice.ask({ type: 'history', room: 'lobby', before: 1, after: 1 });
    expect(wrong).toMatchObject({ code: 'BAD_COMMAND' });
  });

  test('keeps no more than the limit `history`, and no longer than historyAge', async () => {
    const { alice, room, clock } = await withHistory(7, { limits: { history: 5, historyAge: 60_000 } });
    expect(textsOf(await alice.request({ type: 'history', room: 'lobby' }))).toEqual(['m3', 'm4', 'm5', 'm6', 'm7']);
    await clock.advance(30_000);
    await room.send('late');
    await clock.advance(30_000);
    expect((await room.history()).map(({ text }) => text)).toEqual(['late']);
  });

  test('with somebody gives the directs with that person only', async () => {
    const { connect } = await chat();
    const [alice, bob, carol] = [await connect('alice'), await connect('bob'), await connect('carol')];
    for (const text of ['b1', 'b2']) await alice.request({ type: 'direct', to: 'bob', text });
    await alice.request({ type: 'direct', to: 'carol', text: 'c1' });
    await bob.request({ type: 'direct', to: 'alice', text: 'b3' });
    await carol.request({ type: 'direct', to: 'bob', text: 'secret' });
    const page = await alice.request({ type: 'history', with: 'bob' });
    expect(textsOf(page)).toEqual(['b1', 'b2', 'b3']);
    expect(page).toMatchObject({ with: (await bob.next('welcome')).member.user, more: false });
    expect(page).not.toHaveProperty('room');
    const newest = await alice.request({ type: 'history', with: 'bob', limit: 1 });
    expect(newest).toMatchObject({ messages: [{ text: 'b3' }], more: true });
    const before = newest.messages[0]!.offset;
    expect(textsOf(await alice.request({ type: 'history', with: 'bob', before, limit: 1 }))).toEqual(['b2']);
    expect(textsOf(await alice.request({ type: 'history', with: 'bob', after: 0, limit: 2 }))).toEqual(['b1', 'b2']);
  });

  test('with somebody is found behind many messages with others', async () => {
    const { connect } = await chat({ limits: { sendBurst: 1_000, commandBurst: 1_000 } });
    const [alice] = [await connect('alice'), await connect('bob'), await connect('carol')];
    await alice.request({ type: 'direct', to: 'bob', text: 'long ago' });
    for (let count = 0; count < 250; count++) await alice.request({ type: 'direct', to: 'carol', text: `c${count}` });
    const page = await alice.request({ type: 'history', with: 'bob' });
    expect(page).toMatchObject({ messages: [{ text: 'long ago' }], more: false });
  });

  test('with nobody there is refused', async () => {
    const { connect } = await chat();
    const alice = await connect('alice');
    expect(await alice.ask({ type: 'history', with: 'nobody' })).toMatchObject({ code: 'NO_SUCH_MEMBER' });
  });
});
