import { ChatError } from '../../model/errors.js';
import { roomOf } from '../names.js';
import type { Caller } from './caller.js';

/**
 * The room's name in normal form, when the caller may read there: as a member, or by the `read` policy.
 *
 * @throws ChatError `BAD_ROOM`, `NOT_A_MEMBER`
 */
export async function mayRead({ node, member }: Caller, name: string): Promise<string> {
  const { limits, policies, runner } = node.context;
  const room = roomOf(name, limits);
  if (member.residence.get(room) !== undefined) return room;
  const allowed =
    policies.read !== undefined &&
    (await runner.ask('read policy', policies.read, { member: member.handle, room }, member.goneSignal)) === true;
  if (!allowed) throw new ChatError('NOT_A_MEMBER', undefined, { room });
  return room;
}
