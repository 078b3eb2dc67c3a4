import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Dice } from '../hub/model/dice.js';
import { Ledger } from './checker/ledger.js';
import { Archivist } from './clients/archivist.js';
import { Crowd } from './clients/crowd.js';
import { type Encountered, tooLittle } from './guard.js';
import { type Judged, judge, unjudged } from './judge.js';
import { expectedOf, Nemesis, type Plan } from './nemesis/nemesis.js';
import { ownSources } from './world/build.js';
import { World } from './world/world.js';

/** What is run. */
export interface RunOptions extends Plan {
  readonly seed: number;
  /** Of the package, from which the nodes are made; default: those that are here. */
  readonly sources?: string;
  /** It is over as soon as something is found to be wrong. */
  readonly stopsAtFirst?: boolean;
  onViolation?(line: string): void;
}

/** What a run met, and what was wrong. */
export interface FaultReport extends Encountered, Judged {
  readonly seed: number;
  readonly seconds: number;
  readonly violations: readonly string[];
  /** Faults that can't be had here, and why. */
  readonly left: readonly string[];
  /** What it met too little of to prove anything. */
  readonly missing: readonly string[];
  /** For the logs of what was done, said and told. */
  readonly folder: string;
}

/** Many clients on three nodes over one Redis, while things break: and what is wrong then. */
export async function runFaults(options: RunOptions): Promise<FaultReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chathub-faults-'));
  const stopping = new AbortController();
  const ledger = new Ledger(folder, (line) => {
    options.onViolation?.(line);
    if (options.stopsAtFirst) stopping.abort();
  });
  const world = await World.create(folder, ledger, options.sources ?? ownSources);
  const crowd = await Crowd.create(world, options.seed);
  const archivist = new Archivist(world.store.redis.port, crowd.logs, ledger);
  try {
    await crowd.enter();
    const done = await suffer(world, crowd, options, stopping.signal);
    const judged = stopping.signal.aborted ? unjudged : await judge(world, crowd, archivist);
    ledger.end();
    const { seed, seconds } = options;
    const { met: expected, left } = expectedOf(world, seconds);
    const met = { met: crowd.met, done, expected, checker: ledger.checker };
    const { violations } = ledger.checker;
    return { seed, seconds, folder, ...met, ...judged, violations, left, missing: tooLittle(met) };
  } finally {
    await archivist.close();
    await crowd.close();
    await world.close();
    ledger.close();
  }
}

/** Keeps the logs of a run that went wrong, and tells where. */
export function keepOrForget({ folder, violations, missing }: FaultReport): string {
  if (violations.length + missing.length === 0) {
    rmSync(folder, { recursive: true });
    return '';
  }
  writeFileSync(path.join(folder, 'violations.log'), [...violations, ...missing, ''].join('\n'));
  return folder;
}

/** They talk, and it breaks. Resolves when all is whole and quiet again, with what was done. */
async function suffer(world: World, crowd: Crowd, options: RunOptions, stopped: AbortSignal) {
  const hushed = new AbortController();
  const talking = crowd.talk(hushed.signal);
  const nemesis = new Nemesis({ world, crowd, dice: new Dice(options.seed) }, options, stopped);
  await nemesis.run();
  hushed.abort();
  await talking;
  return nemesis.counts;
}
