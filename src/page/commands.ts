import type { Chat } from './chat.js';
import type { Conversation } from './conversation.js';

/** What a command works with. */
interface Situation {
  readonly chat: Chat;
  readonly conversation: Conversation | undefined;
  readonly rest: string;
  /** Says something to whoever typed it. */
  say(text: string): void;
}

interface Command {
  readonly usage: string;
  run(situation: Situation): unknown;
}

/** As at a terminal, where they are the only way. A Map, so that `/constructor` finds nothing. */
const commands: ReadonlyMap<string, Command> = new Map([
  ['me', { usage: '/me TEXT', run: ({ conversation, rest }) => conversation?.send(rest, true) }],
  [
    'msg',
    {
      usage: '/msg NAME TEXT',
      run: ({ chat, rest }) => {
        const [, name = '', text = ''] = /^(\S+)\s+(.*)$/s.exec(rest) ?? [];
        return chat.tell(name, text);
      },
    },
  ],
  ['join', { usage: '/join ROOM', run: ({ chat, rest }) => chat.join(rest) }],
  ['leave', { usage: '/leave', run: ({ chat, conversation }) => conversation && chat.leave(conversation) }],
  ['nick', { usage: '/nick NAME', run: ({ chat, rest }) => chat.nick(rest) }],
  ['help', { usage: '/help', run: ({ say }) => say(usages()) }],
]);

function usages(): string {
  return Array.from(commands.values(), ({ usage }) => usage).join('   ');
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
  if (command === undefined) say(`There is no /${name}. There are: ${usages()}`);
  else await command.run({ ...situation, rest: rest.trim() });
}
