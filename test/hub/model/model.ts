import type { Appended, Clock, Entry, EntryDraft, Fence, JsonValue, Limits, SessionRecord } from 'chathub';
import type { EngineTap } from './tapped-engine.js';

/** A session, as the engine should hold it. */
interface ModelSession {
  readonly member: string;
  readonly user: string;
  readonly guest: boolean;
  readonly secret: string;
  generation: number;
  readonly rooms: Set<string>;
  /** The last moment at which it was in as many rooms as it may. */
  fullAt: number;
}

/** A log, as long as its offsets count in one epoch. */
export interface ModelLog {
  readonly epoch: string;
  /** Entry by entry: the one of offset n stands at n - 1. */
  readonly entries: Entry[];
  readonly receipts: Map<string, { readonly id: string; readonly offset: number; readonly at: number }>;
}

interface Sanction {
  readonly set: number;
  readonly until: number;
  lifted: number;
}

/** Something that an engine refused, and when. */
interface Refusal {
  readonly what: 'name' | 'full' | 'fence';
  readonly member: string;
  readonly about: string;
  readonly moment: number;
}

/**
 * The naive model: plain sets and lists of who is where, who is called what, and what was said, which follows what the hub does
 * to its engine, and says at once when that is not what a naive engine would have answered.
 *
 * Moments are counted, not measured: each change is one later, so that "at some time since" can be told of things that happen
 * between two steps of the clock.
 */
export class Model implements EngineTap {
  moment = 0;
  readonly sessions = new Map<string, ModelSession>();
  /** By key. */
  readonly owners = new Map<string, { readonly user: string; readonly name: string }>();
  readonly names = new Map<string, { readonly key: string; readonly name: string }>();
  /** When a user first had a name. */
  readonly namedAt = new Map<string, number>();
  /** All that a user was called since the last quiet moment. */
  readonly recentNames = new Map<string, Set<string>>();
  /** Room, users, and their sessions there. */
  readonly rooms = new Map<string, Map<string, Set<string>>>();
  /** When somebody last came or went, by the clock. */
  readonly changedAt = new Map<string, number>();
  readonly logs = new Map<string, ModelLog>();
  readonly epochs = new Map<string, ModelLog>();
  readonly stored = new WeakSet<Entry>();
  /** Where each text stands that was said in a room. */
  readonly texts = new Map<string, { readonly room: string; readonly keyed: boolean }>();
  readonly sanctions = new Map<string, Sanction[]>();
  refusals: Refusal[] = [];
  /** All logs that had a name. */
  readonly #former = new Map<string, ModelLog[]>();
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #fail: (what: string) => void;

  constructor(clock: Clock, limits: Limits, fail: (what: string) => void) {
    this.#clock = clock;
    this.#limits = limits;
    this.#fail = fail;
  }

  // ---- What the engine was asked

  opened({ member, user, guest, secret, generation }: SessionRecord): void {
    this.moment++;
    this.sessions.set(member, { member, user, guest, secret, generation, rooms: new Set(), fullAt: 0 });
  }

  taken(secret: string, generation: number | undefined, result: { readonly session: SessionRecord } | undefined): void {
    this.moment++;
    const known = [...this.sessions.values()].find((one) => one.secret === secret);
    const session = generation === undefined || known?.generation === generation ? known : undefined;
    this.#expect(result?.session.member, session?.member, 'takeSession');
    if (session !== undefined) session.generation++;
  }

  ended(fence: Fence, result: boolean): void {
    this.moment++;
    const session = this.#holder(fence);
    this.#expect(result, session !== undefined, `endSession ${fence.member}`);
    if (session === undefined) return;
    for (const room of session.rooms) this.#leave(room, session);
    this.sessions.delete(session.member);
    if (session.guest) this.#freeName(session.user);
  }

  claimed(claim: { readonly key: string; readonly name: string; readonly fence: Fence }, result: boolean): void {
    this.moment++;
    const session = this.#holder(claim.fence);
    const owner = this.owners.get(claim.key);
    const free = owner === undefined || owner.user === session?.user;
    this.#expect(result, session !== undefined && free, `claimName ${claim.name}`);
    if (session === undefined || !free) return this.#refused('name', claim.fence.member, claim.name);
    if (!this.names.has(session.user)) this.namedAt.set(session.user, this.moment);
    this.#freeName(session.user);
    this.owners.set(claim.key, { user: session.user, name: claim.name });
    this.names.set(session.user, { key: claim.key, name: claim.name });
    this.namesOf(session.user).add(claim.name);
  }

  entered(room: string, fence: Fence, limit: number, result: boolean | 'full'): void {
    this.moment++;
    const session = this.#holder(fence);
    if (session === undefined) {
      this.#refused('fence', fence.member, room);
      return this.#expect(result, false, `enter ${room}`);
    }
    const users = this.rooms.get(room) ?? new Map<string, Set<string>>();
    const full = !users.has(session.user) && users.size >= limit;
    this.#expect(result, full ? 'full' : true, `enter ${room}`);
    if (full) return this.#refused('full', session.member, room);
    this.rooms.set(room, users.set(session.user, (users.get(session.user) ?? new Set()).add(session.member)));
    session.rooms.add(room);
    this.changedAt.set(room, this.#clock.now());
    this.#full(session);
  }

  left(room: string, fence: Fence, result: boolean): void {
    this.moment++;
    const session = this.#holder(fence);
    this.#expect(result, session !== undefined, `leave ${room}`);
    if (session !== undefined) this.#leave(room, session);
  }

  appended(log: string, draft: EntryDraft, result: Appended): void {
    this.moment++;
    const known = this.logs.get(log);
    const first = known?.epoch === result.epoch ? this.#repeated(known, draft) : undefined;
    this.#expect(result.duplicate, first !== undefined, `append of a repeat to ${log}`);
    if (first !== undefined) return this.#expect(result.offset, first.offset, `offset of a repeat in ${log}`);
    const model = known?.epoch === result.epoch ? known : this.#begin(log, result.epoch);
    this.#expect(result.offset, model.entries.length + 1, `offset in ${log}`);
    if (result.entry === undefined) return this.#fail(`${log} answered without the entry`);
    model.entries.push(result.entry);
    this.stored.add(result.entry);
    if (draft.key !== undefined) model.receipts.set(receiptKey(draft), result);
    if (draft.type === 'message') this.#said(log, draft);
  }

  removed(log: string): void {
    this.moment++;
    this.logs.delete(log);
  }

  stated(room: string, key: string, value: JsonValue | undefined, ttl: number | undefined): void {
    this.moment++;
    const list = this.sanctions.get(`${room} ${key}`) ?? [];
    this.sanctions.set(`${room} ${key}`, list);
    for (const earlier of list) earlier.lifted = Math.min(earlier.lifted, this.moment);
    const until = this.#clock.now() + (ttl ?? Number.POSITIVE_INFINITY);
    if (value !== undefined) list.push({ set: this.moment, until, lifted: Number.POSITIVE_INFINITY });
  }

  // ---- What the driver asks

  session(member: string): ModelSession | undefined {
    return this.sessions.get(member);
  }

  namesOf(user: string): Set<string> {
    const names = this.recentNames.get(user) ?? new Set();
    this.recentNames.set(user, names);
    return names;
  }

  /** The log in which an entry stands: the present one, or one that has begun anew since the entry was told. */
  logOf(name: string, { offset, id, at }: Entry): ModelLog | undefined {
    const logs = this.#former.get(name)?.filter(({ entries }) => entries[offset - 1]?.id === id);
    return logs?.find(({ entries }) => entries[offset - 1]?.at === at) ?? this.logs.get(name);
  }

  head(log: string): number {
    return this.logs.get(log)?.entries.length ?? 0;
  }

  /** The first offset that a log of this length still keeps, by number and by age. */
  firstKept(log: ModelLog, head = log.entries.length): number {
    let first = Math.max(1, head - this.#limits.history + 1);
    for (; first <= head; first++) {
      if (log.entries[first - 1]!.at + this.#limits.historyAge > this.#clock.now()) break;
    }
    return first;
  }

  /** Whether a ban or mute held at some time since. */
  sanctioned(kind: 'ban' | 'mute', room: string, user: string, since: { moment: number; at: number }): boolean {
    const list = this.sanctions.get(`${room} ${kind}/${user}`) ?? [];
    return list.some(({ until, lifted }) => until > since.at && lifted > since.moment);
  }

  /** Whether it held all the time since. */
  sanctionedThroughout(kind: 'ban' | 'mute', room: string, user: string, since: { moment: number }): boolean {
    const list = this.sanctions.get(`${room} ${kind}/${user}`) ?? [];
    return list.some(
      ({ set, until, lifted }) =>
        set < since.moment && until > this.#clock.now() && lifted === Number.POSITIVE_INFINITY,
    );
  }

  refusedSince(what: Refusal['what'], about: string, moment: number, member?: string): boolean {
    return this.refusals.some(
      (refusal) =>
        refusal.what === what &&
        refusal.about === about &&
        refusal.moment > moment &&
        (member === undefined || refusal.member === member),
    );
  }

  /** Whether a session was in as many rooms as it may at some time since. */
  wasFull(member: string, moment: number): boolean {
    const session = this.sessions.get(member);
    // One that has ended by now may have been.
    return session === undefined || session.fullAt > moment || session.rooms.size >= this.#limits.roomsPerMember;
  }

  /** Nothing is under way: what happened before can be the reason for nothing that comes. */
  quiet(): void {
    this.refusals = [];
    this.recentNames.clear();
    for (const [user, { name }] of this.names) this.namesOf(user).add(name);
  }

  #holder(fence: Fence): ModelSession | undefined {
    const session = this.sessions.get(fence.member);
    return session?.generation === fence.generation ? session : undefined;
  }

  #leave(room: string, session: ModelSession): void {
    this.#full(session);
    session.rooms.delete(room);
    this.changedAt.set(room, this.#clock.now());
    const users = this.rooms.get(room);
    const sessions = users?.get(session.user);
    sessions?.delete(session.member);
    if (sessions?.size === 0) users?.delete(session.user);
    if (users?.size === 0) this.rooms.delete(room);
  }

  #full(session: ModelSession): void {
    if (session.rooms.size >= this.#limits.roomsPerMember) session.fullAt = this.moment;
    this.#expect(session.rooms.size <= this.#limits.roomsPerMember, true, 'no more rooms than allowed');
  }

  #freeName(user: string): void {
    const held = this.names.get(user);
    if (held !== undefined) this.owners.delete(held.key);
    this.names.delete(user);
  }

  #repeated(log: ModelLog, draft: EntryDraft) {
    if (draft.key === undefined) return undefined;
    const first = log.receipts.get(receiptKey(draft));
    return first !== undefined && first.at + this.#limits.keyWindow > this.#clock.now() ? first : undefined;
  }

  #begin(name: string, epoch: string): ModelLog {
    this.#expect(this.epochs.has(epoch), false, `an epoch of ${name} came back`);
    const earlier = this.logs.get(name);
    // Only a log of which nothing is kept may begin anew.
    if (earlier !== undefined) this.#expect(this.firstKept(earlier), earlier.entries.length + 1, `kept in ${name}`);
    const log: ModelLog = { epoch, entries: [], receipts: new Map() };
    this.logs.set(name, log);
    this.#former.set(name, [...(this.#former.get(name) ?? []), log]);
    this.epochs.set(epoch, log);
    return log;
  }

  #said(room: string, draft: Extract<EntryDraft, { type: 'message' }>): void {
    const before = this.texts.get(draft.text);
    if (before !== undefined && !before.keyed) this.#fail(`"${draft.text}" was stored twice`);
    this.texts.set(draft.text, { room, keyed: draft.key !== undefined });
    const session = this.sessions.get(draft.from.id);
    // The application may still speak as somebody who has gone.
    if (session === undefined) return;
    this.#expect(draft.from.user, session.user, 'the author’s user');
    if (!this.namesOf(draft.from.user).has(draft.from.name)) {
      this.#fail(`"${draft.text}" in ${room} came from "${draft.from.name}", which ${draft.from.user} is not called`);
    }
  }

  #refused(what: Refusal['what'], member: string, about: string): void {
    this.refusals.push({ what, member, about, moment: this.moment });
  }

  #expect(got: unknown, wanted: unknown, what: string): void {
    if (got !== wanted) this.#fail(`${what}: expected ${String(wanted)}, got ${String(got)}`);
  }
}

/** A key of direct messages stands for one message to each recipient. */
function receiptKey(draft: EntryDraft): string {
  return JSON.stringify([draft.from.user, draft.type === 'direct' ? draft.to.user : null, draft.key]);
}
