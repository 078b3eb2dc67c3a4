import type { Position } from '../model/entry.js';
import type { ServerEvent } from '../model/events.js';
import type { AnyUser, Context } from './context.js';
import { isAsFar, setMarker, staysIn, unreadBehind } from './lasting.js';
import type { Link } from './link.js';
import type { Member } from './member.js';
import type { Membership } from './membership.js';
import type { Residence } from './residence.js';

/** Whose reading it is. */
interface Reader {
  readonly id: string;
  readonly guest: boolean;
  readonly user: AnyUser;
  readonly handle: Member<AnyUser>;
  readonly residence: Residence;
  readonly link: Link | undefined;
}

/** Up to where a session's user has read its rooms: kept for all sessions of the user, who tell each other. */
export class Reading {
  readonly #reader: Reader;
  readonly #context: Context;

  constructor(reader: Reader, context: Context) {
    this.#reader = reader;
    this.#context = context;
  }

  /** The user has read up to here. It never goes back. */
  async mark(membership: Membership, at: Position): Promise<void> {
    if (isAsFar(membership.marker, at)) return;
    const { id, guest, user, handle } = this.#reader;
    const { wireName: room, inbox } = membership.room;
    // Of a room that the user has left for good, in another session, nothing is kept.
    const lasts = !inbox && this.#context.lasts(handle, room);
    if (lasts && !(await staysIn(this.#context, user.id, room))) {
      membership.marker = at;
      return;
    }
    const kept = await setMarker(this.#context, this.#reader, room, at);
    if (kept.offset > at.offset) return this.hear(room, kept);
    // Once it is kept: what failed can be said again.
    if (!isAsFar(membership.marker, at)) membership.marker = at;
    if (guest) return;
    const told = { read: room, epoch: at.epoch, offset: at.offset, by: id };
    await this.#context.engine.signals.publish(`user/${user.id}`, told);
  }

  /** The user has read up to here in another session. */
  async hear(room: string, at: Position): Promise<void> {
    const { residence, user } = this.#reader;
    const membership = room === '@' ? residence.inbox : residence.get(room);
    // Two sessions may be heard in another order than they were kept.
    if (membership === undefined || isAsFar(membership.marker, at)) return;
    membership.marker = at;
    const { name, position } = membership.room;
    const unread = await unreadBehind(this.#context, name, user.id, at, position);
    const event: ServerEvent = { type: 'read', room, epoch: at.epoch, upTo: at.offset, unread };
    if (!membership.gone) this.#reader.link?.tell(event);
  }

  /** What was shown to a person at a terminal was read: nobody there will say so. */
  async markShown(link: Link | undefined): Promise<void> {
    if (this.#reader.guest || link?.lane.protocol.terminal !== true) return;
    const shown = this.#reader.residence.memberships.filter((one) => one.marker !== undefined && one.allShown);
    await Promise.all(shown.map((membership) => this.mark(membership, membership.position)));
  }
}
