import type { Entry, EntryDraft } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { SentEvent } from '../../model/events.js';
import type { Appended } from '../../ports/engine.js';
import type { Membership } from '../membership.js';
import { roomOf } from '../names.js';
import type { Caller } from './caller.js';

/** @throws ChatError `BAD_ROOM`, `NOT_A_MEMBER` */
export function membershipOf({ member, node }: Pick<Caller, 'member' | 'node'>, room: string): Membership {
  // Most clients give the name in the form that the server told them.
  const present = member.residence.get(room);
  if (present !== undefined) return present;
  const name = roomOf(room, node.context.limits);
  const membership = member.residence.get(name);
  if (membership === undefined) throw new ChatError('NOT_A_MEMBER', undefined, { room: name });
  return membership;
}

/** Stores an entry of a room that the caller is in. */
export function appended({ node }: Caller, { room }: Membership, draft: EntryDraft): Promise<Appended> {
  return node.context.engine.log.append(room.name, draft, { known: room.position });
}

/**
 * A key stands for one command: what it was used for before must have been the same.
 *
 * @throws ChatError `BAD_COMMAND`
 */
export function sameCommand(
  { entry, duplicate }: Appended,
  draft: { readonly type: Entry['type']; readonly message?: string },
): void {
  if (!duplicate || entry === undefined) return;
  const target = 'message' in entry ? entry.message : undefined;
  if (entry.type !== draft.type || target !== draft.message)
    throw new ChatError('BAD_COMMAND', 'That key was used for something else.');
}

/** That it is stored. With the command's id, where there is one: to add it later would be to copy all the rest. */
export function sent(room: string, { id, epoch, offset, at, duplicate }: Appended, re?: string | number): SentEvent {
  const message = id;
  if (re === undefined) return { type: 'sent', room, message, epoch, offset, at, duplicate };
  return { type: 'sent', re, room, message, epoch, offset, at, duplicate };
}
