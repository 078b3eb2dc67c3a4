import { ChatError } from '../model/errors.js';
import { isReservedName, parseNickname } from '../model/names.js';
import type { Caller } from './commands/caller.js';
import { mayTakeName } from './commands/nick.js';
import { takeMadeName } from './made-name.js';
import type { MemberState } from './member-state.js';
import { nicknameOf } from './names.js';

/** The name that is asked for; else the one that the user has, or brings; else one of our making. */
export async function takeFirstName(caller: Caller, member: MemberState, wished: string | undefined): Promise<void> {
  const { context } = caller.node;
  const { limits } = context;
  // The client hears its name with the welcome.
  const claim = (key: string, name: string) => member.naming.claim(key, name, () => undefined);
  if (wished !== undefined) {
    const { name, key } = nicknameOf(wished, limits);
    await mayTakeName({ node: caller.node, member }, name);
    if (!(await claim(key, name))) throw new ChatError('NAME_TAKEN', `"${name}" is taken.`);
    return;
  }
  if (await member.naming.refresh()) return;
  const brought = 'name' in member.user ? parseNickname(member.user.name, limits) : undefined;
  if (brought !== undefined && !isReservedName(brought.key) && (await claim(brought.key, brought.name))) return;
  await takeMadeName(context, brought?.name ?? (member.guest ? 'guest' : 'user'), claim);
}
