import type { Fence } from '../ports/engine.js';
import type { AnyUser, Context } from './context.js';
import type { Control } from './control.js';
import { leaveForGood } from './lasting.js';
import { persist } from './persist.js';

/** The session that leaves. */
interface Leaver {
  readonly id: string;
  readonly user: AnyUser;
  readonly fence: Fence;
}

/** A leave that the engine may not have stored yet. */
interface Pending {
  needed: boolean;
  readonly forGood: boolean;
  /** It was in the room, or the client was told so: it is to leave on whichever node has the session by now. */
  readonly wasIn: boolean;
  /** The attempt that is under way. */
  attempt: Promise<unknown>;
}

/**
 * Rooms that a session was taken out of: the engine is told until it has stored that. Nothing that the member does next waits for longer
 * than the first attempt; but who enters again does not leave any more.
 */
export class Leaves {
  /** Made when first needed: most leave nowhere until they leave for good. */
  #pending: Map<string, Pending> | undefined;
  readonly #leaver: Leaver;
  readonly #context: Context;

  constructor(leaver: Leaver, context: Context) {
    this.#leaver = leaver;
    this.#context = context;
  }

  /**
   * Resolves after the first attempt, whatever came of it.
   *
   * @param forGood - the user is not to be there when it comes back, either
   * @param wasIn - it was in the room; otherwise it could not enter, and nobody knows what the engine made of that
   */
  async store(room: string, forGood: boolean, wasIn = true): Promise<void> {
    // One is enough: this goes on with what an earlier one has not done.
    const earlier = this.#pending?.get(room);
    if (earlier !== undefined) earlier.needed = false;
    const pending: Pending = {
      needed: true,
      forGood: forGood || earlier?.forGood === true,
      wasIn: wasIn || earlier?.wasIn === true,
      attempt: earlier?.attempt ?? Promise.resolve(),
    };
    this.#pending ??= new Map();
    this.#pending.set(room, pending);
    await new Promise<void>((resolve) => {
      const attempt = () => {
        const work = this.#attempt(room, pending);
        const before = earlier?.attempt;
        pending.attempt = Promise.allSettled([before, work]).then(() => resolve());
        return work;
      };
      void persist(this.#context, 'leave', attempt, () => pending.needed).then(() => {
        if (this.#pending?.get(room) === pending) this.#pending.delete(room);
        resolve();
      });
    });
  }

  /** Whether it was taken out of the room, and the engine may still have it there. */
  has(room: string): boolean {
    return this.#pending?.has(room) === true;
  }

  /** The member enters the room again. */
  async forget(room: string): Promise<void> {
    const pending = this.#pending?.get(room);
    if (pending === undefined) return;
    pending.needed = false;
    this.#pending?.delete(room);
    // What is under way comes to the engine before what comes next.
    await pending.attempt;
  }

  async #attempt(room: string, { forGood, wasIn }: Pending): Promise<void> {
    const { engine } = this.#context;
    const { id, user, fence } = this.#leaver;
    // Who could not enter here may have entered elsewhere since.
    if (!(await engine.presence.leave(room, fence)) && wasIn) await this.#leaveElsewhere(room, id, fence);
    if (forGood) await leaveForGood(this.#context, user.id, room);
  }

  /** Another node has taken the session up meanwhile, with the room: it is to leave there. */
  async #leaveElsewhere(room: string, id: string, { generation }: Fence): Promise<void> {
    const { presence, signals } = this.#context.engine;
    const now = await presence.find(id);
    if (now === undefined || now.generation === generation || !now.rooms.includes(room)) return;
    if (now.reserved && (await presence.leave(room, now))) return;
    const control: Control = { leave: id, room };
    await signals.publish(`node/${now.node}`, control);
  }
}
