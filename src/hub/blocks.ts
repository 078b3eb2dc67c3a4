import { inboxOf } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import type { NameOwner } from '../ports/engine.js';
import type { Context } from './context.js';

const prefix = 'block/';

/** Whether a user does not want to hear from another. */
export async function isBlocked({ engine }: Context, by: string, whom: string): Promise<boolean> {
  return by !== whom && (await engine.state.get(inboxOf(by), prefix + whom)) !== undefined;
}

/** The users that a user does not want to hear from. */
export async function blockedBy({ engine }: Context, by: string): Promise<readonly NameOwner[]> {
  const facts = [...(await engine.state.list(inboxOf(by)))].filter(([key]) => key.startsWith(prefix));
  return facts.map(([key, value]) => {
    const { name } = value as { readonly name: string };
    return { user: key.slice(prefix.length), name };
  });
}

/** @throws ChatError `TOO_LONG` when there are too many, `BAD_COMMAND` for the user itself */
export async function block(context: Context, by: string, { user, name }: NameOwner): Promise<void> {
  if (user === by) throw new ChatError('BAD_COMMAND', 'That is you.');
  const present = await blockedBy(context, by);
  const { blocks } = context.limits;
  if (present.length >= blocks && !present.some((blocked) => blocked.user === user))
    throw new ChatError('TOO_LONG', `You may block ${blocks} people.`);
  await context.engine.state.set(inboxOf(by), prefix + user, { name });
}

/** Hears from somebody again; nothing happens when it did all along. */
export async function unblock({ engine }: Context, by: string, whom: string): Promise<void> {
  await engine.state.set(inboxOf(by), prefix + whom, undefined);
}
