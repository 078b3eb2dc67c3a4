import type { SearchCommand } from '../../model/commands.js';
import { inboxOf } from '../../model/entry.js';
import { searchLogs, termsOf } from '../searching.js';
import type { Caller, CommandHandler } from './caller.js';
import { pageLimit } from './history.js';
import { mayRead } from './may-read.js';

const defaultLimit = 50;

/** Looks for words in what was said. */
export const search: CommandHandler<'search'> = {
  type: 'search',
  // No faster than messages: it is more work than they are.
  send: true,
  async run(caller, command) {
    const terms = termsOf(command.text, caller.node.context.limits);
    const place = await placeOf(caller, command);
    const limit = Math.max(1, Math.min(command.limit ?? defaultLimit, pageLimit));
    const found = await searchLogs(caller.node.context, { ...place, terms, before: command.before, limit });
    const room = command.room === undefined ? {} : { room: command.room === '@' ? '@' : (place.logs[0] ?? '') };
    caller.reply({ type: 'found', ...room, ...found });
  },
};

async function placeOf(caller: Caller, { room }: SearchCommand): Promise<{ logs: readonly string[]; single: boolean }> {
  if (room === undefined) return { logs: caller.member.rooms, single: false };
  if (room === '@') return { logs: [inboxOf(caller.member.user.id)], single: true };
  return { logs: [await mayRead(caller, room)], single: true };
}
