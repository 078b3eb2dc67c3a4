import { describe, expect } from 'vitest';
import { WebSocketClient } from '../../integration/json-client.js';
import { hush } from '../arena.js';
import { fresh, program } from '../people.js';
import { type TwoServers, withRedis } from './two-servers.js';

/** "Engine" of the page: names that mean something to Redis, or to other brokers. */
export function names(servers: TwoServers): void {
  const { serve, attackServe, application, attackApplication } = servers;
  const keys = () => withRedis(servers, async (redis) => (await redis.keys('*')).sort());

  describe('Redis: the room', () => {
    for (const name of [
      '*',
      '>',
      '{t}',
      'a\r\nSET evil 1\r\n',
      'a b',
      'a:b',
      'a/b',
      'a?',
      '[a]',
      '%2A',
      '@alice',
      '',
    ]) {
      attackServe(`${JSON.stringify(name)} is refused, and leaves nothing in Redis`, async () => {
        const client = await program(serve.chat, fresh('alice'), fresh('room'));
        const before = await keys();
        for (const type of ['join', 'send', 'topic', 'signal', 'history', 'members'])
          expect(await client.ask({ type, room: name, text: hush, name: hush })).toMatchObject({ type: 'error' });
        expect(await keys()).toEqual(before);
      });
    }

    for (const name of ['a.b', 'a-b', 'a_b', 'ünïcode', '房间', 'constructor'])
      attackServe(`${JSON.stringify(name)} is one room on all servers, and no other`, async () => {
        const near = ['a', 'b', 'a.c', 'ab', 'a.b.c'];
        const others = await Promise.all(near.map((room) => program(serve.chat, fresh('other'), room)));
        const client = await program(serve.chat, fresh('alice'), name);
        const there = await program(application.chat, fresh('there'), name);
        await client.request('sent', { type: 'send', room: name, text: hush });
        await there.find('message', (event) => event.type === 'message' && event.text === hush);
        for (const other of others) {
          const events = await other.settled();
          expect(events.filter(({ type }) => type === 'message')).toEqual([]);
        }
      });
  });

  const ids = ['*', '>', 'a.b', '{t}', '}:{presence', 'x\r\nSET evil 1\r\n', '__proto__'];

  attackApplication('Redis: users whose ids are such names have each an inbox of their own', async () => {
    const users = await Promise.all(
      ids.map(async (id) => {
        const client = new WebSocketClient(application.chat);
        const welcome = await client.request('welcome', { type: 'hello', token: `user:${id}` });
        expect(welcome.member).toMatchObject({ user: id });
        return { id, client };
      }),
    );
    const sender = await program(application.chat, fresh('alice'), fresh('room'));
    for (const { id } of users) await sender.request('sent', { type: 'direct', to: id, text: `to ${id}` });
    for (const { id, client } of users) {
      const got = await client.find('direct', ({ type }) => type === 'direct');
      await client.settled();
      expect([got.text, client.of('direct').length]).toEqual([`to ${id}`, 1]);
    }
    // Our own, whatever stands in a name: no other key, and no other slot.
    const ours = /^chathub:\{(presence|[\p{L}\p{N}_@.%-]+)\}:/u;
    expect((await keys()).filter((key) => !ours.test(key))).toEqual([]);
  });
}
