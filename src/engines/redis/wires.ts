import type { Cluster, Redis } from 'ioredis';
import { ChatError } from '../../model/errors.js';
import type { RedisOptions } from './options.js';

/** The connections of one node: one for commands, one that listens. With a Cluster they are one client of many connections. */
export interface Wires {
  readonly commands: Redis | Cluster;
  readonly ears: Redis | Cluster;
  /** For what is to be on replicas before it is acknowledged: to wait for that holds up whatever comes behind. */
  readonly copies: Redis | undefined;
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
  // With any other number, what was under way when the connection broke may never be answered at all.
  maxRetriesPerRequest: 0,
  keyPrefix: '',
  connectTimeout: 3_000,
  keepAlive: 5_000,
  protocol: 2,
  monitor: false,
  retryStrategy: (attempt: number) => waitFor(attempt),
} as const;

/** @throws ChatError `ENGINE_UNAVAILABLE` */
export async function connect({ url, client, minReplicas = 0 }: RedisOptions): Promise<Wires> {
  const wires = client?.isCluster
    ? clusterWires(client as unknown as Cluster)
    : await singleWires(url, client, minReplicas > 0);
  try {
    for (const wire of all(wires)) await connected(wire);
  } catch (error) {
    disconnect(wires);
    throw unreachable(error, troubleOf(wires.commands) ?? troubleOf(wires.ears));
  }
  return wires;
}

export function disconnect(wires: Wires): void {
  for (const wire of all(wires)) wire.disconnect();
}

function all({ commands, ears, copies }: Wires): Iterable<Redis | Cluster> {
  return new Set(copies === undefined ? [commands, ears] : [commands, ears, copies]);
}

async function singleWires(url: string | undefined, client: RedisOptions['client'], copying: boolean): Promise<Wires> {
  const wire =
    url === undefined
      ? () => (client as unknown as Redis).duplicate({ ...forced })
      : await import('ioredis').then(
          (driver) => () => new driver.Redis(url, { ...forced, connectionName: 'chathub' }),
          missing,
        );
  const copies = copying ? silent(wire()) : undefined;
  return { commands: silent(wire()), ears: silent(wire()), copies, isCluster: false };
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
  return { commands: silent(cluster), ears: cluster, copies: undefined, isCluster: true };
}

/** 50 ms, then twice as long each time, up to a second: with a spread, so that not all nodes come at once. */
function waitFor(attempt: number): number {
  return Math.round(Math.min(1_000, 50 * 2 ** Math.min(attempt, 6)) * (0.75 + Math.random() / 2));
}

/** What was last wrong with a connection: ioredis tells it by an event, and gives calls no more than that it is closed. */
const troubles = new WeakMap<object, Error>();

/** Errors of a connection are seen by what they do to it; unheard, ioredis would print them. */
function silent<T extends Redis | Cluster>(wire: T): T {
  (wire as Redis).on('error', (error) => void troubles.set(wire, error));
  (wire as Redis).on('ready', () => void troubles.delete(wire));
  return wire;
}

/** Why a connection is not there, as far as it is known: a code or the words of Redis. */
export function troubleOf(wire: Redis | Cluster): string | undefined {
  const trouble = troubles.get(wire) as NodeJS.ErrnoException | undefined;
  return trouble?.code ?? trouble?.message;
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

function unreachable(cause: unknown, trouble: string | undefined): ChatError {
  if (cause instanceof ChatError) return cause;
  const why = trouble ?? (cause as Error).message;
  return new ChatError('ENGINE_UNAVAILABLE', `Redis can not be reached (${why}).`, { cause });
}
