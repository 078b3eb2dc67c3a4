import { ChatHub, type HubOptions, type Message } from 'chathub';
import { webSocket } from 'chathub/websocket';
import { onTestFinished } from 'vitest';
import { Dice } from '../hub/model/dice.js';
import { Guest, nothing } from './crowd.js';
import { checkSaid, checkTold, storedOf } from './oracle.js';
import { BadNetwork } from './proxy.js';

const infinity = Number.POSITIVE_INFINITY;
const roomNames = ['lobby', 'den', 'hall'] as const;

/** Limits without which nothing is trimmed, and nobody is too fast or too slow. */
export const wide = {
  ...{ sendsPerSecond: infinity, sendBurst: infinity, commandsPerSecond: infinity, commandBurst: infinity },
  ...{ history: infinity, recover: infinity, outboxBytes: 16_777_216 },
};

/** One run of six clients over a bad network. */
export interface Plan {
  readonly seed: number;
  readonly cuts: number;
  readonly limits: NonNullable<HubOptions<{ id: string }>['limits']>;
  readonly retryDelay?: number;
  /** Clients log in, each as a user of its own. */
  readonly users?: boolean;
  /** Clients ask for history now and then in rooms that they are in. */
  readonly looksBack?: boolean;
}

/** Lets clients talk until the network is through with its cuts; `faults` says everything that was not as it should be. */
export async function run({ seed, cuts, limits, retryDelay = 4, users = false, looksBack = false }: Plan) {
  const dice = new Dice(seed);
  const faults: string[] = [];
  const wire = nothing();
  const { hub, address } = await host(limits, faults);
  const stored = storedOf(hub, faults);
  const proxy = new BadNetwork(address, dice);
  onTestFinished(() => proxy.close());
  const url = await proxy.open();
  const guests = ['ann', 'bob', 'cat', 'dan', 'eve', 'fay'].map(
    (name) => new Guest(url, name, wire, { retryDelay, token: users ? `user-${name}` : undefined }),
  );
  // Half of them are in all rooms, each of the others in two.
  for (const [index, guest] of guests.entries())
    for (const [n, name] of roomNames.entries()) if (n !== index) await guest.enter(name);

  const stop = new AbortController();
  const talking = guests.map((guest) => guest.talk(dice, stop.signal, looksBack));
  await proxy.harm(cuts);
  stop.abort();
  await Promise.all(talking);
  for (const name of roomNames) {
    // The hub tells no event of what it says itself.
    const last: Message = await hub.room(name).send('the end');
    stored.get(name)?.set(last.offset, last);
  }
  await Promise.all(guests.map((guest) => guest.heard('the end')));
  for (const guest of guests) faults.push(...checkTold(guest, stored), ...checkSaid(guest, stored));
  return { hub, stored, wire, faults, cuts: proxy.cuts, did: proxy.did, ...tallies(guests) };
}

/** A hub that refuses what is forbidden. */
async function host(limits: Plan['limits'], faults: string[]) {
  const hub = new ChatHub({
    limits,
    policies: {
      authenticate: ({ token }) => (token === undefined ? null : { id: token }),
      send: ({ message }) => (message.text.includes('forbidden') ? null : message),
    },
  });
  hub.on('error', ({ error, stage }) => faults.push(`${stage}: ${String(error)}`));
  const transport = webSocket({ port: 0 });
  await hub.listen(transport);
  onTestFinished(() => hub.close({ signal: AbortSignal.abort() }));
  return { hub, address: String(transport.addresses[0]) };
}

function tallies(guests: readonly Guest[]) {
  const outcomes = guests.flatMap(({ said }) =>
    said.map(({ outcome }) => ('code' in outcome ? outcome.code : 'STORED')),
  );
  const told = guests.flatMap((guest) => [...guest.told.values()].flat().map(({ type }) => type));
  return { outcomes: tally(outcomes), told: tally(told) };
}

function tally<Word extends string>(words: readonly Word[]): { readonly [word in Word]?: number } {
  const counts: { [word in Word]?: number } = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
