import { ChatError, type ErrorCode } from '../model/errors.js';
import type { SessionRecord } from '../ports/engine.js';
import type { Context } from './context.js';
import { leaveForGood, staysIn } from './lasting.js';
import type { LocalNode } from './local-node.js';
import type { Sanctioned, SanctionOptions, Sanctions } from './sanctions.js';

/**
 * Takes somebody out of a room: all sessions of a user, one session, or whoever comes from an address.
 *
 * @throws ChatError `NO_SUCH_MEMBER` when the user or the session is not in the room
 */
export async function kickFrom(
  node: LocalNode,
  room: string,
  whom: Sanctioned,
  code: ErrorCode,
  reason?: string,
): Promise<void> {
  if ('user' in whom) await kickUser(node, room, whom.user, code, reason);
  else if ('member' in whom) await kickSession(node, room, whom.member, code, reason);
  else await node.rooms.publish(room, { removeAddress: whom.address, code, ...why(reason) });
}

async function kickUser(node: LocalNode, room: string, user: string, code: ErrorCode, reason?: string): Promise<void> {
  const { context } = node;
  const sessions = await context.engine.presence.sessionsOf(user);
  const there = sessions.filter(({ rooms }) => rooms.includes(room));
  // Who is away is in the room all the same, if it is so for good.
  const stays = await staysIn(context, user, room);
  if (there.length === 0 && !stays) throw new ChatError('NO_SUCH_MEMBER', undefined, { room });
  if (stays) await leaveForGood(context, user, room);
  await node.rooms.publish(room, { remove: user, code, ...why(reason) });
  for (const session of there) await takeOut(node, room, session, code, reason);
}

async function kickSession(
  node: LocalNode,
  room: string,
  member: string,
  code: ErrorCode,
  reason?: string,
): Promise<void> {
  const session = await node.context.engine.presence.find(member);
  if (session === undefined || !session.rooms.includes(room))
    throw new ChatError('NO_SUCH_MEMBER', undefined, { room });
  await takeOut(node, room, session, code, reason);
}

/** Nobody hears of it for a session that waits to be taken up, nor in the room for one that just is. */
async function takeOut(
  node: LocalNode,
  room: string,
  session: SessionRecord,
  code: ErrorCode,
  reason: string | undefined,
): Promise<void> {
  if (session.reserved) await leaveForSession(node.context, room, session);
  else await node.tell(session.node, { leave: session.member, room, code, ...why(reason) });
}

async function leaveForSession({ engine }: Context, room: string, session: SessionRecord): Promise<void> {
  if (await engine.presence.leave(room, session)) return;
  // Somebody took it up in this very moment.
  const now = await engine.presence.find(session.member);
  if (now !== undefined) await engine.presence.leave(room, now);
}

/** Bans somebody from a room, and takes it out; or mutes it there. */
export function sanction(
  node: LocalNode,
  room: string,
  kind: 'ban' | 'mute',
  whom: Sanctioned,
  options: SanctionOptions,
): Promise<void> {
  return withSanctions(node, room, async (sanctions) => {
    await sanctions.impose(kind, whom, options);
    // Sessions and addresses are taken out by each node that learns of it; a user is also in rooms that it is away from.
    if (kind === 'mute' || !('user' in whom)) return;
    if (await staysIn(node.context, whom.user, room)) await leaveForGood(node.context, whom.user, room);
    await node.rooms.publish(room, { remove: whom.user, code: 'BANNED', ...why(options.reason) });
  });
}

/** Does something with the sanctions of a room, as this node has them when it follows the room. */
export async function withSanctions<T>(
  node: LocalNode,
  room: string,
  act: (sanctions: Sanctions) => T | Promise<T>,
): Promise<T> {
  const local = node.rooms.acquire(room);
  try {
    await local.ready;
    return await act(local.state.sanctions);
  } finally {
    node.rooms.release(local);
  }
}

function why(reason: string | undefined): { readonly reason?: string } {
  return reason === undefined ? {} : { reason };
}
