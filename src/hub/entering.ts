import type { HelloCommand } from '../model/commands.js';
import type { Position } from '../model/entry.js';
import { ChatError, type ErrorCode, toChatError } from '../model/errors.js';
import type { Limits } from '../model/limits.js';
import { parseRoomName } from '../model/names.js';
import type { Caller } from './commands/caller.js';
import { mayJoin } from './commands/join.js';
import type { MemberState } from './member-state.js';
import type { Begun, Wanted } from './membership.js';
import { sizeOf } from './welcome.js';

/** Why rooms are not entered that a session or a user is in. */
export type Refused = Map<string, ErrorCode>;

/**
 * Asks again, of rooms that a session or a user is in, whether it may be there. Of all at once: one after the other, a policy that
 * takes its time would let nobody greet in time who is in many rooms.
 */
export async function refusals({ node }: Caller, member: MemberState, rooms: readonly string[]): Promise<Refused> {
  const refused: Refused = new Map();
  await Promise.all(
    rooms.map(async (room) => {
      try {
        await mayJoin({ node, member }, room);
        const membership = member.residence.get(room);
        membership?.room.state.sanctions.checkBan(membership);
      } catch (error) {
        refused.set(room, toChatError(error).code);
      }
    }),
  );
  return refused;
}

/**
 * Enters rooms, and reads of their past what is wanted there.
 *
 * @param bytes - that all of it may take
 * @param refused - rooms that are not entered; those that turn out to be closed are added
 * @param known - the application was told that the member is there, by another node perhaps
 */
export async function enterAll(
  member: MemberState,
  rooms: readonly string[],
  wantedIn: (room: string) => Wanted,
  bytes: number,
  refused: Refused,
  known: boolean,
): Promise<{ readonly begun: ReadonlyMap<string, Begun>; readonly bytes: number }> {
  const begun = new Map<string, Begun>();
  let left = bytes;
  for (const room of rooms) {
    const entered = refused.has(room) ? undefined : await enter(member, room, wantedIn(room), left, refused, known);
    if (entered !== undefined) begun.set(room, entered);
    else await leaveRefused(member, room, refused.get(room) ?? 'FORBIDDEN');
    left = Math.max(1, left - sizeOf(entered?.facts));
  }
  return { begun, bytes: left };
}

/** Positions by the names that rooms have here: a client may have kept the one that it joined by. */
export function inNormalForm(rooms: HelloCommand['rooms'], limits: Limits): ReadonlyMap<string, Position> {
  return new Map(Array.from(rooms ?? [], ([name, position]) => [parseRoomName(name, limits) ?? name, position]));
}

/** Shows the past of a room that the session is in; undefined when it may be there no more. */
async function enter(
  member: MemberState,
  room: string,
  wanted: Wanted,
  bytes: number,
  refused: Refused,
  known: boolean,
): Promise<Begun | undefined> {
  try {
    const membership = await member.residence.enter(room, known);
    membership.known ||= known;
    return await membership.begin(wanted, bytes);
  } catch (error) {
    if (!(error instanceof ChatError) || error.code === 'REPLACED' || member.over) throw error;
    if (error.retryable && error.code !== 'ROOM_FULL') throw error;
    refused.set(room, error.code);
    return undefined;
  }
}

async function leaveRefused(member: MemberState, room: string, code: ErrorCode): Promise<void> {
  const membership = member.residence.get(room);
  if (membership !== undefined) await member.expel(membership, code);
  else await member.leaveElsewhere(room, code);
}
