import { now } from './checker/facts.js';
import type { Archivist } from './clients/archivist.js';
import type { Crowd } from './clients/crowd.js';
import { Inspector } from './clients/inspector.js';
import { presenceDifferences, settles } from './clients/truth.js';
import { talkRooms } from './settings.js';
import type { World } from './world/world.js';

/** How long presence may differ from the truth once all is whole. */
const presenceTime = 20_000;

/** The same where the store lied so shortly before: sessions that it forgot while their node was away last as long as any. */
const presenceAfterLies = 55_000;
const shortly = 60_000;

/** How long all may take to be back and to know what became of what they said; and then to be told all of it. */
const settleTime = 30_000;

/** How it was in the end. */
export interface Judged {
  /** Entries that were seen in Redis. */
  readonly stored: number;
  /** Of telnet. */
  readonly lines: number;
  /** Milliseconds after which all were back, had been told all, and presence was true. */
  readonly settled: number;
  readonly told: number;
  readonly present: number;
}

export const unjudged: Judged = { stored: 0, lines: 0, settled: 0, told: 0, present: 0 };

/** All is whole again, and nobody says anything any more: now all is to be as it should. */
export async function judge(world: World, crowd: Crowd, archivist: Archivist): Promise<Judged> {
  const { ledger, nodes } = world;
  const inspectors = nodes.map((node) => new Inspector(node));
  const patience = now() - ledger.checker.lied < shortly ? presenceAfterLies : presenceTime;
  const [presence, settled] = await Promise.all([
    settles(patience, () => presenceDifferences(inspectors, crowd.people)),
    settles(settleTime, () => crowd.unsettled()),
  ]);
  for (const left of presence.left) ledger.note({ fact: 'presence', ...left });
  for (const what of settled.left) ledger.note({ fact: 'odd', who: 'in the end', what });
  const stands = [...(await archivist.settled())];
  const { holes } = ledger.checker;
  const told = await settles(settleTime, () => stands.flatMap(([room, stand]) => holes.behind(room, stand)));
  for (const inspector of inspectors) {
    await comparePast(world, inspector, archivist);
    inspector.close();
  }
  for (const { name, serious } of nodes)
    for (const what of serious) ledger.note({ fact: 'odd', who: `node ${name}`, what });
  const lines = crowd.readers.reduce((sum, reader) => sum + reader.lines, 0);
  return {
    ...{ stored: archivist.count, lines },
    ...{ settled: settled.after, told: told.after, present: presence.after },
  };
}

/** What a node tells of a room's past is what is stored. */
async function comparePast({ ledger }: World, inspector: Inspector, archivist: Archivist): Promise<void> {
  const { name: asked } = inspector.node;
  for (const room of talkRooms) {
    const [told, kept] = [await inspector.history(room), await archivist.kept(room)];
    const at = kept.findIndex((id, index) => told[index]?.id !== id);
    if (at < 0 && told.length === kept.length) continue;
    const what = `${told.length} messages, ${kept.length} are kept, the first other one at ${at}`;
    ledger.note({ fact: 'past', asked, room, what });
  }
}
