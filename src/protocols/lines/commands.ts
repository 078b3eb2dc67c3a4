import type { Command } from '../../model/commands.js';
import { ChatError } from '../../model/errors.js';
import type { JoinedRooms } from './rooms.js';

/** Who gives a command: the rooms that it may be about, and a way to answer without the hub. */
export interface Person {
  readonly rooms: JoinedRooms;
  tell(text: string): void;
}

interface LineCommand {
  readonly name: string;
  readonly usage: string;
  readonly help: string;
  /**
   * What the words after the name ask for. `null`: it is done already. `'usage'`: they do not fit.
   *
   * @throws ChatError when the command needs a room and there is none
   */
  parse(words: string, person: Person): Command | null | 'usage';
}

/** Messages shown when nobody says how many. */
const PAGE = 10;
/** `history` gives no more at once. */
const LONGEST_PAGE = 200;
/** Ten years. What is meant to last longer is said without a number. */
const LONGEST_SANCTION = 10 * 365 * 24 * 3600;

const commands: readonly LineCommand[] = [
  { name: 'help', usage: '/help', help: 'lists the commands', parse: help },
  { name: 'nick', usage: '/nick NAME', help: 'takes a free name', parse: needs((name) => ({ type: 'nick', name })) },
  { name: 'auth', usage: '/auth TOKEN', help: 'logs in', parse: needs((token) => ({ type: 'auth', token })) },
  {
    name: 'resume',
    usage: '/resume TOKEN',
    help: 'takes up an earlier session',
    parse: needs((session) => ({ type: 'hello', session, fromLast: true })),
  },
  { name: 'join', usage: '/join ROOM [COUNT]', help: 'joins a room', parse: join },
  {
    name: 'leave',
    usage: '/leave [ROOM]',
    help: 'leaves a room',
    parse: (room, { rooms }) => ({ type: 'leave', room: room || rooms.current }),
  },
  { name: 'switch', usage: '/switch ROOM', help: 'goes to a room that you are in', parse: switchRoom },
  { name: 'rooms', usage: '/rooms', help: 'lists the rooms', parse: () => ({ type: 'rooms' }) },
  {
    name: 'who',
    usage: '/who [ROOM]',
    help: 'lists who is in a room',
    parse: (room, { rooms }) => ({ type: 'members', room: room || rooms.current }),
  },
  { name: 'msg', usage: '/msg NAME TEXT', help: 'sends a direct message', parse: direct },
  { name: 'directs', usage: '/directs [COUNT]', help: 'shows the last direct messages', parse: directs },
  { name: 'history', usage: '/history [COUNT]', help: 'shows older messages', parse: history },
  {
    name: 'me',
    usage: '/me TEXT',
    help: 'says what you do',
    parse: needs((text, { rooms }) => ({ type: 'send', room: rooms.current, text, action: true })),
  },
  {
    name: 'edit',
    usage: '/edit TEXT',
    help: 'changes what you said last',
    parse: needs((text, { rooms }) => Object.assign(lastSaid(rooms), { type: 'edit', text } as const)),
  },
  {
    name: 'delete',
    usage: '/delete',
    help: 'takes back what you said last',
    parse: (_words, { rooms }) => Object.assign(lastSaid(rooms), { type: 'delete' } as const),
  },
  { name: 'search', usage: '/search TEXT', help: 'finds messages with these words', parse: search },
  {
    name: 'topic',
    usage: '/topic [TEXT]',
    help: 'says what the room is about',
    // With an id, what is told is known as the answer, and looks like one.
    parse: (topic, { rooms }) =>
      topic === ''
        ? { type: 'topic', room: rooms.current, id: 'topic' }
        : { type: 'topic', room: rooms.current, topic },
  },
  { name: 'block', usage: '/block NAME', help: 'hears no more from somebody', parse: ofOne('block') },
  { name: 'unblock', usage: '/unblock NAME', help: 'hears from somebody again', parse: ofOne('unblock') },
  {
    name: 'blocked',
    usage: '/blocked',
    help: 'from whom you do not want to hear',
    parse: () => ({ type: 'blocked' }),
  },
  { name: 'kick', usage: '/kick NAME [REASON]', help: 'removes somebody from the room', parse: sanction('kick') },
  {
    name: 'ban',
    usage: '/ban NAME [MINUTES] [REASON]',
    help: 'keeps somebody out of the room',
    parse: sanction('ban'),
  },
  {
    name: 'mute',
    usage: '/mute NAME [MINUTES] [REASON]',
    help: 'keeps somebody from speaking in the room',
    parse: sanction('mute'),
  },
  { name: 'unban', usage: '/unban NAME', help: 'lets somebody in again', parse: pardon('unban') },
  { name: 'unmute', usage: '/unmute NAME', help: 'lets somebody speak again', parse: pardon('unmute') },
  {
    name: 'quit',
    usage: '/quit [TEXT]',
    help: 'leaves everything and hangs up',
    parse: (text) => (text === '' ? { type: 'quit' } : { type: 'quit', text }),
  },
];

/** A Map, so that `/constructor` finds nothing. */
const byName: ReadonlyMap<string, LineCommand> = new Map(commands.map((command) => [command.name, command]));

/**
 * Reads a line that began with a slash.
 *
 * @param line - what follows the slash
 * @throws ChatError BAD_COMMAND when there is no such command or its words do not fit; NOT_A_MEMBER when it needs a room
 */
export function readCommand(line: string, person: Person): Command | null {
  const [name, words] = firstWord(line);
  const command = byName.get(name.toLowerCase());
  if (!command) throw new ChatError('BAD_COMMAND', `There is no /${name}; /help lists the commands.`);
  const parsed = command.parse(words, person);
  if (parsed === 'usage') throw new ChatError('BAD_COMMAND', `Usage: ${command.usage}`);
  return parsed;
}

function help(_words: string, person: Person): null {
  for (const { usage, help } of commands) person.tell(`${usage}  ${help}`);
  return null;
}

/** For commands whose words are one thing that must be there. */
function needs(make: (words: string, person: Person) => Command): LineCommand['parse'] {
  return (words, person) => (words === '' ? 'usage' : make(words, person));
}

function join(words: string): Command | 'usage' {
  const [room, count] = firstWord(words);
  const history = wholeNumber(count, PAGE);
  return room === '' || history === undefined ? 'usage' : { type: 'join', room, history };
}

function switchRoom(typed: string, person: Person): null | 'usage' {
  if (typed === '') return 'usage';
  person.tell(`Now in ${person.rooms.switchTo(typed)}.`);
  return null;
}

function direct(words: string): Command | 'usage' {
  const [to, text] = firstWord(words);
  return text === '' ? 'usage' : { type: 'direct', to, text };
}

/** Each page ends where the one before began. */
function history(words: string, { rooms }: Person): Command | 'usage' {
  const count = wholeNumber(words, PAGE);
  if (!count) return 'usage';
  const room = rooms.current;
  const before = rooms.lowestShown(room);
  const limit = Math.min(count, LONGEST_PAGE);
  return before === undefined ? { type: 'history', room, limit } : { type: 'history', room, before, limit };
}

/** What was said last is known when all that came before is answered, which is when the hub asks for it. */
function lastSaid(rooms: JoinedRooms): { readonly room: string; readonly message: string } {
  const room = rooms.spokenIn;
  return {
    room,
    get message() {
      return rooms.lastSaid(room);
    },
  };
}

function directs(words: string): Command | 'usage' {
  const count = wholeNumber(words, PAGE);
  return count ? { type: 'history', room: '@', limit: Math.min(count, LONGEST_PAGE) } : 'usage';
}

function search(text: string): Command | 'usage' {
  return text === '' ? 'usage' : { type: 'search', text, limit: PAGE };
}

function ofOne(type: 'block' | 'unblock'): LineCommand['parse'] {
  return (words) => {
    const [member, rest] = firstWord(words);
    return member === '' || rest !== '' ? 'usage' : { type, member };
  };
}

function pardon(type: 'unban' | 'unmute'): LineCommand['parse'] {
  return (words, { rooms }) => {
    const [member, rest] = firstWord(words);
    return member === '' || rest !== '' ? 'usage' : { type, room: rooms.current, member };
  };
}

function sanction(type: 'kick' | 'ban' | 'mute'): LineCommand['parse'] {
  return (words, { rooms }) => {
    const [member, terms] = firstWord(words);
    const [minutes, rest] = firstWord(terms);
    // A kick is over at once, so a number after it belongs to the reason.
    const timed = type !== 'kick' && /^\d+(\.\d+)?$/.test(minutes);
    const seconds = timed ? Math.round(Number(minutes) * 60) : 1;
    if (member === '' || seconds < 1 || seconds > LONGEST_SANCTION) return 'usage';
    const reason = timed ? rest : terms;
    return { type, room: rooms.current, member, ...(timed && { seconds }), ...(reason && { reason }) };
  };
}

/** The number of digits only, the default for nothing, undefined for anything else. */
function wholeNumber(word: string, byDefault: number): number | undefined {
  if (word === '') return byDefault;
  return /^\d+$/.test(word) ? Math.min(Number(word), Number.MAX_SAFE_INTEGER) : undefined;
}

/** The first word and what follows it, without the space around. */
function firstWord(text: string): readonly [word: string, rest: string] {
  const end = text.search(/\s/);
  return end < 0 ? [text, ''] : [text.slice(0, end), text.slice(end).trim()];
}
