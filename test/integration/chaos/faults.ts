import type { Dice } from '../../hub/model/dice.js';
import type { ChaosNode } from './node.js';
import { resumeWindow } from './settings.js';
import type { Ways } from './ways.js';
import type { World } from './world.js';

/** What a fault can get at. */
export interface Victims {
  readonly world: World;
  readonly dice: Dice;
  /** Of the clients. */
  readonly ways: readonly Ways[];
}

/** Breaks something, and resolves when it is whole again. Says what it did. */
export type Fault = (victims: Victims) => Promise<string>;
export type Faults = { readonly [name: string]: readonly [weight: number, fault: Fault] };

/** To nodes. */
export const nodeFaults = {
  'kill node': [4, (victims) => restart(victims, (node) => node.kill())],
  'drain node': [3, (victims) => restart(victims, drain)],
  'freeze node': [4, ({ world, dice }) => freezeNode(dice.pick(world.nodes)!, dice.between(1_000, 4_000))],
} as const satisfies Faults;

/** To Redis. */
export const redisFaults = {
  'kill redis': [3, killRedis],
  'freeze redis': [2, ({ world, dice }) => freezeRedis(world, dice.between(1_000, 8_000))],
} as const satisfies Faults;

/** To the way of one node to Redis. */
export const wayFaults = {
  'cut way': [3, (victims) => breakWay(victims, 'cut')],
  'stall way': [2, (victims) => breakWay(victims, 'stall')],
} as const satisfies Faults;

/** What happens all the time. */
export const smallFaults = {
  'cut clients': [6, cutClients],
  'drop listeners': [2, ({ world }) => askRedis(world, 'CLIENT', 'KILL', 'TYPE', 'pubsub')],
  'forget scripts': [2, ({ world }) => askRedis(world, 'SCRIPT', 'FLUSH')],
  'publish garbage': [3, publishGarbage],
} as const satisfies Faults;

/** For so long that others declare it dead. Says whether they did. */
export async function fence({ world, dice }: Victims): Promise<string> {
  const node = dice.pick(world.nodes)!;
  node.freeze();
  try {
    await pause(26_000);
    const gone = (await world.redis.ask('ZRANGE', 'chathub:{presence}:gone', '0', '-1')) as readonly string[];
    return gone.some((lease) => lease.startsWith(`${node.id}#`)) ? node.name : '';
  } finally {
    node.thaw();
  }
}

/** For so long that no node may write any more. */
export function freezeRedisLong({ world }: Victims): Promise<string> {
  return freezeRedis(world, 20_000);
}

/** Some clients find no way for so long that their sessions are over: some of those who are logged in, and some guests. */
export async function banish({ ways }: Victims): Promise<string> {
  const chosen = ways.slice(0, 8);
  for (const way of chosen) way.cut();
  await pause(resumeWindow + 5_000);
  for (const way of chosen) way.mend();
  return `${chosen.length} of ${ways.length}`;
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** One node, or two of them at the same time. */
async function restart({ world, dice }: Victims, end: (node: ChaosNode) => Promise<void>): Promise<string> {
  const first = dice.below(world.nodes.length);
  const count = dice.chance(25) ? 2 : 1;
  const chosen = Array.from({ length: count }, (_, index) => world.nodes[(first + index) % world.nodes.length]!);
  const rest = dice.between(100, 2_500);
  await Promise.all(
    chosen.map(async (node) => {
      await end(node);
      await pause(rest);
      await node.start();
    }),
  );
  return chosen.map(({ name }) => name).join(' and ');
}

async function drain(node: ChaosNode): Promise<void> {
  const exit = await node.drain();
  if (exit !== 0) throw new Error(`${node.name} was told to end, and ended with ${exit}`);
}

async function freezeNode(node: ChaosNode, ms: number): Promise<string> {
  node.freeze();
  await pause(ms);
  node.thaw();
  return `${node.name} for ${ms} ms`;
}

async function killRedis({ world, dice }: Victims): Promise<string> {
  const rest = dice.between(100, 3_000);
  world.redisUp = false;
  await world.redis.stop();
  await pause(rest);
  await world.redis.start();
  world.redisUp = true;
  return `for ${rest} ms`;
}

async function freezeRedis(world: World, ms: number): Promise<string> {
  world.redisUp = false;
  world.redis.freeze();
  await pause(ms);
  world.redis.thaw();
  world.redisUp = true;
  return `for ${ms} ms`;
}

async function breakWay({ world, dice }: Victims, how: 'cut' | 'stall'): Promise<string> {
  const node = dice.pick(world.nodes)!;
  const ms = dice.between(300, 6_000);
  node.way[how]();
  await pause(ms);
  node.way.mend();
  return `of ${node.name} for ${ms} ms`;
}

async function cutClients({ dice, ways }: Victims): Promise<string> {
  const share = dice.pick([5, 15, 50]);
  const chosen = ways.filter(() => dice.chance(share));
  for (const way of chosen) way.break();
  return `${chosen.length} of ${ways.length}`;
}

async function askRedis(world: World, command: string, ...args: readonly string[]): Promise<string> {
  // It can't be asked for what it is to suffer.
  if (!world.redisUp) return '';
  return String(await world.redis.ask(command, ...args));
}

/** What is no entry, no change and no signal; and what looks like an entry, of a log that is none. */
const garbage = [
  ...['', 'x', '?', '{', 'E\n', '\n\n\n', '\u0000\u0001', '0\n1\nnonsense', '1\n99999999999999999999\n{}'],
  '0\n5\n{"joined":[],"left":[],"renamed":[]}',
  'E\nnone\n"before"\nm\n"id"\n"user"\n7\n1\n{}\n"text"\n\n\n\n',
  'E\nnone\n\nm\n"id"\n"user"\nseven\n1\nno JSON\n"text"\n\n\n\n',
];

async function publishGarbage({ world, dice }: Victims): Promise<string> {
  if (!world.redisUp) return '';
  const channels = (await world.redis.ask('PUBSUB', 'SHARDCHANNELS', 'chathub:*')) as readonly string[];
  for (let count = 0; count < 10; count++) {
    const channel = dice.pick(channels);
    if (channel !== undefined) await world.redis.ask('SPUBLISH', channel, dice.pick(garbage) ?? '');
  }
  return `to ${channels.length} channels`;
}
