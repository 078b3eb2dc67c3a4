import type { JsonValue } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { EngineLoss } from '../ports/engine.js';
import type { Context } from './context.js';
import { replaceName } from './first-name.js';
import { LocalRooms } from './local-rooms.js';
import { type Identity, MemberState } from './member-state.js';

/** What nodes tell each other of single members. */
export type Control =
  | { readonly taken: string; readonly generation: number }
  | { readonly end: string; readonly code: ErrorCode; readonly reason?: string }
  | { readonly notice: string; readonly text: string; readonly data?: JsonValue }
  | { readonly leave: string; readonly room: string; readonly code?: ErrorCode };

/** What the sessions of a user tell each other. */
type Told =
  | { readonly by: string; readonly renamed: string }
  | { readonly by: string; readonly read: string; readonly epoch: string; readonly offset: number };

/** A user with sessions here. */
interface LocalUser {
  readonly members: Set<MemberState>;
  /** What the other sessions of the user do; guests have no others. */
  subscription: { close(): void } | undefined;
}

/** What one hub holds: its rooms, its members, and the way to those that other nodes hold. */
export class LocalNode {
  readonly context: Context;
  readonly rooms: LocalRooms;
  readonly members = new Map<string, MemberState>();
  readonly #users = new Map<string, LocalUser>();
  #control: { close(): void } | undefined;
  #lastNumber = 0;

  constructor(context: Context) {
    this.context = context;
    this.rooms = new LocalRooms(context);
  }

  async open(): Promise<void> {
    const { engine, node } = this.context;
    this.#control = await engine.signals.subscribe(`node/${node}`, (payload) =>
      this.#obey(payload as unknown as Control),
    );
  }

  close(): void {
    this.#control?.close();
  }

  /** 1, 2, 3 …; with the node's id, which is random, never the same twice. */
  nextNumber(): number {
    return ++this.#lastNumber;
  }

  /** A session that exists in the engine, on this node. */
  adopt(identity: Identity): MemberState {
    const member = new MemberState(identity, this.rooms, this.context, (ended) => this.#forget(ended));
    this.members.set(member.id, member);
    const user = this.#users.get(member.user.id) ?? { members: new Set(), subscription: undefined };
    this.#users.set(member.user.id, user);
    user.members.add(member);
    return member;
  }

  /** Resolves when the session hears what the user's other sessions do, on whichever nodes they are. */
  async follow(member: MemberState): Promise<void> {
    const user = this.#users.get(member.user.id);
    if (!member.guest && user !== undefined && user.subscription === undefined)
      await this.#listen(member.user.id, user);
  }

  /** Tells the node that holds a member. */
  tell(node: string, control: Control): Promise<void> {
    return this.context.engine.signals.publish(`node/${node}`, control as unknown as JsonValue);
  }

  async #listen(id: string, user: LocalUser): Promise<void> {
    const subscription = await this.context.engine.signals.subscribe(`user/${id}`, (payload) => {
      const told = payload as unknown as Told;
      for (const member of user.members) if (member.id !== told.by) this.#hear(member, told);
    });
    // The user may be gone by now, or have come back and be listened to already.
    if (user.members.size > 0 && user.subscription === undefined) user.subscription = subscription;
    else subscription.close();
  }

  #hear(member: MemberState, told: Told): void {
    if ('renamed' in told) member.renamed(told.renamed);
    else member.reading.hear(told.read, told).catch((error: unknown) => this.context.report(error, 'read'));
  }

  /** The engine says what is not this node's any more. */
  lose(loss: EngineLoss): void {
    if (loss.lost === 'node') {
      // Others have told that they left; whoever comes back does so anew. Nothing is said here for those who are elsewhere by now.
      for (const member of [...this.members.values()]) member.moved('ENGINE_UNAVAILABLE');
      return;
    }
    const member = this.members.get(loss.member);
    if (member === undefined) return;
    if (loss.lost === 'session') {
      if (member.generation <= loss.generation) member.moved();
    } else {
      replaceName(this.context, member).catch((error: unknown) => this.context.report(error, 'name'));
    }
  }

  #forget(member: MemberState): void {
    if (this.members.get(member.id) === member) this.members.delete(member.id);
    const user = this.#users.get(member.user.id);
    user?.members.delete(member);
    if (user === undefined || user.members.size > 0) return;
    user.subscription?.close();
    this.#users.delete(member.user.id);
  }

  #obey(control: Control): void {
    if ('taken' in control) {
      const member = this.members.get(control.taken);
      if (member !== undefined && member.generation < control.generation) member.moved();
    } else if ('end' in control) {
      const ended = this.members.get(control.end)?.end(control.code, control.reason);
      ended?.catch((error: unknown) => this.context.report(error, 'end of session'));
    } else if ('leave' in control) {
      const member = this.members.get(control.leave);
      const { room, code } = control;
      const left = code === undefined ? member?.leave(room) : member?.takeOut(room, code);
      left?.catch((error: unknown) => this.context.report(error, 'leave'));
    } else if ('notice' in control) {
      this.members.get(control.notice)?.notify(control.text, control.data);
    }
  }
}
