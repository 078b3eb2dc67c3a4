import type { Cluster, Redis } from 'ioredis';
import { ChatError } from '../../model/errors.js';
import type { RedisOptions } from './options.js';

/** The connections of one node: one for commands, one that listens. With a Cluster they are one client of many connections. */
export interface Wires {
  readonly commands: Redis | Cluster;
  readonly ears: Redis | Cluster;
  readonly isCluster: boolean;
}

/** How long the first connection may take. */
const patience = 5_000;

/** What both connections must be, whatever the application's client is. */
const forced = {
  lazyConnect: true,
  // What is not sent now fails now: an append that comes to Redis later would be one that was told to have failed.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 1,
  keyPrefix: '',
  connectTimeout: 3_000,
  keepAlive: 5_000,
  protocol: 2,
  monitor: false,
  retryStrategy: (attempt: number) => waitFor(attempt),
} as const;

/** @throws ChatError `ENGINE_UNAVAILABLE` */
export async function connect({ url, client }: RedisOptions): Promise<Wires> {
  const wires = client?.isCluster ? clusterWires(client as unknown as Cluster) : await singleWires(url, client);
  try {
    for (const wire of new Set([wires.commands, wires.ears])) await connected(wire);
  } catch (error) {
    disconnect(wires);
    throw unreachable(error);
  }
  return wires;
}

export function disconnect({ commands, ears }: Wires): void {
  for (const wire of new Set([commands, ears])) wire.disconnect();
}

async function singleWires(url: string | undefined, client: RedisOptions['client']): Promise<Wires> {
  const wire =
    url === undefined
      ? () => (client as unknown as Redis).duplicate({ ...forced })
      : await import('ioredis').then(
          (driver) => () => new driver.Redis(url, { ...forced, connectionName: 'chathub' }),
          missing,
        );
  return { commands: silent(wire()), ears: silent(wire()), isCluster: false };
}

function clusterWires(client: Cluster): Wires {
  const { retryStrategy: _, autoResendUnfulfilledCommands: __, ...shared } = forced;
  const cluster = client.duplicate([], {
    lazyConnect: true,
    enableOfflineQueue: false,
    // We put together ourselves what leaves together: that of ioredis would put subscriptions among it.
    enableAutoPipelining: false,
    shardedSubscribers: true,
    scaleReads: 'master',
    keyPrefix: '',
    // An append that was sent, and whose reply was lost, must not be sent once more behind our back.
    retryDelayOnFailover: 0,
    clusterRetryStrategy: waitFor,
    redisOptions: { ...client.options.redisOptions, ...shared },
  } as Parameters<Cluster['duplicate']>[1]);
  return { commands: silent(cluster), ears: cluster, isCluster: true };
}

/** 50 ms, then twice as long each time, up to a second: with a spread, so that not all nodes come at once. */
function waitFor(attempt: number): number {
  return Math.round(Math.min(1_000, 50 * 2 ** Math.min(attempt, 6)) * (0.75 + Math.random() / 2));
}

/** Errors of a connection are seen by what they do to it; unheard, ioredis would print them. */
function silent<T extends Redis | Cluster>(wire: T): T {
  (wire as Redis).on('error', () => undefined);
  return wire;
}

async function connected(wire: Redis | Cluster): Promise<void> {
  let cancel: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer')), patience);
    cancel = () => clearTimeout(timer);
  });
  try {
    await Promise.race([wire.connect(), late]);
  } finally {
    cancel?.();
  }
}

function missing(cause: unknown): never {
  throw new ChatError('ENGINE_UNAVAILABLE', 'The Redis engine needs the package "ioredis": npm install ioredis', {
    cause,
  });
}

function unreachable(cause: unknown): ChatError {
  if (cause instanceof ChatError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  return new ChatError('ENGINE_UNAVAILABLE', `Redis can not be reached (${code ?? message}).`, { cause });
}
