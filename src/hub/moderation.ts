import { ChatError, type ErrorCode } from '../model/errors.js';
import type { SessionRecord } from '../ports/engine.js';
import type { Context } from './context.js';
import { leaveForGood, staysIn } from './lasting.js';
import type { LocalNode } from './local-node.js';

/**
 * Takes all sessions of a user out of a room, on whichever nodes they are.
 *
 * @throws ChatError `NO_SUCH_MEMBER` when the user is not in the room
 */
export async function kickFrom(
  node: LocalNode,
  room: string,
  user: string,
  code: ErrorCode,
  reason?: string,
): Promise<void> {
  const { context } = node;
  const sessions = await context.engine.presence.sessionsOf(user);
  const there = sessions.filter(({ rooms }) => rooms.includes(room));
  // Who is away is in the room all the same, if it is so for good.
  const stays = await staysIn(context, user, room);
  if (there.length === 0 && !stays) throw new ChatError('NO_SUCH_MEMBER', undefined, { room });
  if (stays) await leaveForGood(context, user, room);
  const why = reason === undefined ? {} : { reason };
  await node.rooms.publish(room, { remove: user, code, ...why });
  for (const session of there) {
    // Nobody hears of it for a session that waits to be taken up, nor in the room for one that just is.
    if (session.reserved) await leaveForSession(context, room, session);
    else await node.tell(session.node, { leave: session.member, room, code, ...why });
  }
}

async function leaveForSession({ engine }: Context, room: string, session: SessionRecord): Promise<void> {
  if (await engine.presence.leave(room, session)) return;
  // Somebody took it up in this very moment.
  const now = await engine.presence.find(session.member);
  if (now !== undefined) await engine.presence.leave(room, now);
}

/** Bans a user from a room, and takes it out; or mutes it there. `ms`: for how long; without it for good. */
export async function sanction(
  node: LocalNode,
  room: string,
  kind: 'ban' | 'mute',
  user: string,
  ms: number | undefined,
  reason: string | undefined,
): Promise<void> {
  const local = node.rooms.acquire(room);
  try {
    await local.ready;
    await local.state.sanctions.impose(kind, user, ms, reason);
    if (kind === 'ban' && (await staysIn(node.context, user, room))) await leaveForGood(node.context, user, room);
    if (kind === 'ban')
      await node.rooms.publish(room, { remove: user, code: 'BANNED', ...(reason === undefined ? {} : { reason }) });
  } finally {
    node.rooms.release(local);
  }
}
