import { type Entry, inboxOf, type Position } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import type { Fence } from '../ports/engine.js';
import type { Context } from './context.js';
import { markerOf } from './lasting.js';
import type { Leaves } from './leaves.js';
import type { Entrant, LocalRoom } from './local-room.js';
import type { LocalRooms } from './local-rooms.js';
import { Membership, type Owner } from './membership.js';
import type { Who } from './sanctions.js';

/** A member, as its rooms see it. */
export interface Resident extends Owner {
  readonly guest: boolean;
  readonly fence: Fence;
  /** Rooms that the engine may still have it in. */
  readonly leaves: Leaves;
  /** @throws ChatError once the session is over */
  mustLive(): void;
}

/** The rooms that a session is in, and the inbox of its user: on this node, and in the engine. */
export class Residence {
  readonly #memberships = new Map<string, Membership>();
  #inbox: Membership | undefined;
  readonly #resident: Resident;
  readonly #rooms: LocalRooms;
  readonly #context: Context;

  constructor(resident: Resident, rooms: LocalRooms, context: Context) {
    this.#resident = resident;
    this.#rooms = rooms;
    this.#context = context;
  }

  get rooms(): readonly string[] {
    return [...this.#memberships.keys()];
  }

  /** The user's direct messages, once they are followed. */
  get inbox(): Membership | undefined {
    return this.#inbox;
  }

  /** The rooms and the inbox. */
  get memberships(): readonly Membership[] {
    return this.#inbox === undefined ? [...this.#memberships.values()] : [...this.#memberships.values(), this.#inbox];
  }

  get(room: string): Membership | undefined {
    return this.#memberships.get(room);
  }

  /**
   * Enters a room, unless it is there already; live entries are held back until `begin()` and `start()` of the membership.
   *
   * @param isIn - the session is in it, as far as the engine knows: when this fails, it stays so for whoever tries again
   */
  async enter(name: string, isIn = false): Promise<Membership> {
    this.#resident.mustLive();
    const present = this.#memberships.get(name);
    if (present !== undefined) return present;
    const { limits } = this.#context;
    if (this.#memberships.size >= limits.roomsPerMember) throw new ChatError('TOO_MANY_ROOMS');
    return this.#open(name, false, isIn);
  }

  /** Follows the user's direct messages. */
  async openInbox(): Promise<Membership> {
    return this.#inbox ?? this.#open(inboxOf(this.#resident.author.user), true, false);
  }

  /** Out of a room on this node: nothing of it reaches the client from here on. */
  forget(membership: Membership): void {
    if (membership.gone) return;
    membership.leave();
    if (this.#memberships.get(membership.room.name) === membership) this.#memberships.delete(membership.room.name);
    this.#rooms.release(membership.room);
  }

  /** Out of everything on this node; says of which rooms the application knew. */
  clear(): readonly string[] {
    const memberships = [...this.#memberships.values()];
    for (const membership of memberships) this.forget(membership);
    if (this.#inbox !== undefined) this.forget(this.#inbox);
    this.#inbox = undefined;
    return memberships.filter(({ known }) => known).map(({ room }) => room.name);
  }

  /** The connection is no more. `unsent`: what was never written to it. */
  detach(unsent: readonly Entry[]): void {
    for (const membership of this.#memberships.values()) membership.detach(unsent);
    this.#inbox?.detach(unsent);
  }

  async #open(name: string, inbox: boolean, isIn: boolean): Promise<Membership> {
    const room = this.#rooms.acquire(name, inbox);
    const { user } = this.#resident.author;
    const who = this.#who;
    let marker: Position | undefined;
    try {
      await room.ready;
      const turn = this.#context.pace.wait();
      if (turn !== undefined) await turn;
      if (!inbox) {
        room.state.sanctions.checkBan(who);
        await this.#claimPlace(room, isIn, who);
      }
      marker = await markerOf(this.#context, user, room.wireName);
      this.#resident.mustLive();
    } catch (error) {
      this.#rooms.release(room);
      throw error;
    }
    const membership = new Membership(room, this.#resident, this.#context);
    // Who has read nothing of its inbox yet has all of it to read; but guests, whose inbox is new.
    membership.marker = marker ?? (inbox && !this.#resident.guest ? { epoch: '', offset: 0 } : undefined);
    membership.enter();
    // In the same step: an end that comes next must find it.
    if (inbox) this.#inbox = membership;
    else this.#memberships.set(name, membership);
    return membership;
  }

  get #who(): Who {
    const { author, remoteAddress } = this.#resident;
    return { member: author.id, user: author.user, remoteAddress };
  }

  async #claimPlace(room: LocalRoom, isIn: boolean, who: Who): Promise<void> {
    const { engine, limits } = this.#context;
    const { fence } = this.#resident;
    const entrant: Entrant = { user: who.user, remoteAddress: who.remoteAddress };
    const arrived = room.expect(entrant);
    let entered: boolean | 'full' | undefined;
    try {
      entered = await engine.presence.enter(room.name, fence, limits.membersPerRoom);
    } finally {
      arrived();
      if (room.state.sanctions.banOf(who) !== undefined) entrant.removed ??= 'BANNED';
      // A failure says nothing of what the engine did; a moderator may have been faster.
      if ((entered === undefined && !isIn) || entrant.removed !== undefined) this.#giveUp(room.name);
    }
    if (entrant.removed !== undefined) throw new ChatError(entrant.removed, undefined, { room: room.name });
    if (entered === 'full') throw new ChatError('ROOM_FULL', undefined, { room: room.name });
    // Refused by the fence: another connection, on another node perhaps, has this session now.
    if (!entered) throw new ChatError('REPLACED');
  }

  #giveUp(room: string): void {
    void this.#resident.leaves.store(room, false, false);
  }
}
