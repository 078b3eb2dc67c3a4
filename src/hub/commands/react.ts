import type { ReactCommand } from '../../model/commands.js';
import type { Message } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { Limits } from '../../model/limits.js';
import { amend, store } from './amending.js';
import type { CommandHandler } from './caller.js';
import { maySpeak } from './may-speak.js';
import { messageId } from './message-id.js';

/** With one reaction: a message is shown with all of them each time. */
const mostUsers = 1_000;

/** Adds a reaction to a message, or takes it back. */
export const react: CommandHandler<'react'> = {
  type: 'react',
  send: true,
  run: (caller, command) =>
    amend(caller, command, (membership, message) => {
      const { node, member } = caller;
      const { name: room } = membership.room;
      maySpeak(caller, membership);
      checkReaction(command, message, node.context.limits);
      return store(
        caller,
        membership,
        {
          type: 'reaction',
          room,
          id: messageId(node, member.user.id, room, command.key),
          from: member.author,
          message: message.id,
          reaction: command.reaction,
          ...(command.remove ? { removed: true } : {}),
          ...(command.key === undefined ? {} : { key: command.key }),
        },
        (entry) => {
          if (entry.type === 'reaction')
            node.context.events.emit('reaction', { member: member.handle, room, reaction: entry });
        },
      );
    }),
};

/** @throws ChatError `BAD_COMMAND`, `TOO_LONG` */
export function checkReaction(
  { reaction, remove }: Pick<ReactCommand, 'reaction' | 'remove'>,
  message: Message,
  limits: Limits,
): void {
  if (reaction.trim() === '' || reaction.length > 64)
    throw new ChatError('BAD_COMMAND', 'A reaction has 1 to 64 characters.');
  if (remove) return;
  const present = new Map(Object.entries(message.reactions ?? {}));
  const users = present.get(reaction);
  if (users === undefined && present.size >= limits.reactions)
    throw new ChatError('TOO_LONG', `A message may have ${limits.reactions} different reactions.`);
  if (users !== undefined && users.length >= mostUsers)
    throw new ChatError('TOO_LONG', `No more than ${mostUsers} people are counted with one reaction.`);
}
