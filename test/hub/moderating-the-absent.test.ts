import path from 'node:path';
import { memory } from 'chathub';
import { sqlite } from 'chathub/sqlite';
import { connectClient, memoryTransport, objectProtocol } from 'chathub/testing';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ChatHub } from '../../src/index.js';
import { temporaryFolder } from '../engines/sqlite/set-up.js';
import { byToken, chat, deferred, twoNodes } from './set-up.js';

const policies = { authenticate: byToken, moderate: () => true };

/** A hub over a file, and a way to come in. */
async function open(file: string) {
  const transport = memoryTransport({ protocol: objectProtocol() });
  const hub = new ChatHub({ engine: sqlite({ path: file }), policies });
  onTestFinished(() => hub.close({ drain: 0 }));
  await hub.listen(transport);
  return { hub, connect: (hello = {}) => connectClient(transport, hello) };
}

test.each([
  ['a guest', {}],
  ['a user', { token: 'ali' }],
])('%s whose session waits since a restart can be taken out of a room', async (_who, hello) => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const file = path.join(folder.path, 'chat.db');
  const before = await open(file);
  const client = await before.connect(hello);
  const { session, member } = await client.next('welcome');
  for (const room of ['lobby', 'garden']) await client.join(room);
  await before.hub.close({ drain: 0 });

  const { hub, connect } = await open(file);
  const mod = await connect({ token: 'mod' });
  await mod.join('lobby');
  await mod.request({ type: 'kick', room: 'lobby', member: member.user });
  const again = await connect({ ...hello, session });
  expect(await again.next('welcome')).toMatchObject({ resumed: true, member: { user: member.user } });
  expect((await hub.member(member.id))?.rooms).toEqual(['garden']);
});

test('a session that waits since a restart can be ended', async () => {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  const file = path.join(folder.path, 'chat.db');
  const before = await open(file);
  const client = await before.connect({ token: 'ali' });
  const { session } = await client.next('welcome');
  await before.hub.close({ drain: 0 });
  const { hub, connect } = await open(file);
  await hub.user('ali').disconnect();
  expect(await (await connect({ token: 'ali', session })).next('welcome')).toMatchObject({ resumed: false });
});

test('who is kicked while the join policy is asked at a resume on another node is not in the room', async () => {
  const asked = deferred<void>();
  const answer = deferred<void>();
  let isAsked = false;
  const join = async ({ member }: { member: { user: { id: string } } }) => {
    if (!isAsked || member.user.id !== 'ali') return;
    asked.resolve();
    await answer.promise;
  };
  const { first, second } = await twoNodes({ policies: { ...policies, join } });
  const bob = await first.connect('bob');
  await bob.join('lobby');
  const ali = await first.connect(undefined, { token: 'ali' });
  const { session } = await ali.next('welcome');
  await ali.join('lobby');
  ali.peer.cut();
  isAsked = true;
  const coming = second.connect(undefined, { token: 'ali', session });
  await asked.promise;
  await bob.request({ type: 'kick', room: 'lobby', member: 'ali' });
  answer.resolve();
  const welcome = await (await coming).next('welcome');
  expect([welcome.resumed, Object.keys(welcome.rooms)]).toEqual([true, []]);
  expect(await first.hub.room('lobby').members()).toHaveLength(1);
});

test('who is kicked while the join policy is asked at log-in is not in the room', async () => {
  const asked = deferred<void>();
  const answer = deferred<void>();
  const join = vi.fn(async ({ member }: { member: { user: { id: string } } }) => {
    if (join.mock.calls.length < 3 || member.user.id !== 'ali') return;
    asked.resolve();
    await answer.promise;
  });
  const { connect } = await chat({ engine: memory(), policies: { ...policies, join } });
  const bob = await connect('bob');
  await bob.join('lobby');
  const ali = await connect(undefined, { token: 'ali' });
  await ali.join('lobby');
  ali.tell({ type: 'quit' });
  await ali.peer.closed;
  const coming = connect(undefined, { token: 'ali' });
  await asked.promise;
  await bob.request({ type: 'kick', room: 'lobby', member: 'ali' });
  answer.resolve();
  expect(Object.keys((await (await coming).next('welcome')).rooms)).toEqual([]);
});
