import type { JsonValue } from '../model/entry.js';
import type { EngineLoss, Fence } from '../ports/engine.js';
import type { Context } from './context.js';
import type { Control } from './control.js';
import { LocalRooms } from './local-rooms.js';
import { replaceName } from './made-name.js';
import { type Identity, MemberState } from './member-state.js';
import { controlPayload, type Told, userPayload } from './payloads.js';
import { persist } from './persist.js';
import { everywhere, Sanctions } from './sanctions.js';

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
  /** Of whom is kept out of all rooms, or may speak in none. */
  readonly sanctions: Sanctions;
  readonly members = new Map<string, MemberState>();
  readonly #users = new Map<string, LocalUser>();
  readonly #ending = new Map<string, MemberState>();
  readonly #open: { close(): void }[] = [];
  #lastNumber = 0;

  constructor(context: Context) {
    this.context = context;
    this.rooms = new LocalRooms(context);
    this.sanctions = new Sanctions(everywhere, context, () => this.#expel());
  }

  async open(): Promise<void> {
    const { engine, node } = this.context;
    const control = engine.signals.subscribe(`node/${node}`, (payload) => {
      const told = controlPayload(payload);
      if (told !== undefined) this.#obey(told);
    });
    this.#open.push(await control, await this.#learnSanctions());
  }

  close(): void {
    for (const resource of this.#open.splice(0)) resource.close();
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

  /** Keeps up with who is kept out; those who are in are shown out. */
  async #learnSanctions(): Promise<{ close(): void }> {
    const { state } = this.context.engine;
    /** What changed while the list was on its way is newer than the list. */
    const changed = new Set<string>();
    const watch = await state.onChange(everywhere, (key, value) => {
      changed.add(key);
      this.sanctions.learn(key, value);
    });
    for (const [key, value] of await state.list(everywhere)) if (!changed.has(key)) this.sanctions.learn(key, value);
    return watch;
  }

  #expel(): void {
    for (const member of [...this.members.values()]) {
      const ban = this.sanctions.banOf(member.who);
      if (ban === undefined) continue;
      const ended = member.end('BANNED', ban.reason ?? undefined);
      ended.catch((error: unknown) => this.context.report(error, 'end of session'));
    }
  }

  async #listen(id: string, user: LocalUser): Promise<void> {
    const subscription = await this.context.engine.signals.subscribe(`user/${id}`, (payload) => {
      const told = userPayload(payload);
      if (told === undefined) return;
      for (const member of user.members) if (member.id !== told.by) this.#hear(member, told);
    });
    // The user may be gone by now, or have come back and be listened to already.
    if (user.members.size > 0 && user.subscription === undefined) user.subscription = subscription;
    else subscription.close();
  }

  #hear(member: MemberState, told: Told): void {
    const heard = 'renamed' in told ? member.naming.hear(told.renamed) : member.reading.hear(told.read, told);
    heard.catch((error: unknown) => this.context.report(error, 'renamed' in told ? 'name' : 'read'));
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
      // Without a name in the engine, it would be nobody to all others.
      void persist(
        this.context,
        'name',
        () => replaceName(this.context, member),
        () => !member.over,
      );
    }
  }

  /** Resolves when the engine has been told of all sessions that are over. */
  async allEnded(): Promise<void> {
    await Promise.all([...this.#ending.values()].map(({ turns }) => turns.idle()));
  }

  /** Whether a session, as the engine has it, is over here, and the engine does not know yet. */
  isEnding({ member, generation }: Fence): boolean {
    return this.#ending.get(member)?.generation === generation;
  }

  #forget(member: MemberState): void {
    if (this.members.get(member.id) === member) this.members.delete(member.id);
    this.#ending.set(member.id, member);
    // After the step that ends it: what it has the engine do is a turn of its own.
    queueMicrotask(() => {
      void member.turns.idle().then(() => {
        if (this.#ending.get(member.id) === member) this.#ending.delete(member.id);
      });
    });
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
      const { room, code, reason } = control;
      const left = code === undefined ? member?.leave(room) : member?.takeOut(room, code, reason);
      left?.catch((error: unknown) => this.context.report(error, 'leave'));
    } else if ('notice' in control) {
      this.members.get(control.notice)?.notify(control.text, control.data);
    }
  }
}
