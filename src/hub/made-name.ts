import { ChatError } from '../model/errors.js';
import { parseNickname } from '../model/names.js';
import type { Context } from './context.js';
import type { MemberState } from './member-state.js';

/** How often a free name is looked for before giving up. */
const nameAttempts = 16;

/** Tries names that begin as this one, until one is free. */
export async function takeMadeName(
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

/**
 * Another user has this one's name by now: the store had lost who had it. The later one is given another name, and told.
 *
 * @throws ChatError `ENGINE_UNAVAILABLE`
 */
export async function replaceName(context: Context, member: MemberState): Promise<void> {
  const { naming } = member;
  await member.turns.run(async () => {
    if (member.over) return;
    // Another session of the user may have found one.
    const found = await context.engine.presence.nameOf(member.user.id);
    if (found !== undefined) {
      naming.change(found, true);
      return;
    }
    const was = member.name;
    await takeMadeName(context, was, (key, name) => naming.claim(key, name, (event) => member.tell(event)));
    context.events.emit('rename', { member: member.handle, name: member.name, was });
  });
}

function hex(digits: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(digits)), (byte) => (byte & 15).toString(16)).join('');
}
