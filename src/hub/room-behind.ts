import type { Author, EntryDraft, Message } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import { checkedData, checkKey, contentOf } from './commands/content.js';
import { messageId } from './commands/message-id.js';
import type { LocalNode } from './local-node.js';
import type { LocalRoom } from './local-room.js';
import type { Member } from './member.js';
import type { HistoryOptions, RoomBehind, RoomSendOptions } from './room.js';
import type { RoomListeners } from './room-listeners.js';
import { tapeBytes } from './tape.js';

/** Bytes that the application may queue for a room in one turn, before it has to wait for the next. */
const turnShare = 4 * tapeBytes;

/** The application itself, where it says nothing else. */
const server: Author = { id: 'server', user: 'server', name: 'server' };

/** What the handle of a room does. */
export function roomBehind(
  room: string,
  listeners: RoomListeners,
  local: () => LocalRoom | undefined,
  open: () => Promise<LocalNode>,
): RoomBehind {
  return {
    get size() {
      return local()?.people.count ?? 0;
    },
    async send(text, options) {
      const node = await open();
      // What an application says right after it began to listen, it hears.
      await listeners.ready(room);
      const known = local()?.position;
      const draft = draftOf(room, text, options, node);
      const { log } = node.context.engine;
      const { entry } = await log.append(room, draft, known === undefined || known.epoch === '' ? {} : { known });
      // An application that awaits its sends is held to what members can be given: the awaits of a memory engine take no turn.
      if ((local()?.turnBytes ?? 0) > turnShare) await node.context.fanOut.flusher.turn();
      if (entry?.type !== 'message')
        throw new ChatError('NO_SUCH_MESSAGE', 'It was said before, and is kept no longer.');
      return entry;
    },
    async signal(name, data, { except, from }) {
      const node = await open();
      const payload = { signal: name, from: authorOf(from), data: checkedData(data, node.context.limits) };
      await node.rooms.publish(room, except === undefined ? payload : { ...payload, except: except.id });
    },
    members: async () => (await (await open()).context.engine.presence.list(room)).members,
    async history(options) {
      const { log } = (await open()).context.engine;
      return (await log.read(room, { ...rangeOf(options), only: 'messages' })).entries.filter(isMessage);
    },
    listen: (listener) => listeners.add(room, listener),
    unlisten: (listener) => void listeners.delete(room, listener),
  };
}

function draftOf(room: string, text: string, options: RoomSendOptions, node: LocalNode): EntryDraft {
  checkKey(options.key);
  const { data, action, key } = options;
  const from = authorOf(options.from);
  return {
    type: 'message',
    room,
    id: messageId(node, from.user, room, key),
    from,
    ...contentOf({ text, data, action }, node.context.limits),
    ...(key === undefined ? {} : { key }),
  };
}

function authorOf(from: RoomSendOptions['from'] | Pick<Member, 'id' | 'name' | 'user'>): Author {
  if (from === undefined) return server;
  const { name, id = name } = from;
  const user = typeof from.user === 'object' ? from.user.id : (from.user ?? id);
  return { id, user, name };
}

function rangeOf({ limit = 50, before, after }: HistoryOptions) {
  if (before !== undefined) return { limit, before };
  return after === undefined ? { limit } : { limit, after };
}

function isMessage(entry: { readonly type: string }): entry is Message {
  return entry.type === 'message';
}
