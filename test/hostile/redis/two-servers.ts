import { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { RedisServer } from '../../engines/redis/server.js';
import type { WebSocketClient } from '../../integration/json-client.js';
import type { Arena, Attack } from '../arena.js';
import { fresh, Person, program, texts } from '../people.js';

/** Two servers of one chat: `chathub serve`, and an application that tells how it is. */
export interface TwoServers {
  readonly redis: () => RedisServer;
  readonly serve: Arena;
  readonly attackServe: Attack;
  readonly application: Arena;
  readonly attackApplication: Attack;
}

/** Somebody else's connection to the same Redis. */
export async function withRedis<T>({ redis }: TwoServers, work: (redis: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(redis().port, '127.0.0.1', { protocol: 2 });
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

/** Publishes to all channels that anybody listens to and whose name matches; says how many those are. */
export function publish(servers: TwoServers, matches: RegExp, ...messages: readonly (string | Buffer)[]) {
  return withRedis(servers, async (redis) => {
    const plain = (await redis.call('PUBSUB', 'CHANNELS')) as string[];
    const sharded = (await redis.call('PUBSUB', 'SHARDCHANNELS')) as string[];
    const ways = [...plain.map((name) => ['PUBLISH', name]), ...sharded.map((name) => ['SPUBLISH', name])] as const;
    const chosen = ways.filter(([, name = '']) => matches.test(name));
    for (const [command = '', name = ''] of chosen)
      for (const message of messages) await redis.call(command, name, message);
    return chosen.length;
  });
}

/** Two in a room, one of them at a terminal. */
export interface Pair {
  readonly room: string;
  readonly client: WebSocketClient;
  readonly person: Person;
}

export async function pairAt({ port, chat }: Arena): Promise<Pair> {
  const room = fresh('room');
  const client = await program(chat, fresh('alice'), room);
  const person = await Person.enter(port, fresh('bob'), room);
  await client.find('join', (event) => event.type === 'presence' && event.room === room);
  return { room, client, person };
}

/** All goes on in their room: what is said is told, and who is there is known. */
export async function goesOn({ room, client, person }: Pair): Promise<void> {
  await client.request('sent', { type: 'send', room, text: 'well' });
  await person.sees(new RegExp(`^\\[${room}\\] [\\w-]+: well$`));
  expect(await client.ask({ type: 'members', room })).toMatchObject({ count: 2, complete: true });
  expect(texts(client, room).at(-1)).toBe('well');
}
