import { describe, expect } from 'vitest';
import { type Received, WebSocketClient } from '../../integration/json-client.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, program, texts } from '../people.js';

/** "Protocol" of the page: sessions of users, and of who is banned. */
export function userSessions(it: Arena, attack: Attack): void {
  /** A user in a room. */
  async function user(kind: string, room: string) {
    const name = fresh(kind);
    const client = new WebSocketClient(it.chat);
    const welcome = await client.request('welcome', { type: 'hello', token: `user:${name}` });
    await client.request('joined', { type: 'join', room });
    return { name, client, session: String(welcome.session) };
  }

  const resume = (session: string, token?: string) =>
    new WebSocketClient(it.chat).ask({ type: 'hello', session, ...(token === undefined ? {} : { token }) });

  async function isWell({ client }: { readonly client: WebSocketClient }, room: string): Promise<void> {
    await client.request('sent', { type: 'send', room, text: 'well' });
    await client.settled();
    expect(texts(client, room).at(-1)).toBe('well');
  }

  describe('protocol: a session of a user', () => {
    for (const [who, token] of [
      ['another user', 'user:mallory'],
      ['a guest', undefined],
      ['a user who may not come in', 'user:banned'],
      ['nobody, as far as the application can tell', 'throws-an-error'],
    ] as const)
      attack(`is refused to ${who}, and not harmed`, async () => {
        const room = fresh('room');
        const victim = await user('victim', room);
        const refused = await resume(victim.session, token);
        expect(refused).toMatchObject({
          type: 'error',
          code: expect.stringMatching(/^(UNAUTHENTICATED|BANNED|INTERNAL)$/),
        });
        await isWell(victim, room);
      });

    attack('of a guest is refused to a user, and not harmed', async () => {
      const room = fresh('room');
      const client = await program(it.chat, fresh('victim'), room);
      const { session } = client.of('welcome')[0] as Received;
      expect(await resume(String(session), 'user:mallory')).toMatchObject({ code: 'UNAUTHENTICATED' });
      await isWell({ client }, room);
    });

    attack('is refused while it waits for its client, who then takes it up', async () => {
      const room = fresh('room');
      const { client, session, name } = await user('victim', room);
      client.cut();
      for (const token of ['user:mallory', undefined, 'user:banned'])
        expect(await resume(session, token)).toMatchObject({ type: 'error' });
      expect(await resume(session, `user:${name}`)).toMatchObject({ resumed: true, rooms: { [room]: { count: 1 } } });
    });
  });

  describe('protocol: who is banned', () => {
    attack('is refused where the application says so, and told not to come back', async () => {
      const client = new WebSocketClient(it.chat);
      expect(await client.ask({ type: 'hello', token: 'user:banned' })).toMatchObject({ code: 'BANNED' });
      expect(await client.closed()).toEqual({ code: 4502, reason: 'BANNED' });
    });

    attack('from a room does not come back to it by its session', async () => {
      const room = fresh('room');
      const moderator = await user('mod', room);
      const banned = await user('banned-later', room);
      banned.client.cut();
      const ban = { type: 'ban', room, member: banned.name, reason: `${hush}\n[ERROR]` };
      await moderator.client.request('ok', ban);
      const again = new WebSocketClient(it.chat);
      const hello = { type: 'hello', session: banned.session, token: `user:${banned.name}` };
      const { rooms } = await again.request('welcome', hello);
      expect(rooms).not.toHaveProperty(room);
      for (const command of [{ type: 'join' }, { type: 'send', text: hush }, { type: 'history' }])
        expect(await again.ask({ room, ...command })).toMatchObject({
          code: command.type === 'join' ? 'BANNED' : 'NOT_A_MEMBER',
        });
      expect(await moderator.client.ask({ type: 'members', room })).toMatchObject({ count: 1 });
      await isWell(moderator, room);
    });
  });
}
