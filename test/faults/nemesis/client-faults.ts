import type { Ways } from '../network/ways.js';
import { pause } from '../pause.js';
import { resumeWindow } from '../settings.js';
import type { Kind, Victims } from './kind.js';
import { stallReaders } from './stalled-readers.js';
import { flapping, networkFaults } from './way-faults.js';

/** To clients, and to their ways to all nodes. No node is concerned by that, nor is anybody else. */
export const clientFaults: readonly Kind[] = [
  { name: 'clients cut', weight: 6, run: (victims) => cut(victims) },
  ...Object.entries(networkFaults).map(([name, harm]) => ({
    name: `clients ${name === 'cut' ? 'cut for a while' : name}`,
    weight: 2,
    run: async (victims: Victims) => {
      const { dice } = victims;
      const chosen = some(victims, 25);
      const ms = dice.between(1_000, 4_000);
      for (const ways of chosen) ways.all((proxy) => harm(proxy, dice));
      await pause(ms);
      for (const ways of chosen) ways.all((proxy) => proxy.mend());
      return chosen.length === 0 ? '' : `${chosen.length} for ${ms} ms`;
    },
  })),
  { name: 'clients flapping', weight: 2, run: flap },
  { name: 'clients half open', weight: 2, run: halfOpen },
  { name: 'clients cut between send and sent', weight: 4, run: cutBeforeAnswer },
  { name: 'all clients reconnecting at once', weight: 1, run: cutAll },
  { name: 'readers stalled', weight: 1, run: stallReaders },
];

/** Some clients find no way for so long that their sessions are over: some of those who are logged in, and some guests. */
export async function banish({ crowd }: Victims): Promise<string> {
  const chosen = crowd.ways.slice(0, 8);
  for (const ways of chosen) ways.all((proxy) => proxy.cut());
  await pause(resumeWindow + 5_000);
  for (const ways of chosen) ways.all((proxy) => proxy.mend());
  return `${chosen.length} of ${crowd.ways.length}`;
}

/** Of those whom nothing else is done to for long; one of them at least. */
function some({ dice, crowd }: Victims, percent: number): readonly Ways[] {
  const free = crowd.ways.slice(8);
  const chosen = free.filter(() => dice.chance(percent));
  return chosen.length > 0 ? chosen : [dice.pick(free)!];
}

async function cut(victims: Victims): Promise<string> {
  const chosen = some(victims, victims.dice.pick([5, 15, 50]));
  for (const ways of chosen) ways.all((proxy) => proxy.break());
  return String(chosen.length);
}

async function flap(victims: Victims): Promise<string> {
  const chosen = some(victims, 25);
  const times = victims.dice.between(3, 8);
  await flapping(
    chosen.flatMap(({ proxies }) => proxies),
    victims.dice,
    times,
  );
  return `${chosen.length}, ${times} times`;
}

/** Either the client or the server is not told that the other one is gone: in the end each has to find out by itself. */
async function halfOpen(victims: Victims): Promise<string> {
  const { dice } = victims;
  const gone = dice.pick(['client', 'server'] as const);
  const chosen = some(victims, 30);
  let count = 0;
  for (const ways of chosen) ways.all((proxy) => void (count += proxy.halfOpen(gone)));
  await pause(dice.between(3_000, 8_000));
  return count === 0 ? '' : `${count} connections, without the ${gone}`;
}

async function cutBeforeAnswer(victims: Victims): Promise<string> {
  let count = 0;
  for (const ways of some(victims, 50)) ways.all((proxy) => void (count += proxy.cutBeforeAnswer()));
  await pause(300);
  return count === 0 ? '' : `${count} connections`;
}

/** Those in the hall too: as when a balancer is restarted. */
async function cutAll({ crowd }: Victims): Promise<string> {
  const all = [...crowd.ways.slice(8), crowd.hallWays];
  for (const ways of all) ways.all((proxy) => proxy.break());
  return `${crowd.people.length - 8} of them`;
}
