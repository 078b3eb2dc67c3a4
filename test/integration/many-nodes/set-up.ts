import type { HubOptions } from 'chathub';
import { redis } from 'chathub/redis';
import { onTestFinished } from 'vitest';
import { RedisServer } from '../../engines/redis/server.js';
import { byToken, type Guest, jsonHub } from '../json-hub.js';

/** One Redis, and hubs that are nodes of one chat in it. */
export async function cluster(...settings: readonly string[]) {
  const server = await RedisServer.start(...settings);
  onTestFinished(() => server.end());
  return {
    server,
    /** @param place - the server, or a way to it */
    node: (options: HubOptions<{ readonly id: string }> = {}, place: { readonly url: string } = server) =>
      jsonHub({ policies: { authenticate: byToken }, ...options, engine: redis({ url: place.url }) }),
  };
}

/** Who is in a room, as somebody is told who asks. */
export async function membersOf({ client }: Guest, room: string): Promise<string[]> {
  const { members } = await client.request('members', { type: 'members', room });
  return (members as { readonly name: string }[]).map(({ name }) => name).sort();
}
