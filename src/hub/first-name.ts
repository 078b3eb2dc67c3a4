import { ChatError } from '../model/errors.js';
import { isReservedName, parseNickname } from '../model/names.js';
import type { Caller } from './commands/caller.js';
import { mayTakeName } from './commands/nick.js';
import type { Context } from './context.js';
import type { MemberState } from './member-state.js';
import { isOthersId, nicknameOf } from './names.js';

/** How often a free name is looked for before giving up. */
const nameAttempts = 16;

/** The name that is asked for; else the one that the user has, or brings; else one of our making. */
export async function takeFirstName(caller: Caller, member: MemberState, wished: string | undefined): Promise<void> {
  const { engine, limits } = caller.node.context;
  if (wished !== undefined) {
    const { name, key } = nicknameOf(wished, limits);
    await mayTakeName({ node: caller.node, member }, name);
    if (!(await claim(key, name))) throw new ChatError('NAME_TAKEN', `"${name}" is taken.`);
    return;
  }
  const known = await engine.presence.nameOf(member.user.id);
  if (known !== undefined) {
    member.name = known;
    return;
  }
  const brought = 'name' in member.user ? parseNickname(member.user.name, limits) : undefined;
  if (brought !== undefined && !isReservedName(brought.key) && (await claim(brought.key, brought.name))) return;
  const stem = brought?.name ?? (member.guest ? 'guest' : 'user');
  await takeMadeName(caller.node.context, stem, claim);

  async function claim(key: string, name: string): Promise<boolean> {
    if (await isOthersId(name, member.user.id, engine.presence)) return false;
    const claimed = await engine.presence.claimName({ key, name, fence: member.fence });
    // Somebody may have ended the session by now: its fence holds no more, and the name need not be taken.
    member.mustLive();
    if (!claimed) return false;
    member.name = name;
    // Another session of the user may have begun at the same time, and believes in another name.
    await member.tellName();
    return true;
  }
}

/**
 * Another user has this one's name by now: the store had lost who had it. The later one is given another name, and told.
 *
 * @throws ChatError `ENGINE_UNAVAILABLE`
 */
export async function replaceName(context: Context, member: MemberState): Promise<void> {
  const { presence } = context.engine;
  await member.turns.run(async () => {
    if (member.over) return;
    // Another session of the user may have found one.
    const found = await presence.nameOf(member.user.id);
    if (found !== undefined) return member.renamedBy(found);
    await takeMadeName(context, member.name, async (key, name) => {
      if (await isOthersId(name, member.user.id, presence)) return false;
      if (!(await presence.claimName({ key, name, fence: member.fence }))) return false;
      member.renamedBy(name);
      await member.tellName();
      return true;
    });
  });
}

/** Tries names that begin as this one, until one is free. */
async function takeMadeName(
  { limits }: Context,
  stem: string,
  claim: (key: string, name: string) => Promise<boolean>,
): Promise<void> {
  for (let attempt = 0; attempt < nameAttempts; attempt++) {
    const made = parseNickname(`${stem}-${hex(attempt < nameAttempts / 2 ? 4 : 8)}`, {
      nameLength: limits.nameLength + 9,
    });
    if (made !== undefined && (await claim(made.key, made.name))) return;
  }
  throw new ChatError('INTERNAL', 'No free name was found.');
}

function hex(digits: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(digits)), (byte) => (byte & 15).toString(16)).join('');
}
