import type { Chat } from './chat.js';
import type { Conversation } from './conversation.js';

/** What a command works with. */
interface Situation {
  readonly chat: Chat;
  readonly conversation: Conversation | undefined;
  readonly rest: string;
  /** Says something to whoever typed it. */
  say(text: string): void;
  /** Lets whoever typed it look for something. */
  search(text: string): void;
}

interface Command {
  readonly usage: string;
  /** What it does. */
  readonly does: string;
  run(situation: Situation): unknown;
}

/** As at a terminal, where they are the only way. A Map, so that `/constructor` finds nothing. */
const commands: ReadonlyMap<string, Command> = new Map([
  [
    'me',
    { usage: '/me TEXT', does: 'says what you do', run: ({ conversation, rest }) => conversation?.send(rest, true) },
  ],
  [
    'msg',
    {
      usage: '/msg NAME TEXT',
      does: 'talks to somebody in private',
      run: ({ chat, rest }) => {
        const [, name = '', text = ''] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
        return chat.tell(name, text);
      },
    },
  ],
  ['join', { usage: '/join ROOM', does: 'joins a room', run: ({ chat, rest }) => chat.join(rest) }],
  [
    'leave',
    {
      usage: '/leave',
      does: 'leaves this one',
      run: ({ chat, conversation }) => conversation && chat.leave(conversation),
    },
  ],
  ['topic', { usage: '/topic TEXT', does: 'says what the room is about', run: setTopic }],
  ['search', { usage: '/search TEXT', does: 'finds messages', run: ({ search, rest }) => search(rest) }],
  ['nick', { usage: '/nick NAME', does: 'takes another name', run: ({ chat, rest }) => chat.nick(rest) }],
  ['help', { usage: '/help', does: 'lists these', run: ({ say }) => say(usages()) }],
]);

/** Without a text it says what the room is about now, as at a terminal. */
function setTopic({ conversation, rest, say }: Situation): unknown {
  const { room } = conversation ?? {};
  if (room === undefined) return say('Only rooms have a topic.');
  if (rest !== '') return room.setTopic(rest);
  return say(room.topic === '' ? `${room.name} has no topic.` : `${room.name} is about: ${room.topic}`);
}

function usages(): string {
  return Array.from(commands.values(), ({ usage, does }) => `${usage} ${does}`).join('\n');
}

/** Does what was typed: says it, or does what it says. `//x` says `/x`. */
export async function doTyped(typed: string, situation: Omit<Situation, 'rest'>): Promise<void> {
  const { conversation, say } = situation;
  const [, name, rest = ''] = /^\/(?!\/)(\S*)\s*(.*)$/s.exec(typed) ?? [];
  if (name === undefined) {
    // It is kept in the conversation until it is sent, whatever happens: nothing to wait for.
    void conversation?.send(typed.replace(/^\/\//, '/'), false);
    return;
  }
  const command = commands.get(name.toLowerCase());
  if (command === undefined) say(`There is no /${name}. There are:\n${usages()}`);
  else await command.run({ ...situation, rest: rest.trim() });
}
