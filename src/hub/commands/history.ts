import type { HistoryCommand } from '../../model/commands.js';
import type { DirectMessage, Entry, Message } from '../../model/entry.js';
import { inboxOf } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { HistoryEvent } from '../../model/events.js';
import type { LogPage, LogRange } from '../../ports/engine.js';
import type { Caller, CommandHandler } from './caller.js';
import { findUser } from './find-user.js';
import { mayRead } from './may-read.js';

/** Messages of one page at most. */
export const pageLimit = 200;
const defaultLimit = 50;
/** Pages of an inbox that are looked through for the messages with one person. */
const inboxPages = 10;

/** Reads what was said earlier. */
export const history: CommandHandler<'history'> = {
  type: 'history',
  async run(caller, command) {
    if ((command.room === undefined) === (command.with === undefined)) {
      throw new ChatError('BAD_COMMAND', 'Ask for the history of a room, or with somebody.');
    }
    if (command.before !== undefined && command.after !== undefined) {
      throw new ChatError('BAD_COMMAND', 'Ask for what was before an offset, or after one.');
    }
    caller.reply(
      command.room === undefined ? await withSomebody(caller, command) : await ofRoom(caller, command, command.room),
    );
  },
};

async function ofRoom(caller: Caller, command: HistoryCommand, name: string): Promise<HistoryEvent> {
  const room = name === '@' ? name : await mayRead(caller, name);
  const log = name === '@' ? inboxOf(caller.member.user.id) : room;
  const { entries, epoch, more } = await read(caller, log, command, rangeOf(command));
  noteShown(caller, room, entries[0]?.offset ?? 0, command.after === undefined && !more);
  return { type: 'history', room, epoch, messages: entries.filter(isSaid), more };
}

/** At a terminal, what is behind the marker may have been shown by now: a page of it at a time. */
function noteShown({ member }: Caller, room: string, from: number, all: boolean): void {
  const { residence } = member;
  const membership = room === '@' ? residence.inbox : residence.get(room);
  if (membership === undefined) return;
  if (all || from <= (membership.marker?.offset ?? 0) + 1) membership.allShown = true;
}

async function withSomebody(caller: Caller, command: HistoryCommand): Promise<HistoryEvent> {
  const { user } = await findUser(caller.node.context, command.with ?? '');
  const inbox = inboxOf(caller.member.user.id);
  const wanted = rangeOf(command);
  const found: DirectMessage[] = [];
  let range: LogRange = { ...wanted, limit: pageLimit };
  for (let pages = 0; ; pages++) {
    // Only the first page is asked for by an offset of the client's.
    const page = await read(caller, inbox, pages === 0 ? command : {}, range);
    const matching = page.entries
      .filter(isDirect)
      .filter((entry) => entry.from.user === user || entry.to.user === user);
    if (wanted.after === undefined) found.unshift(...matching);
    else found.push(...matching);
    const edge = wanted.after === undefined ? page.entries[0] : page.entries.at(-1);
    if (!page.more || edge === undefined || found.length > wanted.limit || pages === inboxPages) {
      const messages = wanted.after === undefined ? found.slice(-wanted.limit) : found.slice(0, wanted.limit);
      return {
        type: 'history',
        with: user,
        epoch: page.epoch,
        messages,
        more: page.more || found.length > wanted.limit,
      };
    }
    range = wanted.after === undefined ? { ...range, before: edge.offset } : { ...range, after: edge.offset };
  }
}

function rangeOf({ before, after, limit = defaultLimit }: HistoryCommand): LogRange {
  const most = Math.max(1, Math.min(limit, pageLimit));
  if (before !== undefined) return { before, limit: most, only: 'messages' };
  return after === undefined ? { limit: most, only: 'messages' } : { after, limit: most, only: 'messages' };
}

/** Reads a page; offsets of another epoch say nothing about this one, so that the newest page is given then. */
async function read(
  { node }: Caller,
  log: string,
  { epoch }: Pick<HistoryCommand, 'epoch'>,
  range: LogRange,
): Promise<LogPage> {
  const bytes = node.context.limits.recoverBytes;
  const page = await node.context.engine.log.read(log, { ...range, bytes });
  if (epoch === undefined || epoch === page.epoch) return page;
  return node.context.engine.log.read(log, { limit: range.limit, bytes, only: 'messages' });
}

function isSaid(entry: Entry): entry is Message | DirectMessage {
  return entry.type === 'message' || entry.type === 'direct';
}

function isDirect(entry: Entry): entry is DirectMessage {
  return entry.type === 'direct';
}
