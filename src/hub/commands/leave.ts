import { ChatError } from '../../model/errors.js';
import { roomOf } from '../names.js';
import type { CommandHandler } from './caller.js';

/** Leaves a room. */
export const leave: CommandHandler<'leave'> = {
  type: 'leave',
  async run(caller, command) {
    const room = roomOf(command.room, caller.node.context.limits);
    const left = await caller.member.leaveRoom(room, (event) => caller.reply(event), caller.link);
    if (!left) throw new ChatError('NOT_A_MEMBER', undefined, { room });
  },
};
