import { until } from '../../../src/testing/checks.js';
import { pause } from '../pause.js';
import { concerningAll, type Kind, type Victims } from './kind.js';

/** To Redis, which loses nothing that it acknowledged. */
export const redisFaults: readonly Kind[] = [
  { name: 'redis killed', weight: 3, run: kill },
  { name: 'redis frozen', weight: 2, run: (victims) => freeze(victims, victims.dice.between(1_000, 5_000)) },
  // So long that no node may write any more.
  { name: 'redis frozen 20 s', weight: 0, least: 120, run: (victims) => freeze(victims, 20_000) },
  {
    name: 'slow fsync',
    weight: 2,
    lacks: ({ store }) => (store.canSlow ? undefined : 'strace is missing, or may not be used'),
    run: slowFsync,
  },
  {
    name: 'full disk',
    weight: 2,
    lacks: ({ store }) => (store.disk.isOwn ? undefined : 'a disk of its own may not be mounted'),
    run: fillDisk,
  },
];

async function kill({ world, dice }: Victims): Promise<string> {
  const rest = dice.between(100, 3_000);
  await concerningAll(world, async () => {
    await world.store.kill();
    await pause(rest);
    await world.store.start();
  });
  return `for ${rest} ms`;
}

async function freeze({ world }: Victims, ms: number): Promise<string> {
  await concerningAll(world, async () => {
    world.store.freeze();
    await pause(ms);
    world.store.thaw();
  });
  return `for ${ms} ms`;
}

async function slowFsync({ world, dice }: Victims): Promise<string> {
  const ms = dice.between(100, 600);
  await concerningAll(world, async () => {
    const mend = world.store.slow(ms);
    await pause(dice.between(2_000, 4_000));
    await mend();
  });
  return `of ${ms} ms`;
}

/** Redis ends, since it can't write what it would have to acknowledge; or refuses what is to be written, where it may be behind. */
async function fillDisk({ world, dice }: Victims): Promise<string> {
  const { store } = world;
  const policy = dice.pick(['always', 'everysec'] as const);
  await concerningAll(world, async () => {
    await store.set('appendfsync', policy);
    store.disk.fill();
    await pause(dice.between(1_000, 3_000));
    store.disk.empty();
    if (store.redis.running) await until('Redis to write again', () => store.writes(), 10_000);
    else await store.start();
    await store.set('appendfsync', 'always');
  });
  return `with appendfsync ${policy}`;
}
