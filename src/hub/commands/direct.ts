import type { DirectCommand } from '../../model/commands.js';
import type { EntryDraft } from '../../model/entry.js';
import { inboxOf } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { SentEvent } from '../../model/events.js';
import type { Appended, NameOwner } from '../../ports/engine.js';
import { directStored } from '../absence.js';
import { isBlocked } from '../blocks.js';
import type { SendDraft } from '../policies.js';
import type { Begun, Caller, CommandHandler } from './caller.js';
import { checkKey, contentOf, decided } from './content.js';
import { findUser } from './find-user.js';
import { messageId } from './message-id.js';

/** Says something to one user, wherever its sessions are. */
export const direct: CommandHandler<'direct'> = {
  type: 'direct',
  send: true,
  async run(caller, command) {
    checkKey(command.key);
    const { context, sanctions } = caller.node;
    const to = await findUser(context, command.to);
    if (command.repeat && command.key !== undefined) {
      const { user } = caller.member;
      const first = await context.engine.log.find(inboxOf(user.id), user.id, command.key, to.user);
      if (first !== undefined) return caller.reply(sent(first));
    }
    sanctions.checkMute(caller.member.who);
    if (await isBlocked(context, to.user, caller.member.user.id))
      throw new ChatError('FORBIDDEN', `"${to.name}" does not want to hear from you.`);
    return store(caller, command, to, await decide(caller, command, to));
  },
};

async function decide({ node, member }: Caller, command: DirectCommand, to: NameOwner): Promise<SendDraft> {
  const { limits, policies, runner } = node.context;
  const draft: SendDraft = contentOf(command, limits);
  if (policies.direct === undefined) return draft;
  const facts = { member: member.handle, to, message: draft };
  return decided(await runner.ask('direct policy', policies.direct, facts, member.goneSignal), draft);
}

function store(caller: Caller, command: DirectCommand, to: NameOwner, message: SendDraft): Begun {
  const { node, member } = caller;
  const { context } = node;
  const { text, data } = contentOf(message, context.limits);
  const own = inboxOf(member.user.id);
  const { key } = command;
  const draft: EntryDraft = {
    type: 'direct',
    id: messageId(node, member.user.id, inboxOf(to.user), key),
    from: member.author,
    to,
    text,
    ...(data === undefined ? {} : { data }),
    ...(key === undefined ? {} : { key }),
  };
  return { answer: appendToBoth() };

  async function appendToBoth(): Promise<SentEvent> {
    const { tally, tracer, clock } = context;
    const began = clock.monotonic();
    const step = tracer?.append(caller, command, '@', draft.id);
    let ours: Appended;
    try {
      const theirs = await context.engine.log.append(inboxOf(to.user), draft);
      ours = to.user === member.user.id ? theirs : await context.engine.log.append(own, draft);
    } catch (error) {
      step?.end(error);
      throw error;
    }
    step?.end();
    tally.append.observe(clock.monotonic() - began);
    if (ours.duplicate) tally.repeats++;
    else tally.messages.direct++;
    if (!ours.duplicate && ours.entry?.type === 'direct') {
      context.events.emit('direct', { member: member.handle, message: ours.entry });
      directStored(context, ours.entry);
    }
    return sent(ours);
  }
}

function sent({ id, epoch, offset, at, duplicate }: Appended): SentEvent {
  return { type: 'sent', message: id, epoch, offset, at, duplicate };
}
