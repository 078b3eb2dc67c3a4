import { type Author, type DirectMessage, inboxOf, type Message, type Position } from '../model/entry.js';
import { mentionsIn } from '../model/mentions.js';
import { parseNickname } from '../model/names.js';
import type { NameOwner } from '../ports/engine.js';
import { isBlocked } from './blocks.js';
import type { Context } from './context.js';
import { staysIn } from './lasting.js';
import type { Residence } from './residence.js';

/** The most that is told of one log to whoever was away when its session ended. */
const mostMissed = 100;

/** A user is away when no node has a session of its; one that waits for its client may be taken up yet. */
async function isAway({ engine }: Context, user: string): Promise<boolean> {
  const sessions = await engine.presence.sessionsOf(user);
  return sessions.every(({ reserved }) => reserved === true);
}

/** Whoever wants to wake people hears of what was said to them. */
function tell({ events }: Context, user: NameOwner, message: Message | DirectMessage): void {
  events.emit('absent', { user, message, room: message.type === 'message' ? message.room : undefined });
}

/** A direct message was stored. Never rejects: it is nobody's to await. */
export function directStored(context: Context, message: DirectMessage): void {
  if (!context.events.has('absent') || message.to.user === message.from.user) return;
  observe(context, async () => {
    if (await isAway(context, message.to.user)) tell(context, message.to, message);
  });
}

/** A message was stored, which may mention people who are not there. Never rejects. */
export function messageStored(context: Context, message: Message): void {
  if (!context.events.has('absent') || !message.text.includes('@')) return;
  observe(context, async () => {
    for (const owner of await mentioned(context, message)) {
      if (!(await isMember(context, owner.user, message.room)) || !(await isAway(context, owner.user))) continue;
      if (!(await isBlocked(context, owner.user, message.from.user))) tell(context, owner, message);
    }
  });
}

async function mentioned({ engine, limits }: Context, { text, from }: Message): Promise<readonly NameOwner[]> {
  const owners = new Map<string, NameOwner>();
  for (const name of mentionsIn(text)) {
    const parsed = parseNickname(name, limits);
    const owner = parsed === undefined ? undefined : await engine.presence.findName(parsed.key);
    if (owner !== undefined && owner.user !== from.user) owners.set(owner.user, owner);
  }
  return [...owners.values()];
}

/** Nobody is told of what is said where it may not read. */
async function isMember(context: Context, user: string, room: string): Promise<boolean> {
  if (await staysIn(context, user, room)) return true;
  const sessions = await context.engine.presence.sessionsOf(user);
  return sessions.some(({ rooms }) => rooms.includes(room));
}

/** A session that is about to end. */
interface Watcher {
  readonly author: Author;
  readonly guest: boolean;
  readonly residence: Pick<Residence, 'memberships'>;
}

/** What a session had been sent, for when it ends without its client coming back: what came after that, its user did not see. */
export function unseenBy({ residence, author, guest }: Watcher, context: Context): (() => void) | undefined {
  if (guest || !context.events.has('absent')) return undefined;
  const reached = residence.memberships.map(({ room, position }) => ({ log: room.name, position }));
  return () => observe(context, () => tellMissed(context, { user: author.user, name: author.name }, reached));
}

async function tellMissed(
  context: Context,
  user: NameOwner,
  reached: readonly { readonly log: string; readonly position: Position }[],
): Promise<void> {
  // Another session of the user was there all the time, or is by now.
  if (!(await isAway(context, user.user))) return;
  for (const { log, position } of reached) {
    const range = { after: position.offset, limit: mostMissed, only: 'messages' } as const;
    const page = await context.engine.log.read(log, range);
    if (page.epoch !== position.epoch) continue;
    for (const entry of page.entries) {
      if (entry.from.user === user.user) continue;
      if (entry.type === 'direct' && log === inboxOf(user.user)) tell(context, user, entry);
      else if (entry.type === 'message' && (await concerns(context, user, entry))) tell(context, user, entry);
    }
  }
}

async function concerns(context: Context, { user }: NameOwner, message: Message): Promise<boolean> {
  const owners = message.deleted === undefined ? await mentioned(context, message) : [];
  if (!owners.some((owner) => owner.user === user)) return false;
  return (await staysIn(context, user, message.room)) && !(await isBlocked(context, user, message.from.user));
}

function observe(context: Context, work: () => Promise<void>): void {
  work().catch((error: unknown) => context.report(error, 'absent'));
}
