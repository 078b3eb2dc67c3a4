import { ChatHub, type Entry, json, memory, type Topic } from 'chathub';
import {
  type EngineFaults,
  type FaultyEngine,
  faultyEngine,
  type MemoryPeer,
  type MemoryTransport,
  memoryTransport,
  type VirtualClock,
  virtualClock,
} from 'chathub/testing';
import { Dice } from '../model/dice.js';
import { atOnce } from '../model/pace.js';
import { type EngineTap, TappedEngine } from '../model/tapped-engine.js';
import { byToken } from '../set-up.js';
import { Person } from './person.js';

const rooms = ['lobby', 'music', 'games'] as const;

const deaf = new Proxy({} as EngineTap, { get: () => () => undefined });

/** Twenty people on two nodes over one store, to which each node has a faulty way of its own. */
export class Village {
  readonly clock: VirtualClock = virtualClock();
  readonly engines: readonly FaultyEngine[];
  readonly hubs: readonly ChatHub[];
  readonly people: readonly Person[];
  readonly counts = new Map<string, number>();
  failure: string | undefined;
  readonly #transports: readonly MemoryTransport[];
  readonly #store = new TappedEngine(memory(), deaf, () => atOnce);
  /** By epoch and offset: one order for all. */
  readonly #order = new Map<string, string>();
  readonly #dice: Dice;
  readonly #trace: string[] = [];

  constructor(seed: number, faults: EngineFaults) {
    this.#dice = new Dice(seed);
    this.engines = [1, 2].map((node) => faultyEngine(this.#store, { seed: 10 * seed + node, faults }));
    this.#transports = this.engines.map(() => memoryTransport({ protocol: json() }));
    const off = Number.POSITIVE_INFINITY;
    const limits = {
      sendsPerSecond: off,
      commandsPerSecond: off,
      connectsPerMinute: off,
      history: 100_000,
      recover: 1_000,
    };
    const { clock } = this;
    this.hubs = this.engines.map((engine) => {
      const hub = new ChatHub({ clock, engine, limits, lastingMembership: false, policies: { authenticate: byToken } });
      return hub.on('error', ({ error, stage }) => this.#reported(error, stage));
    });
    // Four users with two sessions each, and twelve guests.
    this.people = Array.from({ length: 20 }, (_, index) => {
      const token = index < 8 ? `user${index >> 1}` : undefined;
      return new Person(this, `p${index}`, token);
    });
  }

  /** An engine that can't be opened is tried again. */
  async open(): Promise<void> {
    for (const [node, hub] of this.hubs.entries()) {
      let listens = false;
      while (!listens) {
        listens = await this.#soon(hub.listen(this.#transports[node]!)).then(
          () => true,
          () => false,
        );
      }
    }
  }

  connect(): MemoryPeer {
    return this.#dice.pick(this.#transports)!.connect();
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  note(line: () => string): void {
    this.#trace.push(`${this.clock.monotonic()} ${line()}`);
    if (process.env.CHATHUB_FAULT_TRACE !== undefined) console.log(this.#trace.at(-1));
    if (this.#trace.length > 400) this.#trace.splice(0, 200);
  }

  fail(what: string): void {
    this.failure ??= `${what}\n${this.#trace.slice(-30).join('\n')}`;
  }

  /** Somebody was shown an entry: the same stands there for everybody. */
  saw(epoch: string, { offset, id }: Pick<Entry, 'offset' | 'id'>): void {
    const place = `${epoch}/${offset}`;
    const known = this.#order.get(place);
    if (known !== undefined && known !== id) this.fail(`${place} is ${known} for one, and ${id} for another`);
    this.#order.set(place, id);
  }

  /** One of them does something, and some time goes by. */
  async act(): Promise<void> {
    const dice = this.#dice;
    const person = dice.pick(this.people)!;
    const room = dice.pick(rooms);
    dice.weighted<() => void>([
      [60, () => person.say(room)],
      [12, () => person.join(room)],
      [4, () => person.leave(room)],
      [4, () => person.signal(room)],
      [2, () => person.setTopic(room)],
      [3, () => person.history(room)],
      [2, () => person.cut()],
      [15, () => person.attend()],
    ])();
    const how = dice.next();
    if (how > 0.995) await this.clock.advance(dice.between(1_000, 8_000));
    else if (how > 0.6) await this.clock.advance(dice.between(0, 60));
    if (how > 0.9) for (const each of this.people) each.attend();
  }

  /** Nothing goes wrong any more, until everybody has what it wanted. */
  async becomeQuiet(): Promise<void> {
    for (const engine of this.engines) engine.inject();
    for (let tries = 0; tries < 60 && this.failure === undefined; tries++) {
      await this.clock.advance(1_000);
      for (const person of this.people) person.attend();
      if (tries > 40 && this.people.every(({ quiet }) => quiet)) return;
    }
    const restless = this.people.filter(({ quiet }) => !quiet).map(({ state }) => state);
    this.fail(`never quiet: ${restless.join('; ')}`);
  }

  /** What everybody was told is so, and what was acknowledged is there. */
  async compare(): Promise<void> {
    const { log, presence, state } = this.#store.direct;
    for (const room of rooms) {
      const { entries, head, epoch } = await log.read(room, { after: 0, limit: 1_000_000 });
      const { members } = await presence.list(room);
      const names = members.map(({ name }) => name).sort();
      const topic = (await state.get(room, 'topic')) as Topic | undefined;
      for (const person of this.people) {
        const view = person.views.get(room);
        if (view === undefined) continue;
        if (view.epoch !== epoch || view.offset !== head)
          this.fail(`${room}: ${view.offset} of ${head}: ${person.state}`);
        if (view.topic !== (topic?.text ?? ''))
          this.fail(`${room}: topic ${view.topic}, not ${topic?.text}: ${person.state}`);
        if (view.names.join() !== names.join())
          this.fail(`${room}: ${view.names} instead of ${names}: ${person.state}`);
      }
      await this.#compareStays(room);
      this.#compareSaid(room, entries);
    }
  }

  /** Everybody goes, and the hubs close. */
  async close(): Promise<void> {
    await this.#soon(Promise.all(this.hubs.map((hub) => hub.close())));
    const open = Object.entries(this.#store.handles).filter(([, count]) => count > 0);
    if (open.length > 0) this.fail(`left open: ${open}`);
    if (this.clock.pending > 0) this.fail(`${this.clock.pending} timers left`);
  }

  async #compareStays(room: string): Promise<void> {
    const { presence } = this.#store.direct;
    for (const { member = '', views, state } of this.people) {
      const session = await presence.find(member);
      if (session?.rooms.includes(room) !== views.has(room)) this.fail(`${room}: ${session?.rooms} ${state}`);
    }
  }

  #compareSaid(room: string, entries: readonly Entry[]): void {
    const stored = new Map<string, Entry[]>();
    for (const entry of entries) {
      const key = entry.key ?? '';
      const all = stored.get(key);
      if (all === undefined) stored.set(key, [entry]);
      else all.push(entry);
    }
    for (const said of this.people.flatMap((person) => person.said)) {
      if (said.room !== room) continue;
      const copies = stored.get(said.key) ?? [];
      if (copies.length > 1) this.fail(`${said.key} was stored ${copies.length} times`);
      const { acknowledged } = said;
      if (acknowledged === undefined) this.count(copies.length > 0 ? 'unacknowledged.stored' : 'unacknowledged.not');
      else if (copies[0]?.offset !== acknowledged.offset) this.fail(`${said.key} was acknowledged, and is not there`);
    }
  }

  #reported(error: unknown, stage: string): void {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    this.count(`reported.${stage}.${code}`);
    if (code !== 'ENGINE_UNAVAILABLE')
      this.fail(`reported at ${stage}: ${error instanceof Error ? error.stack : error}`);
  }

  /** Lets time go by until it is done. */
  async #soon<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const end = () => void (done = true);
    work.then(end, end);
    await this.clock.advance(100);
    for (let waited = 0; !done && waited < 120; waited++) await this.clock.advance(500);
    if (!done) throw new Error('It takes more than a minute');
    return work;
  }
}
