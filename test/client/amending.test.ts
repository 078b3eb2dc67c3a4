import { describe, expect, test } from 'vitest';
import { chat, next, take } from './set-up.js';

const byToken = {
  policies: {
    authenticate: ({ token }: { token?: string | undefined }) => (token === undefined ? null : { id: token }),
  },
};

describe('what was said in a real hub', () => {
  test('is edited, reacted to and deleted, and everybody hears of it', async () => {
    const { open } = await chat();
    const [alice, bob] = [await open({ name: 'alice' }).join('lobby'), await open({ name: 'bob' }).join('lobby')];
    const { id } = await alice.send('helo');
    expect(await take(bob, 1)).toMatchObject([{ id, text: 'helo' }]);

    let heard = next(bob, 'entry');
    await alice.edit(id, 'hello');
    expect(await heard).toMatchObject({ type: 'edit', message: id, text: 'hello' });
    heard = next(alice, 'entry');
    await bob.react(id, '👍');
    expect(await heard).toMatchObject({ type: 'reaction', message: id, reaction: '👍', from: { name: 'bob' } });
    expect((await alice.history()).messages).toMatchObject([
      { id, text: 'hello', reactions: { '👍': [expect.any(String)] } },
    ]);
    await expect(bob.edit(id, 'mine')).rejects.toMatchObject({ code: 'FORBIDDEN' });

    heard = next(bob, 'entry');
    await alice.delete(id);
    expect(await heard).toMatchObject({ type: 'delete', message: id });
    expect((await bob.history()).messages).toMatchObject([{ id, text: '', deleted: expect.any(Number) }]);
  });

  test('is found again, page by page; direct messages where they are asked for', async () => {
    const { open } = await chat();
    const client = open({ name: 'alice' });
    const lobby = await client.join('lobby');
    for (const n of [1, 2, 3]) await lobby.send(`lunch ${n}`);
    await lobby.send('dinner');
    const newest = await client.search('LUNCH', { room: 'lobby', limit: 2 });
    expect(newest).toMatchObject({ messages: [{ text: 'lunch 2' }, { text: 'lunch 3' }], more: true });
    const oldest = await client.search('lunch', { room: 'lobby', limit: 2, before: newest.next! });
    expect(oldest).toMatchObject({ messages: [{ text: 'lunch 1' }], more: false });

    const bob = open({ name: 'bob' });
    await bob.join('lobby');
    const told = next(client, 'direct');
    await bob.direct(client.me!.user, 'lunch, you and me');
    await told;
    expect((await client.search('lunch', { room: '@' })).messages).toMatchObject([{ text: 'lunch, you and me' }]);
    expect((await client.search('lunch')).messages.map(({ text }) => text)).toEqual(['lunch 1', 'lunch 2', 'lunch 3']);
  });
});

describe('a room in a real hub', () => {
  test('has a topic that everybody hears of, and that whoever comes later is told', async () => {
    const { open } = await chat();
    const [alice, bob] = [await open({ name: 'alice' }).join('lobby'), await open({ name: 'bob' }).join('lobby')];
    const heard = next(bob, 'topic');
    await alice.setTopic('spring');
    expect(await heard).toMatchObject({ text: 'spring', from: { name: 'alice' } });
    expect([alice.topic, bob.topic]).toEqual(['spring', 'spring']);
    expect((await open().join('lobby')).topic).toBe('spring');
  });

  test('that one session has read is read in the other, and so are direct messages', async () => {
    const { open } = await chat(byToken);
    const [desk, phone, bob] = [open({ token: 'alice' }), open({ token: 'alice' }), open({ token: 'bob' })];
    const here = await desk.join('lobby');
    const there = await phone.join('lobby');
    const others = await bob.join('lobby');
    let told = Promise.all([next(here, 'message'), next(there, 'message')]);
    await others.send('are you there?');
    await told;
    expect([here.unread, there.unread, others.unread]).toEqual([1, 1, 0]);

    const read = next(there, 'read');
    here.markRead();
    expect(await read).toMatchObject({ unread: 0 });
    expect([here.unread, there.unread]).toEqual([0, 0]);

    told = Promise.all([next(desk, 'direct'), next(phone, 'direct')]) as never;
    await bob.direct('alice', 'psst');
    await told;
    expect([desk.unread, phone.unread, bob.unread]).toEqual([1, 1, 0]);
    phone.markRead();
    await expect.poll(() => desk.unread).toBe(0);
  });
});
