/**
 * The engine that keeps rooms in Redis: one chat on many machines.
 *
 * @module chathub/redis
 */
import type { Engine } from '../../ports/engine.js';
import { RedisNode } from './node.js';
import { checkRedisOptions, type RedisOptions } from './options.js';
import { connect } from './wires.js';

export type { RedisClientLike, RedisOptions } from './options.js';

/**
 * The engine that keeps rooms in Redis or Valkey, 6 or later: single, with Sentinels, or a Cluster. All hubs with the same server and
 * `prefix`, on whichever machines, are nodes of one chat: members of all of them share the rooms, and a client that loses its
 * node goes on at another. A message that was acknowledged was accepted by the primary, and by `minReplicas` replicas.
 * How long it lives from there is Redis' matter: see `hub.status().engine` for what it says of itself.
 *
 * It needs the package `ioredis`.
 *
 * @param options - see {@link RedisOptions}
 * @returns the engine; each hub opens two connections, and rejects with `ENGINE_UNAVAILABLE` and a sentence when it can't
 * @throws OptionError when an option is unknown, or is not what it must be
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { redis } from 'chathub/redis';
 * import { webSocket } from 'chathub/websocket';
 *
 * const hub = new ChatHub({ engine: redis({ url: 'redis://127.0.0.1:6379' }) });
 * await hub.listen(webSocket({ port: 8080 }));
 * ```
 */
export function redis(options: RedisOptions): Engine {
  checkRedisOptions(options);
  return {
    name: 'redis',
    open: async (context) => RedisNode.open(await connect(options), options, context),
  };
}
