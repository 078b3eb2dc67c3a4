import { membershipOf } from './appending.js';
import type { CommandHandler } from './caller.js';

/** Tells up to where the user has read. */
export const read: CommandHandler<'read'> = {
  type: 'read',
  async run(caller, command) {
    const { member } = caller;
    const inbox = command.room === '@' ? member.residence.inbox : undefined;
    const membership = inbox ?? membershipOf(caller, command.room);
    const { epoch, offset: head } = membership.room.position;
    // Of another epoch, it was said about what is no more.
    if (command.epoch === undefined || command.epoch === epoch)
      await member.reading.mark(membership, { epoch, offset: Math.min(command.offset, head) });
    caller.reply({ type: 'ok' });
  },
};
