import { ChatError } from '../../model/errors.js';
import { explainName, parseNickname } from '../../model/names.js';
import type { NameOwner } from '../../ports/engine.js';
import type { Context } from '../context.js';

/**
 * The user meant by a name, a user id or a member id.
 *
 * @throws ChatError `NO_SUCH_MEMBER`
 */
export async function findUser({ engine, limits }: Context, who: string): Promise<NameOwner> {
  // Ids first: a name that is somebody's id must not draw to itself what is meant for that id.
  const name = await engine.presence.nameOf(who);
  if (name !== undefined) return { user: who, name };
  const session = await engine.presence.find(who);
  if (session !== undefined) return { user: session.user, name: session.name };
  const parsed = parseNickname(who, limits);
  const owner = parsed === undefined ? undefined : await engine.presence.findName(parsed.key);
  if (owner !== undefined) return owner;
  throw new ChatError(
    'NO_SUCH_MEMBER',
    parsed === undefined ? explainName(who, 'name', limits) : `There is no "${parsed.name}" here.`,
  );
}
