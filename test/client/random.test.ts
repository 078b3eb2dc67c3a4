import type { ChatHub, Message } from 'chathub';
import { expect, test } from 'vitest';
import { run, wide } from './run.js';

const seed = Number(process.env.CHATHUB_SEED ?? 1);

/** What a busy machine may need. */
const timeout = 60_000;

// A run that met too little of what it is about proves nothing: it fails.

test(`over 500 cuts, each message is stored once, and told once and in order (CHATHUB_SEED=${seed})`, {
  timeout,
}, async () => {
  const { hub, stored, faults, cuts, did, wire, outcomes, told } = await run({
    seed,
    cuts: 500,
    // Hardly anything comes with a welcome: most of what was missed follows it, behind the first repeats.
    limits: { ...wide, recoverBytes: 1 },
  });
  expect(faults.slice(0, 10)).toEqual([]);
  // Nothing was left out, and nobody is in doubt.
  expect(Object.keys(told)).toEqual(['message']);
  expect(Object.keys(outcomes).sort()).toEqual(['FORBIDDEN', 'STORED']);
  for (const [room, log] of stored) expect(await logOf(hub, room)).toEqual([...log.values()]);
  expect(cuts).toBeGreaterThanOrEqual(500);
  expect(Math.min(...Object.values(did))).toBeGreaterThanOrEqual(20);
  expect(outcomes.STORED).toBeGreaterThanOrEqual(1_000);
  expect(outcomes.FORBIDDEN).toBeGreaterThanOrEqual(20);
  expect(wire.resumed).toBeGreaterThanOrEqual(20);
  expect(wire.catchUps).toBeGreaterThanOrEqual(20);
  expect(wire.duplicates).toBeGreaterThanOrEqual(15);
});

test(`guests whose sessions end meanwhile are told of every hole (CHATHUB_SEED=${seed})`, { timeout }, async () => {
  const { faults, wire, outcomes, told } = await run({
    seed,
    cuts: 150,
    limits: { ...wide, history: 50, resumeWindow: 50 },
    retryDelay: 150,
    looksBack: true,
  });
  expect(faults.slice(0, 10)).toEqual([]);
  expect(wire.fresh).toBeGreaterThanOrEqual(12);
  expect(wire.resumed).toBeGreaterThanOrEqual(20);
  expect(outcomes.TIMEOUT).toBeGreaterThanOrEqual(10);
  expect(told.gap).toBeGreaterThanOrEqual(3);
});

test(`users whose sessions end meanwhile lose nothing, and repeat nothing (CHATHUB_SEED=${seed})`, {
  timeout,
}, async () => {
  const { faults, wire, outcomes, told } = await run({
    seed,
    cuts: 150,
    limits: { ...wide, resumeWindow: 30, recoverBytes: 300 },
    retryDelay: 80,
    users: true,
  });
  expect(faults.slice(0, 10)).toEqual([]);
  expect(Object.keys(told)).toEqual(['message']);
  // The next session is of the same user: its keys still say what was stored.
  expect(Object.keys(outcomes).sort()).toEqual(['FORBIDDEN', 'STORED']);
  expect(wire.fresh).toBeGreaterThanOrEqual(12);
  expect(wire.resumed).toBeGreaterThanOrEqual(20);
  expect(wire.duplicates).toBeGreaterThanOrEqual(1);
});

/** All that the hub has of a room. */
async function logOf(hub: Pick<ChatHub, 'room'>, room: string): Promise<Message[]> {
  const log: Message[] = [];
  for (;;) {
    const page = await hub.room(room).history({ after: log.at(-1)?.offset ?? 0, limit: 200 });
    if (page.length === 0) return log;
    log.push(...page);
  }
}
