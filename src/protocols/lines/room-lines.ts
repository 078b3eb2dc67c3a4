import type {
  FoundEvent,
  GapEvent,
  HistoryEvent,
  JoinedFacts,
  LeftEvent,
  PresenceEvent,
  ResetEvent,
  TopicEvent,
  WelcomeEvent,
} from '../../model/events.js';
import { inRoom, pastLines } from './entry-lines.js';
import { oneLine } from './terminal-text.js';

/** The room under which a person's own direct messages are counted. */
const isInbox = (room: string): boolean => room.startsWith('@');

/** `* Welcome, guest-4f2a. …`, and for a session taken up again the rooms that it is in. */
export function welcomeLines({ member, session, resumed, rooms }: WelcomeEvent): string {
  const name = oneLine(member.name);
  const again = `(/resume ${oneLine(session)} takes this session up again)`;
  return [
    `* Welcome, ${name}. /help lists the commands. ${again}`,
    // What the dead socket swallowed can't be known (2-protocols.md): the hub goes on from what it handed over.
    ...(resumed ? ['-- some may repeat --'] : []),
    ...Object.entries(rooms).flatMap(([room, facts]) => standing(room, facts, resumed)),
  ].join('\n');
}

/** `* Joined lobby (3 here).` and the last messages. */
export function joinedLines(room: string, facts: JoinedFacts): string {
  return standing(room, facts, false).join('\n');
}

function standing(
  room: string,
  { count, entries, recovered, topic, unread = 0 }: JoinedFacts,
  resumed: boolean,
): string[] {
  const missing = `-- earlier ${isInbox(room) ? 'direct messages' : `messages of ${oneLine(room)}`} may be missing --`;
  return [
    ...(isInbox(room) ? waiting(unread - entries.length) : [`* Joined ${oneLine(room)} (${count} here).`]),
    ...(isInbox(room) ? [] : unreadIn(room, unread - entries.length)),
    ...(topic === undefined ? [] : [`* ${oneLine(room)} is about: ${oneLine(topic.text)}`]),
    ...(resumed && !recovered ? [missing] : []),
    ...pastLines(entries),
  ];
}

/** `* 3 direct messages wait; /directs shows them.` */
function waiting(unread: number): string[] {
  if (unread <= 0) return [];
  return [
    unread === 1
      ? '* 1 direct message waits; /directs shows it.'
      : `* ${unread} direct messages wait; /directs shows them.`,
  ];
}

/** `* 3 messages of lobby are unread; /history shows them.` */
function unreadIn(room: string, unread: number): string[] {
  if (unread <= 0) return [];
  const messages = unread === 1 ? '1 message' : `${unread} messages`;
  return [
    `* ${messages} of ${oneLine(room)} ${unread === 1 ? 'is' : 'are'} unread; /history shows ${unread === 1 ? 'it' : 'them'}.`,
  ];
}

/** `[lobby] * alice says it is about: be nice`; as an answer, or where it was taken away, `* lobby is about …` */
export function topicLine({ room, text, from, re }: TopicEvent): string {
  const place = oneLine(room);
  if (from === undefined || re !== undefined)
    return text === '' ? `* ${place} is about nothing in particular.` : `* ${place} is about: ${oneLine(text)}`;
  return `${inRoom(room)}* ${oneLine(from.name)} says it is about: ${oneLine(text)}`;
}

/** `* Found 2 messages:` and the messages as they were told live. */
export function foundLines({ messages, more }: FoundEvent): string {
  const lines = pastLines(messages);
  if (lines.length === 0) return '* Nothing found.';
  const found = `* Found ${more ? 'these and more' : messages.length === 1 ? '1 message' : `${messages.length} messages`}:`;
  return [found, ...lines].join('\n');
}

/** `* Left lobby.`, or why: `* Left lobby (KICKED: spam).` */
export function leftLine({ room, code, reason }: LeftEvent): string {
  const why = reason ? `${code}: ${oneLine(reason)}` : code;
  return `* Left ${oneLine(room)}${code === undefined ? '' : ` (${why})`}.`;
}

/** A line for each person, such as `[lobby] * bob joined (3 here)`. Counts alone, as in large rooms, are not told. */
export function presenceLines({ room, joined, left, renamed, count, members }: PresenceEvent): string | null {
  const place = `${inRoom(room)}* `;
  const lines = [
    ...joined.map(({ name }) => `${place}${oneLine(name)} joined (${count} here)`),
    ...left.map(({ name }) => `${place}${oneLine(name)} left (${count} here)`),
    ...renamed.map(({ was, name }) => `${place}${oneLine(was)} is now ${oneLine(name)}`),
    ...(members === undefined ? [] : [`${place}${count} here`]),
  ];
  return lines.length === 0 ? null : lines.join('\n');
}

/** `-- 14 messages skipped in lobby --` */
export function gapLine({ room, from, to }: GapEvent): string {
  const skipped = to - from + 1;
  const messages = skipped === 1 ? 'message' : 'messages';
  if (isInbox(room)) return `-- ${skipped} direct ${messages} skipped --`;
  return `-- ${skipped} ${messages} skipped in ${oneLine(room)} --`;
}

/** `-- lobby begins anew --` */
export function resetLine({ room }: ResetEvent): string {
  return `-- ${isInbox(room) ? 'direct messages begin' : `${oneLine(room)} begins`} anew --`;
}

/** The messages as they were told live, or why there are none. */
export function historyLines({ room, messages, more }: HistoryEvent): string {
  const lines = pastLines(messages);
  if (lines.length > 0) return lines.join('\n');
  const place = room === undefined || isInbox(room) ? '' : ` in ${oneLine(room)}`;
  // A page of nothing but deleted messages is not the end.
  return more ? `* Only deleted messages${place}; /history goes on.` : `* No older messages${place}.`;
}
