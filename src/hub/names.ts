import { ChatError } from '../model/errors.js';
import type { Limits } from '../model/limits.js';
import {
  explainName,
  isReservedName,
  type Nickname,
  parseNickname,
  parseRoomName,
  type RoomName,
} from '../model/names.js';
import type { Presence } from '../ports/engine.js';

/**
 * A room's name in normal form.
 *
 * @throws ChatError `BAD_ROOM`
 */
export function roomOf(input: unknown, limits: Limits): RoomName {
  const room = parseRoomName(input, limits);
  if (room === undefined) throw new ChatError('BAD_ROOM', explainName(input, 'room', limits));
  return room;
}

/**
 * A nickname as it is shown, and the key by which names are compared.
 *
 * @throws ChatError `BAD_NAME`; `NAME_TAKEN` for names that nobody may have
 */
export function nicknameOf(input: unknown, limits: Limits): { readonly name: Nickname; readonly key: string } {
  const parsed = parseNickname(input, limits);
  if (parsed === undefined) throw new ChatError('BAD_NAME', explainName(input, 'name', limits));
  if (isReservedName(parsed.key)) throw new ChatError('NAME_TAKEN', `"${parsed.name}" is reserved.`);
  return parsed;
}

/** Whether a name is the id of somebody else, who would be taken for whoever has it. */
export async function isOthersId(name: string, user: string, presence: Presence): Promise<boolean> {
  if (name === user) return false;
  const session = await presence.find(name);
  return (session !== undefined && session.user !== user) || (await presence.nameOf(name)) !== undefined;
}
