import type { Crowd } from '../clients/crowd.js';
import { Inspector } from '../clients/inspector.js';
import type { Self } from '../clients/person.js';
import type { Reader } from '../clients/reader.js';
import { settles } from '../clients/truth.js';
import { pause } from '../pause.js';
import { talkRooms } from '../settings.js';
import type { FaultyNode } from '../world/node.js';
import type { World } from '../world/world.js';
import { restTime, type Victims } from './kind.js';

/** After so long nobody may be said to be there who went down with a node; and what a busy machine takes to tell us so. */
const leaveTime = 20_000;
const slack = 1_500;

/** Until nodes are open again after Redis was away. */
const openTime = 2_000;

/** How long somebody may take to be seen. */
const patience = 10_000;

/**
 * One node is killed and stays away, another one is frozen: for so long that others declare both dead. Redis is to be left alone meanwhile, and
 * the ways to it: after an interruption nobody is declared dead for some time. Says which nodes.
 *
 * @param ms - for how long the one is frozen; more than 25 s
 */
export async function crash({ world, crowd, dice }: Victims, ms: number): Promise<string> {
  // The one with few file descriptors is not left alone with everybody.
  const small = world.nodes.find(({ lot }) => lot.files !== undefined)!;
  const other = dice.pick(world.nodes.filter((node) => node !== small))!;
  const [killed, frozen] = dice.chance(50) ? ([small, other] as const) : ([other, small] as const);
  const left = world.nodes.find((node) => node !== killed && node !== frozen)!;
  const inspector = new Inspector(left);
  // Redis may just have come back: whoever is refused at the door does not come again.
  await pause(openTime);
  const readers = [killed, frozen, killed, frozen].map((node) => crowd.readAt(node, dice.pick(talkRooms)!));
  try {
    await mustBeSeen(inspector, readers);
    await world.concerns.during([killed, frozen], restTime, async () => {
      frozen.freeze();
      await killed.kill();
      const crashed = performance.now();
      await pause(leaveTime);
      await tellOfGhosts(world, crowd, inspector, readers, crashed);
      await killed.start();
      await pause(Math.max(0, crashed + ms - performance.now()));
      frozen.thaw();
    });
    const gone = (await world.store.ask('ZRANGE', 'chathub:{presence}:gone', '0', '-1')) as readonly string[];
    if (!gone.some((lease) => lease.startsWith(`${frozen.id}#`)))
      throw new Error(`${frozen.name} was not declared dead`);
  } finally {
    frozen.thaw();
    inspector.close();
    for (const reader of readers) reader.close();
  }
  return `${killed.name} killed, ${frozen.name} frozen for ${ms} ms`;
}

/** That they are gone later shall mean something. */
async function mustBeSeen(inspector: Inspector, readers: readonly Reader[]): Promise<void> {
  const { left } = await settles(patience, async () => {
    const lists = await Promise.all(readers.map(({ room }) => inspector.members(room)));
    return readers.filter(({ name }, index) => !has(lists[index]!, name));
  });
  if (left.length > 0) throw new Error(`${left.length} readers were not seen in their rooms`);
}

/** Who went down with a node is there to nobody any more: as the node that is left says, and as those at it were told. */
async function tellOfGhosts(
  { ledger }: World,
  crowd: Crowd,
  inspector: Inspector,
  readers: readonly Reader[],
  crashed: number,
): Promise<void> {
  const { node } = inspector;
  const { left } = await settles(slack, async () => {
    const lists = await Promise.all(readers.map(({ room }) => inspector.members(room)));
    return readers.flatMap(({ room, name: who = '' }, index) => [
      ...(has(lists[index]!, who) ? [{ asked: node.name, room, who }] : []),
      ...toldOf(crowd, node, room, who),
    ]);
  });
  for (const ghost of left) ledger.note({ fact: 'ghost', ...ghost, after: performance.now() - crashed });
}

function toldOf({ talkers }: Crowd, { number }: FaultyNode, room: string, who: string) {
  const members = talkers.filter(({ at, role }) => at === number && role.rooms.includes(room));
  return members.filter((person) => has(person.people(room), who)).map(({ name: asked }) => ({ asked, room, who }));
}

function has(list: readonly Self[], who: string | undefined): boolean {
  return who !== undefined && list.some(({ name }) => name === who);
}
