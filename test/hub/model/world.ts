import { ChatHub, type Engine, type Limits, type Member, type Message, memory, type Protocol } from 'chathub';
import {
  type EngineFaults,
  faultyEngine,
  type InjectedFaults,
  type MemoryTransport,
  memoryTransport,
  objectProtocol,
  type VirtualClock,
  virtualClock,
} from 'chathub/testing';
import { Client, type ClientKind, type KnownSession } from './client.js';
import { Dice } from './dice.js';
import { Model } from './model.js';
import { atOnce, behindASocket } from './pace.js';
import { LatePolicies, type TestUser } from './policies.js';
import { TappedEngine } from './tapped-engine.js';

/** One kind of run. */
export interface Profile {
  readonly name: string;
  readonly limits: Partial<Limits>;
  /** Whether rates hold. */
  readonly limited: boolean;
  /** Whether the engine takes its time. */
  readonly slow: boolean;
  /** What goes wrong between the hub and the engine; nothing by default. */
  readonly faults?: EngineFaults;
  /** What is behind it all; memory by default. It keeps what the limits say. */
  engine?(limits: Partial<Limits>): Engine;
}

/** A moment, and what the clock said. */
export interface Since {
  readonly moment: number;
  readonly at: number;
}

/** One stay of a session in a room, as the hub's events tell it. */
export interface Stay {
  readonly member: string;
  readonly room: string;
  readonly since: number;
  over: boolean;
}

/** A session, as the hub's events tell it. */
export interface LiveMember {
  readonly handle: Member<TestUser>;
  readonly rooms: Map<string, Stay>;
  readonly leftAt: Map<string, number>;
}

/** Somebody who listens to a room. */
export interface Ear {
  readonly room: string;
  readonly heard: Message[];
  readonly listener: (event: { readonly message: Message }) => void;
  on: boolean;
}

/** The hub under test, the naive model, and the clients. */
export class World {
  readonly dice: Dice;
  readonly clock: VirtualClock = virtualClock();
  readonly profile: Profile;
  readonly hub: ChatHub<TestUser>;
  readonly engine: TappedEngine;
  readonly model: Model;
  readonly policies: LatePolicies;
  readonly transports: { readonly [kind in ClientKind]: MemoryTransport };
  clients: Client[] = [];
  readonly live = new Map<string, LiveMember>();
  /** Handles of sessions that are over: to act on them must be harmless. */
  dead: Member<TestUser>[] = [];
  readonly over = new Set<string>();
  /** Sessions whose secret a client was told. */
  known = new Map<string, KnownSession>();
  ears: Ear[] = [];
  /** What the application asked for and was not answered yet. */
  readonly calls = new Map<Promise<unknown>, string>();
  /** Stays and sessions that must be over when all is quiet. */
  doomed: { readonly what: string; readonly isOver: () => boolean }[] = [];
  /** Why sessions may end, or leave rooms, that did not wait for their windows to close. */
  causes = new Set<string>();
  /** Since when sessions have been seen to wait for their clients. */
  readonly idle = new Map<string, number>();
  readonly counts: Map<string, number>;
  /** The hub closes: everybody goes, whatever they did. */
  closing = false;
  /** What has gone wrong. */
  injected: () => Partial<InjectedFaults> = () => ({});
  failure: string | undefined;
  /** For names of users, rooms and messages. */
  number = 0;
  readonly #toldOf = new WeakSet<Message>();
  readonly #trace: string[] = [];

  constructor(seed: number, profile: Profile, counts: Map<string, number>) {
    this.dice = new Dice(seed);
    this.profile = profile;
    this.counts = counts;
    const limits = profile.limits;
    this.policies = new LatePolicies(this);
    const pace = () => (profile.slow ? behindASocket(this.dice, this.clock) : atOnce);
    // The hub makes the limits whole; the model, which the engine needs, is made of them.
    const model: { current?: Model } = {};
    this.engine = new TappedEngine(profile.engine?.(limits) ?? memory(), tapOf(model), pace);
    this.hub = new ChatHub<TestUser>({
      policies: this.policies.all,
      engine: profile.faults === undefined ? this.engine : this.#faulty(seed, profile.faults),
      clock: this.clock,
      // Users who stay while they are away are tested by themselves: here each session begins with nothing.
      lastingMembership: false,
      limits,
    });
    this.model = model.current = new Model(this.clock, this.hub.limits, (what) => this.fail(what));
    this.transports = {
      echo: transportOf('echo', objectProtocol({ limited: profile.limited })),
      quiet: transportOf('quiet', this.#quietProtocol()),
      people: transportOf('people', greeting(this.#quietProtocol())),
    };
    this.#observe();
  }

  get limits(): Limits {
    return this.hub.limits;
  }

  get since(): Since {
    return { moment: ++this.model.moment, at: this.clock.now() };
  }

  count(what: string, times = 1): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + times);
  }

  note(line: string): void {
    if (process.env.CHATHUB_MODEL_TRACE !== undefined) console.log(line);
    this.#trace.push(line);
    if (this.#trace.length > 400) this.#trace.splice(0, 200);
  }

  /** Remembers what went wrong first; the driver throws it. */
  fail(what: string): void {
    if (this.failure === undefined) this.note(`FAILED: ${what}`);
    this.failure ??= `${what}\n${this.#trace.slice(-40).join('\n')}`;
  }

  check(holds: boolean, what: string | (() => string)): void {
    if (!holds) this.fail(typeof what === 'string' ? what : what());
  }

  next(): number {
    return ++this.number;
  }

  /** A call of the application whose outcome is looked at. `judge`: whether it may fail with this code. */
  call<T>(
    what: string,
    work: Promise<T>,
    judge: (code: string) => boolean,
    then: (value: T) => void = () => undefined,
  ): void {
    const settled = work.then(
      (value) => {
        this.calls.delete(settled);
        this.count(`${what.split(' ')[0]}.ok`);
        then(value);
      },
      (error: unknown) => {
        this.calls.delete(settled);
        const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
        this.count(`${what.split(' ')[0]}.${code}`);
        if (!judge(code)) this.fail(`${what} was refused: ${code} ${String(error)}`);
      },
    );
    this.calls.set(settled, what);
  }

  /** Whether a session was in a room at some time since. */
  wasIn(member: string, room: string, moment: number): boolean {
    const live = this.live.get(member);
    return live?.rooms.has(room) === true || (live?.leftAt.get(room) ?? 0) > moment || this.over.has(member);
  }

  /** Whether a session was out of a room at some time since. */
  wasOut(member: string, room: string, moment: number): boolean {
    const stay = this.live.get(member)?.rooms.get(room);
    return stay === undefined || stay.since > moment;
  }

  /** All stays of a user in a room. */
  stays(user: string, room: string): Stay[] {
    const stays = Array.from(this.live.values(), ({ handle, rooms }) =>
      handle.user.id === user ? rooms.get(room) : undefined,
    );
    return stays.filter((stay) => stay !== undefined);
  }

  /** In front of the tap, which hears what is done in the order in which it is. */
  #faulty(seed: number, faults: EngineFaults): Engine {
    const engine = faultyEngine(this.engine, { seed, faults });
    this.injected = () => engine.injected;
    return engine;
  }

  #quietProtocol(): Protocol {
    return objectProtocol({
      limited: this.profile.limited,
      echo: false,
      slowConsumer: 'skip',
      resumable: ['lost'],
    });
  }

  #observe(): void {
    const { hub, model } = this;
    hub.on('connect', ({ member }) => {
      model.moment++;
      this.check(!this.live.has(member.id) && !this.over.has(member.id), `connect told twice of ${member.id}`);
      this.live.set(member.id, { handle: member, rooms: new Map(), leftAt: new Map() });
    });
    hub.on('disconnect', ({ member, code }) => {
      model.moment++;
      const live = this.live.get(member.id);
      this.note(`         disconnect ${member.id} ${code}`);
      if (live === undefined) return this.fail(`disconnect told of ${member.id}, who was not there`);
      this.check(live.rooms.size === 0, () => `disconnect of ${member.id} before it left ${[...live.rooms.keys()]}`);
      this.#mayEnd(member.id, code);
      this.live.delete(member.id);
      this.over.add(member.id);
      this.dead.push(member);
      if (this.dead.length > 5) this.dead.shift();
    });
    hub.on('join', ({ member, room }) => {
      const moment = ++model.moment;
      this.note(`         join ${member.id} ${room}`);
      const live = this.live.get(member.id);
      if (live === undefined) return this.fail(`join told of ${member.id}, who is not there`);
      this.check(!live.rooms.has(room), `join told twice of ${member.id} in ${room}`);
      this.check(member.rooms.includes(room), `join told of ${member.id}, who is not in ${room}`);
      live.rooms.set(room, { member: member.id, room, since: moment, over: false });
    });
    hub.on('leave', ({ member, room, code }) => {
      const moment = ++model.moment;
      this.note(`         leave ${member.id} ${room} ${code}`);
      const live = this.live.get(member.id);
      const stay = live?.rooms.get(room);
      if (live === undefined || stay === undefined)
        return this.fail(`leave told of ${member.id}, who was not in ${room}`);
      this.check(!member.rooms.includes(room), `leave told of ${member.id}, who is still in ${room}`);
      this.#mayLeave(member, room, code);
      stay.over = true;
      live.rooms.delete(room);
      live.leftAt.set(room, moment);
    });
    hub.on('rename', ({ member, name }) => {
      model.moment++;
      this.check(model.namesOf(member.user.id).has(name), `"${name}" was never claimed`);
    });
    hub.on('message', ({ member, text, message }) => {
      if (message === undefined) return this.fail(`a message of no room: ${text}`);
      this.check(!this.#toldOf.has(message), `message told twice: "${text}"`);
      this.check(message.from.id === member.id, `message of ${message.from.id} told as of ${member.id}`);
      this.#toldOf.add(message);
    });
    hub.on('error', ({ error, stage }) => {
      if (this.policies.planted.delete(error)) return this.count('error.planted');
      this.fail(`error event at ${stage}: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  /** Whether the hub told of a message. */
  toldOf(message: Message): boolean {
    return this.#toldOf.has(message);
  }

  #mayEnd(member: string, code: string | undefined): void {
    if (this.closing) return;
    const known = this.known.get(member);
    if (this.causes.has(`pipelined ${member}`)) return;
    if (known === undefined || this.causes.has(`end ${member}`) || this.causes.has(`end ${known.user}`)) return;
    if (code === 'ABUSE' && this.profile.limited) return;
    // Who does not read can't tell when its connection was given up.
    if (known.lossy || known.holder?.stalled) return;
    const { lostAt } = known;
    const waited = lostAt === undefined ? 0 : this.clock.now() - lostAt;
    if (waited < this.limits.resumeWindow) this.fail(`${member} is over for no reason after ${waited} ms`);
    else this.count('window.closed');
  }

  #mayLeave({ id, user }: Member<TestUser>, room: string, code: string | undefined): void {
    if (this.closing) return;
    const has = (cause: string) => this.causes.has(cause);
    const known = this.known.get(id);
    if (has(`pipelined ${id}`)) return;
    if (has(`end ${id}`) || has(`end ${user.id}`) || known === undefined || known.lossy || known.holder?.stalled)
      return;
    if (code === 'ABUSE' && this.profile.limited) return;
    if (code === 'KICKED' || code === 'BANNED') {
      return this.check(has(`${code} ${room}`) || has(`resume ${id}`), `${id} left ${room} for no reason: ${code}`);
    }
    const waited = this.clock.now() - (known.lostAt ?? this.clock.now());
    const allowed = has(`leave ${id} ${room}`) || has(`resume ${id}`) || waited >= this.limits.resumeWindow;
    this.check(allowed, `${id} left ${room} for no reason: ${code}`);
  }

  // ---- Clients

  connect(): Client {
    const kind = this.dice.weighted<ClientKind>([
      [65, 'echo'],
      [20, 'quiet'],
      [15, 'people'],
    ]);
    const client = new Client(this, kind, this.next());
    this.clients.push(client);
    return client;
  }
}

function transportOf(name: string, protocol: Protocol): MemoryTransport {
  return memoryTransport({ name, protocol, highWaterMark: 2_048 });
}

/** As `lines()` does: whoever connects is greeted for. */
function greeting(protocol: Protocol): Protocol {
  const opening = { type: 'hello', automatic: true } as const;
  return { ...protocol, open: (peer) => ({ ...protocol.open(peer), opening }) };
}

/** The model comes to be after the engine that it listens to. */
function tapOf(model: { readonly current?: Model }): Model {
  return new Proxy({} as Model, {
    get: (_, name) => {
      const target = model.current as unknown as Record<PropertyKey, (...given: unknown[]) => void>;
      return (...given: unknown[]) => target[name]?.(...given);
    },
  });
}
