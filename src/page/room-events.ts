import type { ChatClient, ClientRoom, ClientRoomEvents } from '../client/index.js';
import type { Conversation, Subject } from './conversation.js';
import type { AnyMessage } from './timeline.js';

type Amendment = ClientRoomEvents['entry'];
type Position = NonNullable<ClientRoom['position']>;

/** Who keeps the conversations. */
interface Follower {
  readonly client: Pick<ChatClient, 'me'>;
  open(subject: Subject): Conversation;
  /** A message that is new came from somebody else. */
  arrived(conversation: Conversation, id: string): void;
}

const lost = 'Some messages are missing here.';
const anew = 'The server has forgotten what was said before.';

/**
 * Shows what happens in a room.
 *
 * @param read - up to where it was read by whoever was here before a reload; without it, what comes at first is history
 */
export function followRoom(chat: Follower, room: ClientRoom, changed: () => void, read = room.position): void {
  const conversation = chat.open({ kind: 'room', room: room.name });
  if (conversation.room === room) return;
  conversation.room = room;
  // Of what came before this page; what it has counted itself is as good.
  if (!conversation.restored) conversation.unread = room.unread;
  const me = () => chat.client.me?.user;
  room
    .on('message', (message) => {
      conversation.add(message);
      if (message.from.user !== me() && isNew(message, room, read)) chat.arrived(conversation, message.id);
    })
    .on('entry', (entry) => {
      conversation.names.set(entry.from.user, entry.from.name);
      conversation.timeline.change('message' in entry ? entry.message : '', (message) => amended(message, entry));
      changed();
    })
    .on('gap', ({ from }) => {
      conversation.timeline.gap(from, lost, conversation.following);
      changed();
    })
    .on('reset', () => {
      conversation.timeline.restart(anew);
      changed();
    })
    .on('presence', changed)
    .on('topic', changed)
    .on('read', ({ unread }) => {
      conversation.unread = unread;
      if (unread === 0) conversation.firstNew = undefined;
      changed();
    })
    .on('signal', ({ name, from }) => {
      if (name === 'typing' && from.user !== me()) conversation.typists.add(from.user, from.name);
    });
  changed();
}

function isNew({ offset }: AnyMessage, room: ClientRoom, read: Position | undefined): boolean {
  return read === undefined || read.epoch !== room.position?.epoch || offset > read.offset;
}

/** What a message is once this was said of it. */
function amended<M extends AnyMessage>(message: M, entry: Amendment): M {
  switch (entry.type) {
    case 'edit':
      return { ...message, text: entry.text, edited: entry.at };
    case 'delete':
      return { ...message, text: '', deleted: entry.at, reactions: {} };
    case 'reaction': {
      const { reactions = {} } = message as { readonly reactions?: { readonly [name: string]: readonly string[] } };
      const others = (reactions[entry.reaction] ?? []).filter((user) => user !== entry.from.user);
      const users = entry.removed ? others : [...others, entry.from.user];
      return { ...message, reactions: { ...reactions, [entry.reaction]: users } };
    }
    default:
      // Of a type that is not known yet.
      return message;
  }
}
