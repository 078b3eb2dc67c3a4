import type { SendCommand } from '../../model/commands.js';
import type { EntryDraft } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { SentEvent } from '../../model/events.js';
import type { Appended } from '../../ports/engine.js';
import { messageStored } from '../absence.js';
import type { LocalNode } from '../local-node.js';
import type { MemberState } from '../member-state.js';
import type { Membership } from '../membership.js';
import type { SendDraft } from '../policies.js';
import { membershipOf, sameCommand, sent } from './appending.js';
import type { Begun, Caller, CommandHandler } from './caller.js';
import { type Content, checkKey, contentOf, decided } from './content.js';
import { maySpeak } from './may-speak.js';
import { messageId } from './message-id.js';

/** Says something in a room. */
export const send: CommandHandler<'send'> = {
  type: 'send',
  send: true,
  pipelined: true,
  run(caller, command) {
    checkKey(command.key);
    const membership = membershipOf(caller, command.room);
    if (command.repeat && command.key !== undefined) return repeated(caller, command, membership, command.key);
    return decide(caller, command, membership);
  },
};

async function repeated(caller: Caller, command: SendCommand, membership: Membership, key: string): Promise<Begun> {
  const { log } = caller.node.context.engine;
  const first = await log.find(membership.room.name, caller.member.user.id, key);
  if (first === undefined) return decide(caller, command, membership);
  sameCommand(first, { type: 'message' });
  // In its turn: earlier messages may not be stored yet.
  return { answer: Promise.resolve(sent(membership.room.name, first)) };
}

function decide(caller: Caller, command: SendCommand, membership: Membership): Begun | Promise<Begun> {
  const { context } = caller.node;
  const { room } = membership;
  if (membership.gone) throw new ChatError('NOT_A_MEMBER', undefined, { room: room.name });
  maySpeak(caller, membership);
  const draft = contentOf(command, context.limits);
  const policy = context.policies.send;
  if (policy === undefined) return store(caller, command, membership, draft);
  const facts = { member: caller.member.handle, room: room.name, message: draft };
  const answer = context.runner.ask('send policy', policy, facts, caller.member.goneSignal);
  // What a policy made of it is checked again.
  const settle = (settled: SendDraft | null | void) =>
    store(caller, command, membership, contentOf(decided(settled, draft), context.limits));
  if (!(answer instanceof Promise)) return settle(answer);
  return answer.then((settled) => {
    if (membership.gone) throw new ChatError('NOT_A_MEMBER', undefined, { room: room.name });
    return settle(settled);
  });
}

function store(caller: Caller, command: SendCommand, membership: Membership, content: Content): Begun {
  const { node, member } = caller;
  const { context } = node;
  const room = membership.room.name;
  const entry = messageDraft(room, node, member, command.key, content);
  const { tally, tracer, clock } = context;
  const began = clock.monotonic();
  const step = tracer?.append(caller, command, room, entry.id);
  const stored = context.engine.log.append(room, entry, { known: membership.room.position });
  if (step !== undefined) stored.then(() => step.end(), step.end);
  return { answer: stored.then(acknowledge) };

  function acknowledge(stored: Appended): SentEvent {
    tally.append.observe(clock.monotonic() - began);
    if (stored.duplicate) {
      tally.repeats++;
      sameCommand(stored, entry);
    } else tally.messages.room++;
    if (!stored.duplicate && stored.entry?.type === 'message') {
      const { entry: message } = stored;
      if (context.events.has('message'))
        context.events.emit('message', { member: member.handle, room, text: message.text, message });
      messageStored(context, message);
    }
    return sent(room, stored, command.id);
  }
}

type MessageDraft = Extract<EntryDraft, { readonly type: 'message' }>;

/** A literal, not spreads: this runs for every message. */
function messageDraft(
  room: string,
  node: LocalNode,
  { author }: MemberState,
  key: string | undefined,
  content: Content,
): EntryDraft {
  const draft: { -readonly [K in keyof MessageDraft]: MessageDraft[K] } = {
    type: 'message',
    room,
    id: messageId(node, author.user, room, key),
    from: author,
    text: content.text,
  };
  if (content.data !== undefined) draft.data = content.data;
  if (content.action) draft.action = true;
  if (key !== undefined) draft.key = key;
  return draft;
}
