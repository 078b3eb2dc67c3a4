import { OptionError } from '../../model/errors.js';

/**
 * What `redis()` needs of a client: it is duplicated, never used itself. The clients of `ioredis` have it: `Redis`, also with
 * Sentinels, and `Cluster`.
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { type RedisClientLike, redis } from 'chathub/redis';
 *
 * const client: RedisClientLike = new Redis({ lazyConnect: true });
 * const engine = redis({ client });
 * ```
 */
export interface RedisClientLike {
  /** Whether it is one of a Redis Cluster. */
  readonly isCluster?: boolean;
  /** Another client with the same options. */
  duplicate(...options: never[]): unknown;
}

/**
 * Options of {@link redis}: `url` or `client`, and what differs from the defaults.
 *
 * @example
 * ```ts
 * import { type RedisOptions, redis } from 'chathub/redis';
 *
 * const options: RedisOptions = { url: 'redis://127.0.0.1:6379', prefix: 'shop:chat:' };
 * const engine = redis(options);
 * ```
 */
export interface RedisOptions {
  /** Where Redis is: `redis://USER:PASSWORD@HOST:PORT/DATABASE`, with TLS `rediss://`. */
  readonly url?: string | undefined;
  /** The application's own client, for Sentinels, a Cluster, or options of its own. It is duplicated, and left as it is. */
  readonly client?: RedisClientLike | undefined;
  /** The beginning of all keys and channels: chats with different ones have nothing in common. Default: `chathub:`. */
  readonly prefix?: string | undefined;
  /**
   * On how many replicas a message must be before it is acknowledged (`WAIT`). Default: 0, the primary alone. Not with a Cluster:
   * there the servers' own `min-replicas-to-write` is to be set.
   */
  readonly minReplicas?: number | undefined;
  /**
   * Whether shard channels are used (`SPUBLISH`): all nodes of a chat must say the same. Default: they are where the server is of
   * version 7 or later.
   */
  readonly sharded?: boolean | undefined;
}

const names: readonly string[] = ['url', 'client', 'prefix', 'minReplicas', 'sharded'] satisfies (keyof RedisOptions)[];

/** @throws OptionError */
export function checkRedisOptions(options: RedisOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new OptionError('options', 'an object such as { url: "redis://127.0.0.1:6379" }', options);
  for (const [name, value] of Object.entries(options))
    if (!names.includes(name)) throw new OptionError(name, `one of ${names.join(', ')}`, value);
  const { url, client, prefix = '', minReplicas = 0, sharded = false } = options;
  if ((url === undefined) === (client === undefined))
    throw new OptionError('url', 'either a url or a client', url === undefined ? undefined : 'both');
  if (url !== undefined) checkUrl(url);
  if (client !== undefined && typeof client?.duplicate !== 'function')
    throw new OptionError('client', 'a client of ioredis', client);
  // Braces would put all keys into one slot of a Cluster, or tear apart those that belong together.
  if (typeof prefix !== 'string' || /[{}\s]/.test(prefix))
    throw new OptionError('prefix', 'a string without braces and spaces', prefix);
  if (!Number.isSafeInteger(minReplicas) || minReplicas < 0)
    throw new OptionError('minReplicas', 'a non-negative integer', minReplicas);
  if (minReplicas > 0 && client?.isCluster)
    throw new OptionError('minReplicas', '0 with a Cluster (set min-replicas-to-write at its servers)', minReplicas);
  if (typeof sharded !== 'boolean') throw new OptionError('sharded', 'true or false', sharded);
}

/** A password in it must not be shown: what is wrong is said without the URL. */
function checkUrl(url: unknown): void {
  const expected = 'a URL such as redis://127.0.0.1:6379 or rediss://…';
  if (typeof url !== 'string' || !URL.canParse(url)) throw new OptionError('url', expected, typeof url);
  const { protocol } = new URL(url);
  if (protocol !== 'redis:' && protocol !== 'rediss:') throw new OptionError('url', expected, `${protocol}//…`);
}
