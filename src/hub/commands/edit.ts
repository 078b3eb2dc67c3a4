import type { EditCommand } from '../../model/commands.js';
import type { Message } from '../../model/entry.js';
import type { Membership } from '../membership.js';
import type { SendDraft } from '../policies.js';
import { amend, mayAmend, store } from './amending.js';
import type { Caller, CommandHandler } from './caller.js';
import { contentOf, decided } from './content.js';
import { maySpeak } from './may-speak.js';
import { messageId } from './message-id.js';

/** Gives a message another text. */
export const edit: CommandHandler<'edit'> = {
  type: 'edit',
  send: true,
  run: (caller, command) =>
    amend(caller, command, async (membership, message) => {
      const { room } = membership;
      const { node, member } = caller;
      maySpeak(caller, membership);
      await mayAmend(caller, 'edit', membership, message);
      const draft = await decide(caller, command, membership, message);
      // Whether it is an action stays as it was said.
      const { text, data } = contentOf(draft, node.context.limits);
      return store(
        caller,
        membership,
        {
          type: 'edit',
          room: room.name,
          id: messageId(node, member.user.id, room.name, command.key),
          from: member.author,
          message: message.id,
          text,
          ...(data === undefined ? {} : { data }),
          ...(command.key === undefined ? {} : { key: command.key }),
        },
        (entry) => {
          if (entry.type === 'edit')
            node.context.events.emit('edit', { member: member.handle, room: room.name, edit: entry });
        },
      );
    }),
};

/** What may not be said may not be said by an edit either. */
async function decide(
  { node, member }: Caller,
  command: EditCommand,
  { room }: Membership,
  edits: Message,
): Promise<SendDraft> {
  const { limits, policies, runner } = node.context;
  const draft: SendDraft = contentOf(command, limits);
  if (policies.send === undefined) return draft;
  const facts = { member: member.handle, room: room.name, message: draft, edits };
  return decided(await runner.ask('send policy', policies.send, facts, member.goneSignal), draft);
}
