import type { CommandHandler } from './caller.js';
import { mayRead } from './may-read.js';

/** Tells who is in a room; in a large one how many. */
export const members: CommandHandler<'members'> = {
  type: 'members',
  async run(caller, command) {
    const { engine, limits } = caller.node.context;
    const room = await mayRead(caller, command.room);
    const { members: people, count, complete } = await engine.presence.list(room);
    const detail = count > limits.presenceDetail ? {} : { members: people };
    caller.reply({ type: 'members', room, ...detail, count, complete });
  },
};
