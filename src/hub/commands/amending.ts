import type { Entry, EntryDraft, Message } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { SentEvent } from '../../model/events.js';
import type { Appended } from '../../ports/engine.js';
import type { Membership } from '../membership.js';
import type { ModerationAction } from '../policies.js';
import { appended, membershipOf, sameCommand, sent } from './appending.js';
import type { Begun, Caller } from './caller.js';
import { checkKey } from './content.js';

/** An entry that changes a message, before it has its place. */
type AmendmentDraft = Extract<EntryDraft, { readonly message: string }>;

/** What all commands have that change a message. */
interface Amending {
  readonly type: 'edit' | 'delete' | 'react';
  readonly room: string;
  readonly message: string;
  readonly key?: string;
  readonly repeat?: boolean;
}

/**
 * Looks a repeat up, or does what the command is for.
 *
 * @param begin - what stores the entry, once it is known not to be a repeat
 * @throws ChatError `BAD_ROOM`, `NOT_A_MEMBER`, `BAD_COMMAND`, `NO_SUCH_MESSAGE`
 */
export async function amend(
  caller: Caller,
  command: Amending,
  begin: (membership: Membership, message: Message) => Begun | Promise<Begun>,
): Promise<Begun> {
  checkKey(command.key);
  const { log } = caller.node.context.engine;
  const membership = membershipOf(caller, command.room);
  const { name } = membership.room;
  const first = command.repeat ? await earlier(caller, command, name) : undefined;
  if (first !== undefined) return first;
  const message = await log.get(name, command.message);
  if (message !== undefined) return begin(membership, message);
  // It may be gone by this very command: its key says so, even where nobody said that it is a repeat.
  const gone = await earlier(caller, command, name);
  if (gone !== undefined) return gone;
  throw new ChatError('NO_SUCH_MESSAGE', undefined, { room: name });
}

/** What was stored by the command's key; undefined where nothing was. */
async function earlier(
  { node, member }: Caller,
  { type, key, message }: Amending,
  room: string,
): Promise<Begun | undefined> {
  const first = key === undefined ? undefined : await node.context.engine.log.find(room, member.user.id, key);
  if (first === undefined) return undefined;
  sameCommand(first, { type: type === 'react' ? 'reaction' : type, message });
  return { answer: Promise.resolve(sent(room, { ...first, id: message })) };
}

/**
 * Authors may change what they said; others where the `moderate` policy lets them.
 *
 * @throws ChatError `FORBIDDEN`, what the policy throws
 */
export async function mayAmend(
  { node, member }: Caller,
  action: ModerationAction & ('edit' | 'delete'),
  { room }: Membership,
  message: Message,
): Promise<void> {
  if (message.from.user === member.user.id) return;
  const { policies, runner } = node.context;
  const { user, name } = message.from;
  const facts = { member: member.handle, room: room.name, action, target: { user, name }, message };
  const allowed =
    policies.moderate !== undefined &&
    (await runner.ask('moderate policy', policies.moderate, facts, member.goneSignal)) === true;
  if (!allowed) throw new ChatError('FORBIDDEN', 'That is not your message.', { room: room.name });
}

/** Stores an entry, and tells the application of it. */
export function store(
  caller: Caller,
  membership: Membership,
  draft: AmendmentDraft,
  tell: (entry: Entry) => void,
): Begun {
  const room = membership.room.name;
  if (membership.gone) throw new ChatError('NOT_A_MEMBER', undefined, { room });
  const acknowledge = (stored: Appended): SentEvent => {
    sameCommand(stored, draft);
    if (!stored.duplicate && stored.entry !== undefined) tell(stored.entry);
    // Told of the message, not of the entry: that is what the client knows.
    return sent(room, { ...stored, id: draft.message });
  };
  return { answer: appended(caller, membership, draft).then(acknowledge) };
}
