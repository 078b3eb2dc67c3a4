import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Dice } from '../../hub/model/dice.js';
import { Crowd, roomNames } from './crowd.js';
import { tooLittle } from './guards.js';
import { Inspector } from './inspector.js';
import { Nemesis } from './nemesis.js';
import { checkAll, checkHistory, type Logs, readLogs } from './oracle.js';
import type { Met } from './person.js';
import { presenceDifferences, settles } from './truth.js';
import { World } from './world.js';

/** How long presence may differ from the truth once all is whole. */
const presenceTime = 20_000;

/** How long all may take to be back and to know what became of what they said; and then to hear all of it. */
const settleTime = 30_000;

/** What a run met, and what was wrong. */
export interface ChaosReport {
  readonly seed: number;
  readonly seconds: number;
  readonly met: Met;
  /** How often each fault was done. */
  readonly broken: ReadonlyMap<string, number>;
  readonly stored: number;
  readonly lines: number;
  /** Milliseconds after which all were back, had heard all, and presence was true. */
  readonly settled: number;
  readonly heard: number;
  readonly present: number;
  readonly faults: readonly string[];
  /** What it met too little of to prove anything. */
  readonly missing: readonly string[];
  /** What became of all connections, in the order of time. */
  readonly journal: readonly string[];
  /** For the logs of what was done and said. */
  readonly folder: string;
}

/** Thirty clients on three nodes over one Redis, while things break: and what is wrong in the end. */
export async function runChaos(seed: number, seconds: number): Promise<ChaosReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chathub-chaos-'));
  const world = await World.create(folder);
  const crowd = await Crowd.create(world, seed);
  try {
    const run = { seed, seconds, folder, ...(await suffer(world, crowd, new Dice(seed), seconds)) };
    return { ...run, missing: tooLittle(run) };
  } finally {
    await crowd.close();
    await world.close();
  }
}

/** Keeps the logs of a run that went wrong, and tells where. */
export function keepOrForget({ folder, faults, missing, journal }: ChaosReport): string {
  if (faults.length + missing.length === 0) {
    rmSync(folder, { recursive: true });
    return '';
  }
  writeFileSync(path.join(folder, 'faults.log'), [...faults, ...missing, ''].join('\n'));
  writeFileSync(path.join(folder, 'people.log'), [...journal, ''].join('\n'));
  return folder;
}

async function suffer(world: World, crowd: Crowd, dice: Dice, seconds: number) {
  await crowd.enter();
  const hushed = new AbortController();
  const talking = crowd.talk(hushed.signal);
  const nemesis = new Nemesis({ world, dice, ways: crowd.ways });
  await nemesis.run(seconds);
  hushed.abort();
  await talking;
  const { faults, ...judged } = await judge(world, crowd);
  const journal = crowd.people.flatMap((person) => person.journal).sort();
  return { met: crowd.met, broken: nemesis.counts, ...judged, faults: [...nemesis.faults, ...faults], journal };
}

/** All is whole again. */
async function judge(world: World, crowd: Crowd) {
  const { people, readers } = crowd;
  const inspectors = new Map(world.nodes.map((node) => [node.name, new Inspector(node)] as const));
  const [presence, settled] = await Promise.all([
    settles(presenceTime, () => presenceDifferences(inspectors, people, roomNames)),
    settles(settleTime, () => crowd.unsettled()),
  ]);
  const logs = await readLogs(world.redis.url, roomNames);
  const heard = await settles(settleTime, () => unheard(crowd, logs));
  const faults = [
    ...presence.left.map((left) => `presence: ${left}`),
    ...settled.left.map((left) => `not settled: ${left}`),
    ...people.flatMap((person) => person.faults),
    ...checkAll(logs, people, readers),
    ...world.nodes.flatMap(({ name, serious }) => serious.map((complaint) => `${name}: ${complaint}`)),
  ];
  for (const [node, inspector] of inspectors) {
    for (const [room, log] of logs) faults.push(...checkHistory(node, room, await inspector.history(room), log));
    inspector.close();
  }
  return {
    faults,
    stored: [...logs.values()].reduce((sum, { entries }) => sum + entries.length, 0),
    lines: readers.reduce((sum, { shown }) => sum + shown.split('\n').length - 1, 0),
    settled: settled.after,
    heard: heard.after,
    present: presence.after,
  };
}

/** Who has not heard the last word of a room. */
function unheard({ people }: Crowd, logs: Logs): string[] {
  return people.flatMap(({ name, heard }) =>
    [...heard].flatMap(([room, messages]) => {
      const last = logs.get(room)?.entries.at(-1);
      return messages.at(-1)?.id === last?.id ? [] : [`${name} in ${room}`];
    }),
  );
}
