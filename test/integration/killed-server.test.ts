import { openSqliteFile } from 'chathub/sqlite';
import { expect, test } from 'vitest';
import { Dice } from '../hub/model/dice.js';
import { RawClient } from './clients.js';
import { LibraryTalker } from './killed/library-talker.js';
import { checkHeard, checkLines, checkLog, checkSaid, type Log, logOf } from './killed/oracle.js';
import { ProtocolTalker } from './killed/protocol-talker.js';
import { KilledServer } from './killed/server.js';
import { nothing, type Talker } from './killed/talker.js';
import { Watched } from './watched.js';

const seed = Number(process.env.CRASH_SEED ?? 1);
const roomNames = ['lobby', 'den'];
const kills = 30;

// A run that met too little of what it is about proves nothing: it fails.

test(`over ${kills} kills, each message is stored once, and told once and in order (CRASH_SEED=${seed})`, {
  timeout: 240_000,
}, async () => {
  const began = performance.now();
  const dice = new Dice(seed);
  const server = await KilledServer.create();
  const crowd = new Crowd(server);
  await server.start();
  await crowd.enter();
  const hushed = new AbortController();
  // With dice of their own: how fast they are shall not decide when the server is killed.
  const talking = crowd.talkers.map((talker, index) => talker.talk(new Dice(seed + index + 1), hushed.signal));
  for (let kill = 1; kill <= kills; kill++) {
    await crowd.talks();
    await pause(dice.between(0, 300));
    await server.kill();
    await crowd.scattered();
    // Now and then it is killed again while it starts, or while they come back.
    if (dice.chance(20)) {
      await startAndKill(server, dice);
      await crowd.scattered();
    }
    await server.start();
    crowd.listen();
  }
  await crowd.talks();
  hushed.abort();
  await Promise.all(talking);
  await crowd.ends();
  await server.stop();

  const logs = read(server.file);
  const { faults, lines } = crowd.check(logs);
  const { acks, fresh, resumed, duplicates } = crowd.wire;
  const stored = [...logs.values()].reduce((sum, { entries }) => sum + entries.length, 0);
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  console.log(
    `CRASH_SEED=${seed}: ${acks} acknowledged, ${server.kills} kills, ${resumed} resumed, ${duplicates} duplicates answered, ` +
      `${stored} in the logs, ${lines} lines of telnet, ${faults.length} faults, ${seconds} s`,
  );
  expect(faults.slice(0, 10)).toEqual([]);
  expect(server.complaints).toBe('');
  // Nobody lost a session.
  expect(fresh).toBe(crowd.talkers.length);
  expect(stored).toBe(acks);
  expect(server.kills).toBeGreaterThanOrEqual(kills);
  expect(acks).toBeGreaterThanOrEqual(1_000);
  expect(resumed).toBeGreaterThanOrEqual(20);
  expect(duplicates).toBeGreaterThanOrEqual(5);
  expect(lines).toBeGreaterThanOrEqual(500);
});

/** Eight who talk and one who reads, all of them in the same rooms. */
class Crowd extends Watched {
  readonly wire = nothing();
  readonly talkers: readonly Talker[];
  /** One for each connection. */
  readonly #readers: RawClient[] = [];
  readonly #server: KilledServer;

  constructor(server: KilledServer) {
    super();
    this.#server = server;
    const changed = () => this.changed();
    this.talkers = [
      ...['ann', 'bob', 'cat', 'dan'].map((name) => new LibraryTalker(server.url, name, this.wire, changed)),
      ...['eve', 'fay', 'gus', 'hal'].map((name) => new ProtocolTalker(server.url, name, this.wire, changed)),
    ];
  }

  async enter(): Promise<void> {
    await Promise.all(this.talkers.map((talker) => talker.enter(roomNames)));
    this.listen();
  }

  /** Somebody comes by telnet, and reads. */
  listen(): void {
    this.#readers.push(new RawClient(this.#server.tcp));
  }

  /** Resolves when everybody is there, and was told that something was stored since. */
  async talks(): Promise<void> {
    await this.#until('all to be there', ({ online }) => online);
    for (const talker of this.talkers) talker.acked = 0;
    await this.#until('all to be answered', ({ acked }) => acked > 0);
  }

  /** Resolves when nobody has a connection. */
  async scattered(): Promise<void> {
    await this.#until('all to be gone', ({ online }) => !online);
  }

  /** The last word is said, and everybody has heard it. */
  async ends(): Promise<void> {
    const [first] = this.talkers;
    for (const room of roomNames) await first?.say(room, `${first.name} ${first.said.length + 1}`);
    const words = first?.said.slice(-roomNames.length).map(({ text }) => text) ?? [];
    await this.#until('all to hear the last word', ({ last }) => words.every((word) => last.includes(word)));
    for (const talker of this.talkers) talker.close();
  }

  check(logs: ReadonlyMap<string, Log>): { readonly faults: readonly string[]; readonly lines: number } {
    const shown = this.#readers.map(({ stdout }) => checkLines(stdout, 'lobby', logs.get('lobby')!));
    const faults = [
      ...[...logs].flatMap(([room, log]) => checkLog(room, log, this.talkers)),
      ...this.talkers.flatMap((talker) => checkSaid(talker, logs)),
      ...this.talkers.flatMap((talker) => checkHeard(talker, logs)),
      ...this.talkers.flatMap((talker) => talker.faults),
      ...shown.flatMap((reader) => reader.faults),
    ];
    return { faults, lines: shown.reduce((sum, { lines }) => sum + lines, 0) };
  }

  protected override describe(): string {
    const each = this.talkers.map(({ name, online, acked, faults }) => ({
      name,
      online,
      acked,
      faults: faults.slice(0, 5),
    }));
    return `${JSON.stringify(each)} ${this.#server.complaints}`;
  }

  async #until(what: string, holds: (talker: Talker) => boolean): Promise<void> {
    await this.until(what, () => {
      if (this.talkers.some(({ gaveUp }) => gaveUp)) throw new Error(`Somebody gave up. ${this.describe()}`);
      return this.talkers.every(holds) || undefined;
    });
  }
}

/** At any moment: before it has opened its file, or after somebody was greeted again. */
async function startAndKill(server: KilledServer, dice: Dice): Promise<void> {
  if (dice.chance(50)) {
    server.spawn();
    await pause(dice.between(300, 700));
  } else {
    await server.start();
    await pause(dice.between(0, 60));
  }
  await server.kill();
}

function read(path: string): ReadonlyMap<string, Log> {
  using file = openSqliteFile({ path });
  return new Map(roomNames.map((room) => [room, logOf(file, room)]));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
