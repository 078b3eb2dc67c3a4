import { amend, mayAmend, store } from './amending.js';
import type { CommandHandler } from './caller.js';
import { messageId } from './message-id.js';

/** Erases a message. */
export const deletion: CommandHandler<'delete'> = {
  type: 'delete',
  send: true,
  run: (caller, command) =>
    amend(caller, command, async (membership, message) => {
      const { node, member } = caller;
      const room = membership.room.name;
      await mayAmend(caller, 'delete', membership, message);
      return store(
        caller,
        membership,
        {
          type: 'delete',
          room,
          id: messageId(node, member.user.id, room, command.key),
          from: member.author,
          message: message.id,
          ...(command.key === undefined ? {} : { key: command.key }),
        },
        (entry) => {
          if (entry.type === 'delete')
            node.context.events.emit('delete', { member: member.handle, room, deletion: entry });
        },
      );
    }),
};
