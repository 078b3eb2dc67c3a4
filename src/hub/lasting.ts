import { inboxOf, type JsonValue, type Position } from '../model/entry.js';
import { type ErrorCode, errorCodes } from '../model/errors.js';
import type { AnyUser, Context } from './context.js';
import type { Member } from './member.js';

/** The most that is counted of what is unread. */
const mostUnread = 1_000;

/** A guest can't come back as the same user for longer: what it has read need not be known then. */
const guestMarkerTtl = 86_400_000;

/** A user, as far as it matters here. */
interface Whose {
  readonly guest: boolean;
  readonly user: AnyUser;
}

/** What a user's facts are kept under: the name of its inbox. */
const scopeOf = (user: AnyUser): string => inboxOf(user.id);

/** The rooms that a user is in for good, by name. */
export async function lastingRooms({ engine }: Context, { user }: Whose): Promise<readonly string[]> {
  const facts = await engine.state.list(scopeOf(user));
  const keys = [...facts.keys()].filter((key) => key.startsWith('room/'));
  return keys.map((key) => key.slice('room/'.length)).sort();
}

/** A member is in a room for good, if that is so there; from where it begins, what others say is unread. */
export async function stay(
  context: Context,
  member: Whose & { readonly handle: Member<AnyUser> },
  room: string,
  marker: Position | undefined,
  beginning: Position,
): Promise<Position | undefined> {
  if (!context.lasts(member.handle, room)) return marker;
  const { state } = context.engine;
  const scope = scopeOf(member.user);
  const kept = await state.get(scope, `room/${room}`);
  try {
    // Together: an engine that syncs a disk does so once.
    await Promise.all([
      kept === undefined && state.set(scope, `room/${room}`, { since: context.clock.now() }),
      marker === undefined && setMarker(context, member, room, beginning),
    ]);
  } catch (error) {
    // The join fails with it: nobody is to stay in a room that it was never in.
    if (kept === undefined) void leaveForGood(context, member.user.id, room).catch(() => undefined);
    throw error;
  }
  return marker ?? beginning;
}

/** A user is in a room no more. */
export async function leaveForGood({ engine }: Context, user: string, room: string): Promise<void> {
  const keys = [`room/${room}`, `read/${room}`];
  await Promise.all(keys.map((key) => engine.state.set(inboxOf(user), key, undefined)));
}

/** Whether a user is in a room for good. */
export async function staysIn({ engine }: Context, user: string, room: string): Promise<boolean> {
  return (await engine.state.get(inboxOf(user), `room/${room}`)) !== undefined;
}

/** Whether being taken out of a room, or not let in, is for good; undefined: it was wanted. What may pass, such as a full room, is not. */
export function isFinal(code: ErrorCode | undefined): boolean {
  return code === undefined || (!errorCodes[code].retryable && code !== 'TOO_MANY_ROOMS');
}

/** Up to where a user has read a room, or its inbox (`@`). */
export async function markerOf({ engine }: Context, user: string, room: string): Promise<Position | undefined> {
  const value = await engine.state.get(inboxOf(user), `read/${room}`);
  return value as unknown as Position | undefined;
}

/**
 * Keeps up to where a user has read, and says up to where that is: another of its sessions, on another node perhaps, may have read
 * further at the same time.
 */
export async function setMarker(
  { engine }: Context,
  { guest, user }: Whose,
  room: string,
  at: Position,
): Promise<Position> {
  const { state } = engine;
  const place = [scopeOf(user), `read/${room}`] as const;
  const value: JsonValue = { epoch: at.epoch, offset: at.offset };
  for (;;) {
    const kept = await state.get(...place);
    const known = kept as unknown as Position | undefined;
    if (known !== undefined && isAsFar(known, at)) return known;
    if (await state.compareAndSet(...place, kept, value, guest ? { ttl: guestMarkerTtl } : {})) return at;
  }
}

/** Whether a marker is where another one is, or further. One of another epoch says nothing here. */
export function isAsFar(marker: Position | undefined, at: Position): boolean {
  return marker?.epoch === at.epoch && marker.offset >= at.offset;
}

/** Nobody can ever be this guest again. */
export async function forgetGuest({ engine }: Context, { user }: Pick<Whose, 'user'>): Promise<void> {
  const { state, log } = engine;
  const scope = scopeOf(user);
  for (const key of (await state.list(scope)).keys()) await state.set(scope, key, undefined);
  await log.remove(scope);
}

/** How much others said behind a marker. In another epoch than its own, nothing has been read. */
export function unreadBehind(
  { engine }: Context,
  log: string,
  user: string,
  marker: Position,
  live: Position,
): Promise<number> {
  const after = marker.epoch === live.epoch ? marker.offset : 0;
  return engine.log.count(log, { after, upTo: live.offset, limit: mostUnread, except: user });
}
