import type { Author, Entry, JsonValue } from '../model/entry.js';
import { ChatError, type ErrorCode, toChatError } from '../model/errors.js';
import type { ServerEvent } from '../model/events.js';
import type { Fence } from '../ports/engine.js';
import { unseenBy } from './absence.js';
import type { AnyUser, Context } from './context.js';
import { Expiry } from './expiry.js';
import { Gone } from './gone.js';
import { forgetGuest, isFinal, leaveForGood, stay } from './lasting.js';
import { Leaves } from './leaves.js';
import type { Link } from './link.js';
import type { LocalRoom } from './local-room.js';
import type { LocalRooms } from './local-rooms.js';
import { Member, type MemberBehind } from './member.js';
import type { Begun, Membership, Wanted } from './membership.js';
import { nicknameOf, roomOf } from './names.js';
import { Naming } from './naming.js';
import { persist } from './persist.js';
import { Reading } from './reading.js';
import { Residence, type Resident } from './residence.js';
import type { Who } from './sanctions.js';
import { Turns } from './turns.js';

/** How an event about a member's own doing reaches it: as the reply to its command, or as an event. */
export type Tell = (event: ServerEvent) => void;

/** What a session is made of. */
export interface Identity extends Fence {
  readonly user: AnyUser;
  readonly guest: boolean;
  readonly name: string;
  /** The secret that takes the session up again; clients alone hold it. */
  readonly secret: string;
  /** The application was told of it by another node. */
  readonly known?: boolean;
}

/** Told when a session is over, so that the node forgets it. */
export type OnEnd = (member: MemberState) => void;

/**
 * One live session: who it is, the rooms it is in, and the connection that it has now. What changes it in the engine takes
 * turns, so that an end that comes while a join is pending finds the join done, and leaves nothing behind.
 */
export class MemberState implements Resident, MemberBehind<AnyUser> {
  readonly id: string;
  readonly guest: boolean;
  readonly secret: string;
  readonly handle: Member<AnyUser>;
  readonly turns = new Turns();
  readonly residence: Residence;
  /** What its user has read of the rooms that it is in. */
  readonly reading: Reading;
  generation: number;
  readonly naming: Naming;
  readonly leaves: Leaves;
  #user: AnyUser;
  #link: Link | undefined;
  /** The present connection, or the last one: its facts are asked for after it has gone, too. */
  #last: Link | undefined;
  #over = false;
  /** The application has been told of it: it is told of the end, too. */
  #known: boolean;
  #ended: Promise<void> | undefined;
  #cancelWindow: (() => void) | undefined;
  /** Connections that are taking it up. */
  #holds = 0;
  readonly #expiry: Expiry;
  /** Aborted when the session is over: nobody waits for a policy any more. */
  readonly goneSignal = new Gone();
  readonly #context: Context;
  readonly #onEnd: OnEnd;

  constructor(identity: Identity, rooms: LocalRooms, context: Context, onEnd: OnEnd) {
    this.id = identity.member;
    this.generation = identity.generation;
    this.#user = identity.user;
    this.guest = identity.guest;
    this.secret = identity.secret;
    this.#known = identity.known ?? false;
    this.residence = new Residence(this, rooms, context);
    this.#context = context;
    this.#onEnd = onEnd;
    this.#expiry = new Expiry(context, () => this.#runOut());
    this.#expiry.watch(identity.user);
    this.handle = new Member(this);
    this.naming = new Naming(this, identity.name, context);
    this.leaves = new Leaves(this, context);
    this.reading = new Reading(this, context);
  }

  get user(): AnyUser {
    return this.#user;
  }

  /** The same user, as it has just been authenticated. */
  set user(user: AnyUser) {
    this.#user = user;
    if (!this.#over) this.#expiry.watch(user);
  }

  get author(): Author {
    return this.naming.author;
  }

  get name(): string {
    return this.naming.name;
  }

  get link(): Link | undefined {
    return this.#link;
  }

  get over(): boolean {
    return this.#over;
  }

  get rooms(): readonly string[] {
    return this.residence.rooms;
  }

  get transport(): string {
    return this.#last?.transport ?? '';
  }

  get remoteAddress(): string | undefined {
    return this.#last?.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#last?.remotePort;
  }

  get secure(): boolean {
    return this.#last?.secure ?? false;
  }

  get connected(): boolean {
    return this.#link !== undefined;
  }

  get fence(): Fence {
    return { member: this.id, generation: this.generation };
  }

  /** Who it is to those who keep somebody out. */
  get who(): Who {
    return { member: this.id, user: this.#user.id, remoteAddress: this.remoteAddress };
  }

  mustLive(): void {
    if (this.#over) throw new ChatError('NO_SUCH_MEMBER', 'That session is over.');
  }

  /** Tells the application of it. */
  announce(): void {
    this.#known = true;
    this.#context.tally.sessionsBegun++;
    this.#context.events.emit('connect', { member: this.handle });
  }

  /** The session has a connection from here on. */
  attach(link: Link): void {
    this.#cancelWindow?.();
    this.#cancelWindow = undefined;
    this.#link = link;
    this.#last = link;
  }

  /** The connection is no more. `unsent`: what was never written to it. */
  detach(unsent: readonly Entry[]): void {
    const link = this.#link;
    this.#link = undefined;
    this.residence.detach(unsent);
    this.#report(this.reading.markShown(link));
  }

  /** Gives up the connection, which goes on with another session; this one is over. */
  abandon(): Promise<void> {
    if (this.#link !== undefined) this.detach([]);
    return this.end(undefined);
  }

  /** Closes the connection: another takes its place. */
  replaceLink(): void {
    const link = this.#link;
    if (link === undefined) return;
    this.detach(link.outbox.discard());
    link.end('REPLACED');
  }

  /** The client is back: however long it takes to take the session up, it does not run out meanwhile. Call what this gives when it is done. */
  hold(): () => void {
    this.#holds++;
    this.#cancelWindow?.();
    return () => {
      this.#holds--;
      this.startWindow();
    };
  }

  /** The client has `resumeWindow` to come back. */
  startWindow(): void {
    if (this.#over || this.#link !== undefined || this.#holds > 0) return;
    this.#cancelWindow?.();
    this.#cancelWindow = this.#context.clock.after(this.#context.limits.resumeWindow, () => {
      const unseen = unseenBy(this, this.#context);
      this.#report(this.end(undefined).then(unseen));
    });
  }

  notify(text: string, data: JsonValue | undefined): void {
    const link = this.#link;
    if (link === undefined) return;
    if (link.outbox.full) {
      this.#context.tally.leftOut.notice++;
      if (!link.skips) link.end('SLOW_CONSUMER');
      return;
    }
    try {
      link.tell(data === undefined ? { type: 'notice', text } : { type: 'notice', text, data });
    } catch (error) {
      // Such as data that is no JSON after all: the application's fault, and no reason to unwind into it.
      this.#context.report(error, 'member.send');
    }
  }

  join(room: string, history: number): Promise<void> {
    return this.joinRoom(room, { history }, this.tell);
  }

  async leave(room: string): Promise<void> {
    await this.leaveRoom(room, this.tell);
  }

  rename(name: string): Promise<void> {
    return this.renameTo(name, this.tell);
  }

  disconnect(code: ErrorCode, reason: string | undefined): Promise<void> {
    return this.end(code, reason);
  }

  /** Joins a room, or shows more of one that it is in. `by`: the connection that asked for it. */
  async joinRoom(name: string, wanted: Wanted, tell: Tell, by?: Link): Promise<void> {
    const room = roomOf(name, this.#context.limits);
    await this.#turn(by, async () => {
      const entering = this.residence.get(room) === undefined;
      if (entering) await this.leaves.forget(room);
      const membership = await this.residence.enter(room);
      // Nobody is there to be shown anything; the position stays where the client was, for when it comes back.
      if (!entering && this.#link === undefined) return;
      const begun = await this.#begin(membership, wanted, entering);
      // Looked at in the step that tells: the end, or a kick, may have come in the very last moment.
      if (membership.gone) throw new ChatError('NOT_A_MEMBER', undefined, { room });
      tell({ type: 'joined', room, ...begun.facts });
      begun.start();
      if (!membership.known) this.announceJoin(membership);
    });
  }

  /** Tells the application that the member is in a room. */
  announceJoin(membership: Membership): void {
    membership.known = true;
    this.#context.events.emit('join', { member: this.handle, room: membership.room.name });
  }

  /** Leaves a room; false when it was not in. */
  async leaveRoom(name: string, tell: Tell, by?: Link): Promise<boolean> {
    const room = roomOf(name, this.#context.limits);
    return this.#turn(by, async () => {
      const membership = this.residence.get(room);
      if (membership === undefined) return false;
      await this.#leave(membership, tell, undefined);
      return true;
    });
  }

  async renameTo(wished: string, tell: Tell, by?: Link): Promise<void> {
    const { name, key } = nicknameOf(wished, this.#context.limits);
    await this.#turn(by, async () => {
      this.mustLive();
      const was = this.name;
      if (!(await this.naming.claim(key, name, tell))) throw new ChatError('NAME_TAKEN', `"${name}" is taken.`);
      if (name !== was) this.#context.events.emit('rename', { member: this.handle, name, was });
    });
  }

  removed(room: LocalRoom, code: ErrorCode, reason: string | undefined): void {
    this.#report(
      this.turns.run(async () => {
        const membership = this.residence.get(room.name);
        if (membership?.room === room) await this.#leave(membership, this.tell, code, reason);
      }),
    );
  }

  /** Takes the member out of a room, also of one that it is about to enter because its session is in it. */
  takeOut(room: string, code: ErrorCode, reason?: string): Promise<void> {
    return this.turns.run(async () => {
      const membership = this.residence.get(room);
      if (membership !== undefined) await this.#leave(membership, this.tell, code, reason);
      else if (!this.#over) await this.#context.engine.presence.leave(room, this.fence);
    });
  }

  /** Takes the member out of a room without a word to it. In a turn. */
  expel(membership: Membership, code: ErrorCode): Promise<void> {
    return this.#leave(membership, () => undefined, code);
  }

  /** Out of a room that it is not in on this node. In a turn. */
  async leaveElsewhere(room: string, code: ErrorCode): Promise<void> {
    await this.#context.engine.presence.leave(room, this.fence);
    if (!this.guest && isFinal(code)) await leaveForGood(this.#context, this.user.id, room);
  }

  /**
   * The session is over: at once for everybody here, and in the engine after what is under way. May be called more than once.
   *
   * @param code - why, when the member did not ask for it
   * @param reason - a sentence for the person
   */
  end(code: ErrorCode | undefined, reason?: string): Promise<void> {
    return this.#finish(code, reason, () => this.#endInEngine());
  }

  /** The hub closes. The session stays with the engine: its client may take it up after a restart, or on another node. */
  suspend(code: ErrorCode): Promise<void> {
    return this.#finish(code, undefined, () => Promise.resolve());
  }

  /** It never came to be: nobody was told of it, and nobody is. */
  discard(): void {
    this.#drop();
    this.#ended = this.turns.run(() => this.#endInEngine());
    this.#report(this.#ended);
  }

  /**
   * The session is another node's, or waits for its client to come back: it is over here, and goes on elsewhere.
   *
   * @param code - what the client is told
   */
  moved(code: ErrorCode = 'REPLACED'): void {
    if (this.#over) return;
    const link = this.#link;
    this.#drop();
    this.#ended = Promise.resolve();
    link?.end(code);
  }

  /**
   * Does in its turn what a connection asked for, or the application. By then another connection may have taken its place: that
   * one has been told where the member is, and would never hear of a change whose reply goes to the old one.
   */
  #turn<T>(by: Link | undefined, work: () => Promise<T>): Promise<T> {
    return this.turns.run(async () => {
      if (by !== undefined && this.#link !== undefined && by !== this.#link) throw new ChatError('REPLACED');
      return work();
    });
  }

  #finish(code: ErrorCode | undefined, reason: string | undefined, inEngine: () => Promise<void>): Promise<void> {
    if (this.#ended !== undefined) return this.#ended;
    const link = this.#link;
    const rooms = this.#drop();
    this.#ended = this.turns.run(inEngine);
    for (const room of rooms) this.#context.events.emit('leave', { member: this.handle, room, code });
    if (this.#known) this.#context.tally.sessionsEnded++;
    if (this.#known) this.#context.events.emit('disconnect', { member: this.handle, code });
    if (code !== undefined) link?.end(code, reason);
    return this.#ended;
  }

  /** Whoever is away is authenticated anew when it comes back. */
  #runOut(): void {
    if (this.#link !== undefined) this.#report(this.end('UNAUTHENTICATED', 'Your log-in has run out.'));
  }

  /** An event for its client, if it has one now. */
  readonly tell: Tell = (event) => this.#link?.tell(event);

  /** Out of everything on this node, without a word; says of which rooms the application knew. */
  #drop(): readonly string[] {
    this.#over = true;
    this.goneSignal.abort();
    this.#expiry.stop();
    this.#cancelWindow?.();
    this.#report(this.reading.markShown(this.#link));
    this.#link = undefined;
    this.#onEnd(this);
    return this.residence.clear();
  }

  async #endInEngine(): Promise<void> {
    const { presence } = this.#context.engine;
    const ended = await persist(this.#context, 'end of session', () => presence.endSession(this.fence));
    // Nobody can ever read a guest's inbox again, unless the session goes on elsewhere.
    if (ended && this.guest) await persist(this.#context, 'end of inbox', () => forgetGuest(this.#context, this));
  }

  /** Reads the past for a membership; a new one is given up again when that fails. */
  async #begin(membership: Membership, wanted: Wanted, entering: boolean): Promise<Begun> {
    try {
      const begun = await membership.begin(wanted, this.#context.limits.recoverBytes);
      if (!entering) return begun;
      const { epoch, offset } = begun.facts;
      membership.marker = await stay(this.#context, this, membership.room.name, membership.marker, { epoch, offset });
      return begun;
    } catch (error) {
      if (entering && !membership.gone) await this.expel(membership, toChatError(error).code);
      throw error;
    }
  }

  /** Out of a room: nothing of it reaches the client after `left`, and nobody else hears of it before. */
  async #leave(membership: Membership, tell: Tell, code: ErrorCode | undefined, reason?: string): Promise<void> {
    const room = membership.room.name;
    this.residence.forget(membership);
    tell({ type: 'left', room, ...(code === undefined ? {} : { code }), ...(reason === undefined ? {} : { reason }) });
    if (membership.known) this.#context.events.emit('leave', { member: this.handle, room, code });
    await this.leaves.store(room, !this.guest && isFinal(code));
  }

  #report(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#context.report(error, 'session'));
  }
}
