import { ChatError, type ErrorCode } from '../model/errors.js';
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
  const sessions = await node.context.engine.presence.sessionsOf(user);
  if (!sessions.some(({ rooms }) => rooms.includes(room))) throw new ChatError('NO_SUCH_MEMBER', undefined, { room });
  await node.rooms.publish(room, { remove: user, code, ...(reason === undefined ? {} : { reason }) });
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
    if (kind === 'ban')
      await node.rooms.publish(room, { remove: user, code: 'BANNED', ...(reason === undefined ? {} : { reason }) });
  } finally {
    node.rooms.release(local);
  }
}
