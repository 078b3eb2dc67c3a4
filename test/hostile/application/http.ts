import { describe, expect } from 'vitest';
import { ask, type Headers, upgraded } from '../../transports/websocket/raw-frames.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, program } from '../people.js';
import { seenBy } from './seen.js';

/** "HTTP and upgrade" of the page, as far as an application has a say in it, or sees what came of it. */
export function applicationHttp(it: Arena, attack: Attack): void {
  /** What `authenticate` was given for an upgrade with these headers. */
  async function greetingWith(headers: Headers, query = '') {
    const witness = await program(it.chat, fresh('witness'), fresh('room'));
    await seenBy(witness);
    const client = await upgraded(`${it.chat}${query}`, headers);
    client.say({ type: 'hello' });
    await client.event('welcome');
    client.socket.destroy();
    const { greetings } = await seenBy(witness);
    expect(greetings).toHaveLength(1);
    return greetings[0];
  }

  describe('HTTP: where https://good.com may connect', () => {
    attack('it may', async () => {
      const client = await upgraded(it.chat, { Origin: 'https://good.com' });
      client.socket.destroy();
    });

    for (const origin of [
      'https://good.com.evil.com',
      'https://evilgood.com',
      'https://good.com@evil.com',
      'https://good.com:444',
      'http://good.com',
      'https://good.com/',
      'HTTPS://GOOD.COM.',
      'null',
    ])
      attack(`${origin} is refused, by 403`, async () => {
        expect((await ask(it.chat, { Origin: origin })).status).toBe(403);
      });

    attack('it may from its own Host, too, as behind a proxy', async () => {
      const client = await upgraded(it.chat, { Host: 'good.com', Origin: 'https://good.com' });
      client.socket.destroy();
    });

    for (const name of ['good.com.evil.com', 'evil.com@good.com'])
      attack(`the Host ${name} is refused, by 403`, async () => {
        expect((await ask(it.chat, { Host: name, Origin: `https://${name}` })).status).toBe(403);
        expect((await ask(it.chat, { Host: name })).status).toBe(403);
      });
  });

  describe('HTTP: the application', () => {
    attack('is not handed the cookies of a client that has no Origin', async () => {
      const greeting = await greetingWith({ Cookie: `session=${hush}`, Authorization: `Bearer ${hush}` });
      expect(JSON.stringify(greeting)).not.toMatch(new RegExp(`cookie|authorization|${hush}`, 'i'));
    });

    for (const [name, value] of [
      ['X-Forwarded-For', '192.0.2.1'],
      ['X-Forwarded-For', '192.0.2.1, 127.0.0.1'],
      ['X-Real-IP', '192.0.2.1'],
      ['Forwarded', 'for=192.0.2.1;proto=https'],
      ['X-Forwarded-Proto', 'https'],
    ] as const)
      attack(`is not told an address by "${name}: ${value}", which anybody can write`, async () => {
        expect(await greetingWith({ [name]: value })).toMatchObject({ remoteAddress: '127.0.0.1', secure: false });
      });

    attack('is not told a token by the query', async () => {
      expect(JSON.stringify(await greetingWith({}, `?token=${hush}`))).not.toContain(hush);
    });
  });
}
