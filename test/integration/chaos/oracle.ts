import { redis } from 'chathub/redis';
import { resolveLimits } from '../../../src/model/limits.js';
import { systemClock } from '../../../src/ports/clock.js';
import type { MessageLog } from '../../../src/ports/engine.js';
import { checkHeard, checkLines, checkSaid, heardAs, type Log } from '../killed/oracle.js';
import type { Heard } from '../killed/talker.js';
import type { Person } from './person.js';
import type { Reader } from './reader.js';
import { limits } from './settings.js';

export type Logs = ReadonlyMap<string, Log>;

/** All that Redis has of the rooms, through an engine of our own. */
export async function readLogs(url: string, rooms: readonly string[]): Promise<Logs> {
  const context = { node: 'oracle', clock: systemClock, limits: resolveLimits(limits) };
  const engine = await redis({ url }).open({ ...context, onError: (error) => console.error('oracle:', error) });
  try {
    return new Map(await Promise.all(rooms.map(async (room) => [room, await logOf(engine.log, room)] as const)));
  } finally {
    await engine.close();
  }
}

async function logOf(log: MessageLog, room: string): Promise<Log> {
  const entries: Heard[] = [];
  for (;;) {
    const page = await log.read(room, { after: entries.at(-1)?.offset ?? 0, limit: 1_000 });
    entries.push(...page.entries.map(heardAs));
    if (!page.more) return { epoch: page.epoch, entries };
  }
}

/** All that is wrong with what was stored, acknowledged and heard. */
export function checkAll(logs: Logs, people: readonly Person[], readers: readonly Reader[]): string[] {
  return [
    ...[...logs].flatMap(([room, log]) => checkStored(room, log, people)),
    ...people.flatMap((person) => checkSaid(person, logs)),
    ...people.flatMap((person) => checkHeard(person, logs)),
    ...people.flatMap((person) => checkEpochs(person, logs)),
    ...readers.flatMap(({ shown, room }) => checkLines(shown, room, logs.get(room)!).faults),
  ];
}

/** What a node tells of a room's past is what is stored. */
export function checkHistory(node: string, room: string, told: readonly Heard[], { entries }: Log): string[] {
  const at = entries.findIndex(({ id, offset }, index) => told[index]?.id !== id || told[index]?.offset !== offset);
  if (at < 0 && told.length === entries.length) return [];
  return [`${node} tells ${told.length} of the ${entries.length} messages of ${room}; the first other one at ${at}`];
}

/** Offsets without a hole, no message twice, and nothing that nobody said there. */
function checkStored(room: string, { entries }: Log, people: readonly Person[]): string[] {
  const faults: string[] = [];
  const said = new Set(
    people.flatMap((person) => person.said.filter((one) => one.room === room).map(({ text }) => text)),
  );
  const places = new Map<string, number>();
  for (const [index, { offset, id, text }] of entries.entries()) {
    const wrong = (what: string) => faults.push(`${room} ${offset} "${text}" ${what}`);
    if (offset !== index + 1) wrong(`stands at place ${index + 1}`);
    for (const unique of [`id ${id}`, `text ${text}`]) {
      if (places.has(unique)) wrong(`is stored at ${places.get(unique)}, too`);
      places.set(unique, offset);
    }
    if (!said.has(text)) wrong('was said by nobody');
  }
  return faults;
}

function checkEpochs({ name, epochs }: Person, logs: Logs): string[] {
  return [...epochs].flatMap(([room, seen]) => {
    const others = [...seen].filter((epoch) => epoch !== logs.get(room)?.epoch);
    return others.length === 0 ? [] : [`${name} was in other epochs of ${room}: ${others.join(', ')}`];
  });
}
