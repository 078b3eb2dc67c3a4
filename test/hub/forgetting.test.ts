import { type EngineContext, memory } from 'chathub';
import { expect, test } from 'vitest';
import { byToken, chat, textsIn, twoNodes } from './set-up.js';

const policies = { authenticate: byToken };

test('a user who is forgotten leaves nothing of what it wrote, and others all of theirs', async () => {
  const { clock, first, second } = await twoNodes({ policies });
  const eve = await first.connect(undefined, { token: 'eve' });
  const bob = await second.connect(undefined, { token: 'bob' });
  for (const room of ['lobby', 'ops']) for (const client of [eve, bob]) await client.join(room);
  const { message } = await bob.request({ type: 'send', room: 'lobby', text: 'hello eve' });
  await eve.request({ type: 'react', room: 'lobby', message, reaction: '+1' });
  await eve.say('lobby', 'my secret');
  const { message: edited } = await eve.request({ type: 'send', room: 'ops', text: 'another one' });
  await eve.request({ type: 'edit', room: 'ops', message: edited, text: 'another secret' });
  await eve.request({ type: 'direct', to: 'bob', text: 'a secret for you' });
  await bob.request({ type: 'direct', to: 'eve', text: 'thank you' });

  await second.hub.user('eve').forget();
  await clock.advance(0);
  expect(await eve.peer.closed).toMatchObject({ reason: { code: 4501 } });
  expect(bob.events.filter(({ type }) => type === 'delete')).toHaveLength(2);
  const [lobby, ops] = [second.hub.room('lobby'), second.hub.room('ops')];
  const texts = async (room: typeof lobby) => (await room.history()).map(({ text }) => text);
  expect([await texts(lobby), await texts(ops)]).toEqual([['hello eve', ''], ['']]);
  expect((await lobby.message(message))?.reactions).toBeUndefined();
  const inbox = await bob.request({ type: 'history', room: '@' });
  expect(inbox.messages).toMatchObject([
    { text: '', deleted: expect.any(Number) },
    { from: { user: 'bob' }, text: 'thank you' },
  ]);
  const again = await first.connect(undefined, { token: 'eve' });
  expect((await again.request({ type: 'history', room: '@' })).messages).toEqual([]);
  expect((await again.next('welcome')).rooms).toEqual({});
  expect(JSON.stringify(await texts(lobby)) + JSON.stringify(textsIn(again, 'lobby'))).not.toContain('secret');
});

test('a user can’t be forgotten where the engine does not know how, and is told so', async () => {
  const without = {
    name: 'small',
    open: async (context: EngineContext) => {
      const opened = await memory().open(context);
      const { names: _, erase: __, ...log } = opened.log;
      return { ...opened, log };
    },
  };
  const { hub } = await chat({ engine: without });
  await expect(hub.user('eve').forget()).rejects.toMatchObject({ code: 'BAD_COMMAND' });
});
