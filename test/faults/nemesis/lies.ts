import { now } from '../checker/facts.js';
import { pause } from '../pause.js';
import type { World } from '../world/world.js';
import { concerningAll, type Kind, type Victims } from './kind.js';

/** Until others have noticed that all is lost, and put back what they hold. */
const returnTime = 10_000;

/** Redis loses what it acknowledged: what it can't be asked to keep has to be said to be lost. */
export const lies: readonly Kind[] = [
  { name: 'redis emptied', weight: 1, run: (victims) => lie(victims, 'redis emptied', null, empty) },
  {
    name: 'redis killed without AOF',
    weight: 1,
    run: (victims) => lie(victims, 'redis killed without AOF', null, lose),
  },
  // What it takes from nodes without their noticing, they put back within a minute.
  { name: 'redis evicting', weight: 1, least: 240, run: (victims) => lie(victims, 'redis evicting', null, evict) },
];

/** The last of them: after the others, all begins anew anyhow, and nobody could see whether it is said what is gone. */
export const lastLie: Kind = { name: 'redis rolled back', weight: 1, run: rollBack };

async function lie(
  { world }: Victims,
  what: string,
  keeps: number | null,
  forget: (world: World) => Promise<string>,
): Promise<string> {
  return concerningAll(
    world,
    async () => {
      world.ledger.note({ fact: 'lie', what, keeps });
      try {
        return await forget(world);
      } finally {
        world.ledger.note({ fact: 'truth', what });
      }
    },
    returnTime,
  );
}

async function empty({ store }: World): Promise<string> {
  return String(await store.ask('FLUSHALL'));
}

async function lose({ store }: World): Promise<string> {
  await store.kill();
  store.wipe();
  await store.start();
  return 'all of it';
}

/** As a replica is that takes over, and had not got all of it. */
async function rollBack(victims: Victims): Promise<string> {
  const { world, dice } = victims;
  const { store } = world;
  const keeps = now();
  store.copy();
  const ms = dice.between(200, 1_500);
  await pause(ms);
  return lie(victims, 'redis rolled back', keeps, async () => {
    await store.kill();
    store.rollBack();
    await store.start();
    return `by ${ms} ms`;
  });
}

/** A setup that the engine warns of: where memory is short, anything may go. About half of it does. */
async function evict({ store }: World): Promise<string> {
  const size = Number(await store.ask('DBSIZE'));
  await store.set('maxmemory-policy', 'allkeys-random');
  let evicted = 0;
  const until = performance.now() + 5_000;
  const before = await fact(store, 'evicted_keys');
  while (evicted < size / 2 && performance.now() < until) {
    await store.set('maxmemory', String(Math.round((await fact(store, 'used_memory')) * 0.97)));
    await pause(100);
    evicted = (await fact(store, 'evicted_keys')) - before;
  }
  await store.set('maxmemory', '0');
  await store.set('maxmemory-policy', 'noeviction');
  return `${evicted} of ${size} keys`;
}

async function fact(store: World['store'], name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(String(await store.ask('INFO')))?.[1]);
}
