import { ChatHub } from 'chathub';
import { redis } from 'chathub/redis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import type { Received } from './json-client.js';
import { byToken } from './json-hub.js';
import { cluster, membersOf } from './many-nodes/set-up.js';

const texts = ({ entries }: Received) => (entries as { readonly text: string }[]).map(({ text }) => text);

/** Two nodes, somebody on each, both in the lobby and each knowing of the other. */
async function twoNodes() {
  const { server, node } = await cluster();
  const options = { policies: { authenticate: byToken, moderate: () => true } };
  const nodes = [await node(options), await node(options)] as const;
  const ann = await nodes[0].enter({ token: 'ann' });
  const bob = await nodes[1].enter({ token: 'bob' });
  const joined = await ann.client.request('joined', { type: 'join', room: 'lobby' });
  await bob.client.request('joined', { type: 'join', room: 'lobby' });
  await ann.client.find('bob', ({ type, joined }) => type === 'presence' && (joined as unknown[]).length === 1);
  return { server, node, nodes, ann, bob, epoch: joined.epoch };
}

const lobby = { room: 'lobby' };

describe.skipIf(missingTools().includes('redis-server'))('on several nodes', () => {
  test('people of both share rooms: who is there, what is said, changed and reacted to', async () => {
    const { ann, bob, nodes } = await twoNodes();
    expect(await membersOf(ann, 'lobby')).toEqual(['ann', 'bob']);
    const { rooms } = await bob.client.request('rooms', { type: 'rooms' });
    expect(rooms).toEqual([{ name: 'lobby', count: 2 }]);
    const sent = await ann.client.request('sent', { type: 'send', ...lobby, text: 'helo' });
    expect(await bob.client.next('message')).toMatchObject({ text: 'helo', from: ann.member, id: sent.message });
    await ann.client.request('sent', { type: 'edit', ...lobby, message: sent.message, text: 'hello' });
    expect(await bob.client.next('edit')).toMatchObject({ message: sent.message, text: 'hello' });
    await bob.client.request('sent', { type: 'react', ...lobby, message: sent.message, reaction: '👍' });
    expect(await ann.client.next('reaction')).toMatchObject({ message: sent.message, reaction: '👍' });
    await ann.client.request('ok', { type: 'topic', ...lobby, topic: 'greetings' });
    expect(await bob.client.next('topic')).toMatchObject({ text: 'greetings' });
    const eve = await nodes[1].enter({ token: 'eve' });
    const joined = await eve.client.request('joined', { type: 'join', ...lobby, history: 10 });
    expect(joined).toMatchObject({ topic: { text: 'greetings' }, count: 3 });
    expect(texts(joined)).toEqual(['hello']);
  });

  test('a name is had once, a direct message finds its user, and a signal those who are there', async () => {
    const { ann, bob } = await twoNodes();
    expect(await bob.client.ask({ type: 'nick', name: 'ANN' })).toMatchObject({ code: 'NAME_TAKEN' });
    await bob.client.request('sent', { type: 'direct', to: 'ann', text: 'psst' });
    expect(await ann.client.next('direct')).toMatchObject({ text: 'psst', from: { name: 'bob' } });
    ann.client.tell({ type: 'signal', ...lobby, name: 'typing', data: true });
    expect(await bob.client.next('signal')).toMatchObject({ name: 'typing', from: ann.member });
    await ann.client.request('renamed', { type: 'nick', name: 'Queen' });
    expect(await bob.client.next('presence')).toMatchObject({ renamed: [{ name: 'Queen', was: 'ann' }] });
  });

  test('a session goes on at another node, with what it missed, and nobody saw it leave', async () => {
    const { ann, bob, nodes, epoch } = await twoNodes();
    const key = 'k1';
    await ann.client.request('sent', { type: 'send', ...lobby, text: 'one', key });
    ann.client.cut();
    await bob.client.request('sent', { type: 'send', ...lobby, text: 'two' });
    const place = { lobby: { epoch, offset: 0 } };
    const again = await nodes[1].enter({ token: 'ann', session: ann.session, rooms: place });
    expect(again.welcome).toMatchObject({ resumed: true, member: ann.member, session: ann.session });
    const { lobby: room } = again.welcome.rooms as { readonly lobby: Received };
    expect([room.recovered, texts(room)]).toEqual([true, ['one', 'two']]);
    // What was said before the cut, said again: known on the other node, too.
    const repeat = await again.client.request('sent', { type: 'send', ...lobby, text: 'one', key });
    expect(repeat).toMatchObject({ duplicate: true, offset: 1 });
    expect(await membersOf(bob, 'lobby')).toEqual(['ann', 'bob']);
    await bob.client.settled();
    expect(bob.client.of('presence')).toEqual([]);
    expect(nodes[0].hub.status().members).toBe(0);
  });

  test('a session that is taken up while its connection lives is had by the later one', async () => {
    const { ann, nodes } = await twoNodes();
    const again = await nodes[1].enter({ token: 'ann', session: ann.session });
    expect(again.welcome).toMatchObject({ resumed: true });
    expect(await ann.client.closed()).toEqual({ code: 4503, reason: 'REPLACED' });
    await again.client.request('sent', { type: 'send', ...lobby, text: 'still here' });
  });

  test('kick, ban and mute hold on every node, whichever is told', async () => {
    const { ann, bob, nodes } = await twoNodes();
    const bobToo = { ...lobby, member: 'bob' };
    await ann.client.request('ok', { type: 'mute', ...bobToo, seconds: 1 });
    await expect.poll(() => bob.client.ask({ type: 'send', ...lobby, text: 'x' })).toMatchObject({ code: 'MUTED' });
    await expect.poll(() => bob.client.ask({ type: 'send', ...lobby, text: 'y' })).toMatchObject({ type: 'sent' });
    await ann.client.request('ok', { type: 'kick', ...bobToo, reason: 'shoo' });
    expect(await bob.client.next('left')).toMatchObject({ code: 'KICKED', reason: 'shoo' });
    await bob.client.request('joined', { type: 'join', ...lobby });
    await ann.client.request('ok', { type: 'ban', ...bobToo });
    expect(await bob.client.next('left')).toMatchObject({ code: 'BANNED' });
    expect(await bob.client.ask({ type: 'join', ...lobby })).toMatchObject({ code: 'BANNED' });
    await expect.poll(() => membersOf(ann, 'lobby')).toEqual(['ann']);
    await (await nodes[0].hub.member(bob.member.id))?.disconnect('enough');
    expect(await bob.client.closed()).toMatchObject({ code: 4501 });
  });

  test('what is read on one is read on the other', async () => {
    const { ann, bob, nodes } = await twoNodes();
    const { offset } = await bob.client.request('sent', { type: 'send', ...lobby, text: 'one' });
    await bob.client.request('sent', { type: 'send', ...lobby, text: 'two' });
    const second = await nodes[1].enter({ token: 'ann' });
    expect(second.welcome.rooms).toMatchObject({ lobby: { unread: 2 } });
    await ann.client.request('ok', { type: 'read', ...lobby, offset });
    await second.client.find('the marker', ({ type, upTo }) => type === 'read' && upTo === offset);
    const third = await nodes[0].enter({ token: 'ann' });
    expect(third.welcome.rooms).toMatchObject({ lobby: { unread: 1, read: offset } });
  });

  test('a worker that has no members at all says things, hears and moderates', async () => {
    const { ann, server } = await twoNodes();
    const worker = new ChatHub({ engine: redis({ url: server.url }) });
    onTestFinished(() => worker.close());
    const heard: string[] = [];
    const room = worker.room('lobby');
    room.on('message', ({ text }) => heard.push(text));
    const { offset } = await room.send('from the worker');
    expect(await ann.client.next('message')).toMatchObject({ text: 'from the worker', offset });
    await ann.client.request('sent', { type: 'send', ...lobby, text: 'to the worker' });
    await expect.poll(() => heard).toEqual(['from the worker', 'to the worker']);
    expect((await room.members()).map(({ name }) => name).sort()).toEqual(['ann', 'bob']);
    expect((await room.history()).map(({ text }) => text)).toEqual(['from the worker', 'to the worker']);
    await worker.user('ann').send('psst');
    expect(await ann.client.next('notice')).toMatchObject({ text: 'psst' });
  });

  test('a node that is closed hands its people on to the others', async () => {
    const { ann, bob, nodes } = await twoNodes();
    await nodes[0].hub.close({ drain: 200 });
    expect(await ann.client.closed()).toMatchObject({ code: 4002 });
    await bob.client.find('the leave', ({ type, left }) => type === 'presence' && (left as unknown[]).length === 1);
    const again = await nodes[1].enter({ token: 'ann', session: ann.session });
    expect(again.welcome).toMatchObject({ resumed: true, member: ann.member, rooms: { lobby: {} } });
    expect(await membersOf(bob, 'lobby')).toEqual(['ann', 'bob']);
  });
});
