import { parseNickname } from '../../model/names.js';
import { blockedBy, block as blockUser, unblock as unblockUser } from '../blocks.js';
import type { CommandHandler } from './caller.js';
import { findUser } from './find-user.js';

/** Hears no more from somebody. */
export const block: CommandHandler<'block'> = {
  type: 'block',
  async run(caller, command) {
    const { node, member } = caller;
    await blockUser(node.context, member.user.id, await findUser(node.context, command.member));
    caller.reply({ type: 'ok' });
  },
};

/** Hears from somebody again, who may be known by another name by now, or be gone. */
export const unblock: CommandHandler<'unblock'> = {
  type: 'unblock',
  async run(caller, command) {
    const { member } = caller;
    const { context } = caller.node;
    const present = await blockedBy(context, member.user.id);
    const key = parseNickname(command.member, context.limits)?.key;
    const known = present.find(
      ({ user, name }) =>
        user === command.member || (key !== undefined && parseNickname(name, context.limits)?.key === key),
    );
    const { user } = known ?? (await findUser(context, command.member));
    await unblockUser(context, member.user.id, user);
    caller.reply({ type: 'ok' });
  },
};

/** Says from whom nothing is heard. */
export const blocked: CommandHandler<'blocked'> = {
  type: 'blocked',
  async run(caller) {
    const { node, member } = caller;
    caller.reply({ type: 'blocked', users: await blockedBy(node.context, member.user.id) });
  },
};
