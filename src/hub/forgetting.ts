import { ChatError } from '../model/errors.js';
import { randomId } from '../model/ids.js';
import type { MessageLog } from '../ports/engine.js';
import type { Context } from './context.js';
import { forgetGuest } from './lasting.js';

/** Logs that are named at once, and entries that are read at once. */
const atOnce = 200;

/** In whose name messages are erased. */
const server = { id: 'server', user: 'server', name: 'server' };

/**
 * Erases what a user wrote: its messages in rooms, as deletions that all who are there are told; its reactions; its direct messages, in its
 * own inbox and in those of others; what it has read, its rooms and its block list.
 *
 * @throws ChatError `BAD_COMMAND` when the engine can't
 */
export async function forgetUser(context: Context, user: string): Promise<void> {
  const { log } = context.engine;
  if (log.names === undefined || log.erase === undefined)
    throw new ChatError('BAD_COMMAND', 'The engine of this server can not forget a user.');
  await forgetGuest(context, { user: { id: user } });
  for await (const name of logsOf(log)) {
    if (name.startsWith('@')) await log.erase(name, user);
    else await sweep(log, name, user);
  }
}

async function* logsOf(log: MessageLog): AsyncGenerator<string> {
  const seen = new Set<string>();
  for (let after: string | undefined; ; ) {
    const page = await log.names?.({ limit: atOnce, ...(after === undefined ? {} : { after }) });
    for (const name of page?.names ?? []) {
      if (!seen.has(name)) yield name;
      seen.add(name);
    }
    after = page?.next;
    if (after === undefined) return;
  }
}

async function sweep(log: MessageLog, room: string, user: string): Promise<void> {
  for (let after = 0; ; ) {
    const page = await log.read(room, { after, limit: atOnce, only: 'messages' });
    for (const entry of page.entries) {
      after = entry.offset;
      if (entry.type !== 'message' || entry.deleted !== undefined) continue;
      const id = randomId(12);
      if (entry.from.user === user) await append(log, { type: 'delete', room, id, from: server, message: entry.id });
      else
        for (const [reaction, users] of Object.entries(entry.reactions ?? {}))
          if (users.includes(user)) {
            const from = { id: user, user, name: server.name };
            await append(log, {
              type: 'reaction',
              room,
              id: randomId(12),
              from,
              message: entry.id,
              reaction,
              removed: true,
            });
          }
    }
    if (!page.more) return;
  }
}

/** Somebody may have deleted it in this very moment, or it was trimmed away. */
async function append(
  log: MessageLog,
  draft: Parameters<MessageLog['append']>[1] & { readonly room: string },
): Promise<void> {
  try {
    await log.append(draft.room, draft);
  } catch (error) {
    if (!(error instanceof ChatError) || error.code !== 'NO_SUCH_MESSAGE') throw error;
  }
}
