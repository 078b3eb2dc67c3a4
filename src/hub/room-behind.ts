import type { Author, EntryDraft, JsonValue, Message } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import type { Topic } from '../model/events.js';
import { messageStored } from './absence.js';
import { sameCommand } from './commands/appending.js';
import { checkedOrNone, checkKey, contentOf } from './commands/content.js';
import { messageId } from './commands/message-id.js';
import { checkReaction } from './commands/react.js';
import { checkTopic, setTopic, topicKey } from './commands/topic.js';
import type { LocalNode } from './local-node.js';
import type { LocalRoom } from './local-room.js';
import type { Member } from './member.js';
import { kickFrom, sanction, withSanctions } from './moderation.js';
import type { AmendOptions, HistoryOptions, RoomBehind, RoomSendOptions } from './room.js';
import type { RoomListeners } from './room-listeners.js';
import { checkSanctioned } from './sanctions.js';
import { searchLogs, termsOf } from './searching.js';
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
      const { engine, clock, tally } = node.context;
      const began = clock.monotonic();
      const appended = await engine.log.append(room, draft, known === undefined || known.epoch === '' ? {} : { known });
      tally.append.observe(clock.monotonic() - began);
      if (appended.duplicate) tally.repeats++;
      else tally.messages.application++;
      sameCommand(appended, { type: 'message' });
      const { entry } = appended;
      // An application that awaits its sends is held to what members can be given: the awaits of a memory engine take no turn.
      if ((local()?.turnBytes ?? 0) > turnShare) await node.context.fanOut.flusher.turn();
      if (!appended.duplicate && entry?.type === 'message') messageStored(node.context, entry);
      if (entry?.type !== 'message')
        throw new ChatError('NO_SUCH_MESSAGE', 'It was said before, and is kept no longer.');
      return entry;
    },
    async signal(name, data, { except, from }) {
      const node = await open();
      const payload = { signal: name, from: authorOf(from), data: checkedOrNone(data, node.context.limits) };
      await node.rooms.publish(room, except === undefined ? payload : { ...payload, except: except.id });
    },
    members: async () => (await (await open()).context.engine.presence.list(room)).members,
    async history(options) {
      const { log } = (await open()).context.engine;
      return (await log.read(room, { ...rangeOf(options), only: 'messages' })).entries.filter(isMessage);
    },
    message: async (id) => (await open()).context.engine.log.get(room, id),
    async search(text, { before, limit = 50 }) {
      const { context } = await open();
      const terms = termsOf(text, context.limits);
      const found = await searchLogs(context, { logs: [room], single: true, terms, before, limit });
      return { messages: found.messages.filter(isMessage), next: found.next };
    },
    async edit(id, text, { from, key, data }) {
      const node = await open();
      const { limits } = node.context;
      const { text: checked, data: checkedToo } = contentOf({ text, data }, limits);
      const content = checkedToo === undefined ? { text: checked } : { text: checked, data: checkedToo };
      await amend(node, { type: 'edit', message: id, ...content }, from, key);
    },
    async delete(id, { from, key }) {
      await amend(await open(), { type: 'delete', message: id }, from, key);
    },
    async react(id, reaction, { from, key, remove = false }) {
      const node = await open();
      const message = await node.context.engine.log.get(room, id);
      if (message === undefined) throw new ChatError('NO_SUCH_MESSAGE', undefined, { room });
      checkReaction({ reaction, remove }, message, node.context.limits);
      const removed = remove ? ({ removed: true } as const) : {};
      await amend(node, { type: 'reaction', message: id, reaction, ...removed }, from, key);
    },
    async kick(whom, reason) {
      checkSanctioned(whom);
      await kickFrom(await open(), room, whom, 'KICKED', reason);
    },
    async impose(kind, whom, options) {
      checkSanctioned(whom);
      await sanction(await open(), room, kind, whom, options);
    },
    async lift(kind, whom) {
      checkSanctioned(whom);
      await withSanctions(await open(), room, (sanctions) => sanctions.lift(kind, whom));
    },
    sanctions: async () => withSanctions(await open(), room, (sanctions) => sanctions.list()),
    async topic() {
      const topic = await (await open()).context.engine.state.get(room, topicKey);
      return (topic as Topic | undefined)?.text ?? '';
    },
    async setTopic(text, { from }) {
      const { context } = await open();
      checkTopic(text, context.limits);
      await setTopic(context, room, text, authorOf(from));
    },
    listen: (listener) => listeners.add(room, listener),
    unlisten: (listener) => void listeners.delete(room, listener),
  };

  async function amend(
    node: LocalNode,
    change: Change,
    from: AmendOptions['from'],
    key: string | undefined,
  ): Promise<void> {
    checkKey(key);
    const author = authorOf(from);
    const id = messageId(node, author.user, room, key);
    const draft = { ...change, room, id, from: author, ...(key === undefined ? {} : { key }) } as EntryDraft;
    sameCommand(await node.context.engine.log.append(room, draft), change);
  }
}

/** What is done to a message, before it is said where and by whom. */
type Change =
  | { readonly type: 'edit'; readonly message: string; readonly text: string; readonly data?: JsonValue }
  | { readonly type: 'delete'; readonly message: string }
  | { readonly type: 'reaction'; readonly message: string; readonly reaction: string; readonly removed?: true };

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
