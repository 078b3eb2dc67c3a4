import {
  assertNever,
  type BlockedEvent,
  type ByeEvent,
  type MembersEvent,
  type RoomsEvent,
  type ServerEvent,
} from '../../model/events.js';
import { deletionLine, directLines, editLines, messageLines, noticeLines, reactionLine } from './entry-lines.js';
import {
  foundLines,
  gapLine,
  historyLines,
  joinedLines,
  leftLine,
  presenceLines,
  resetLine,
  topicLine,
  welcomeLines,
} from './room-lines.js';
import { oneLine } from './terminal-text.js';

/**
 * An event as the lines that a person reads, or null if it says nothing to one. Pure. Every text in it that comes from
 * somebody is safe for a terminal, and lines begin with what is ours: `* `, `! `, `-- `, `[room] ` or `(direct) `.
 */
export function encode(event: ServerEvent): string | null {
  switch (event.type) {
    case 'message':
      return messageLines(event);
    case 'direct':
      return directLines(event);
    case 'edit':
      return editLines(event);
    case 'delete':
      return deletionLine(event);
    case 'reaction':
      return reactionLine(event);
    case 'presence':
      return presenceLines(event);
    case 'notice':
      return noticeLines(event);
    case 'welcome':
      return welcomeLines(event);
    case 'joined':
      return joinedLines(event.room, event);
    case 'left':
      return leftLine(event);
    case 'history':
      return historyLines(event);
    case 'found':
      return foundLines(event);
    case 'topic':
      return topicLine(event);
    case 'members':
      return memberLines(event);
    case 'rooms':
      return roomLines(event);
    case 'blocked':
      return blockedLine(event);
    case 'renamed':
      return `* You are now known as ${oneLine(event.name)}.`;
    case 'error':
      return `! ${event.code} ${oneLine(event.message)}`;
    case 'gap':
      return gapLine(event);
    case 'reset':
      return resetLine(event);
    case 'bye':
      return byeLine(event);
    case 'pong':
      return '* pong';
    case 'signal':
    case 'read':
    case 'sent':
    case 'response':
    case 'ok':
      return null;
    default:
      return assertNever(event);
  }
}

/** `* alice, bob, robert`; in a room too large for that `* 1234 here`. */
function memberLines({ members = [], count, complete }: MembersEvent): string {
  const line = members.length === 0 ? `* ${count} here` : `* ${members.map(({ name }) => oneLine(name)).join(', ')}`;
  return complete ? line : `${line}\n-- some members may be missing --`;
}

/** `* lobby 3` */
function roomLines({ rooms }: RoomsEvent): string {
  if (rooms.length === 0) return '* No rooms.';
  return rooms.map(({ name, count }) => `* ${oneLine(name)} ${count}`).join('\n');
}

/** `* Blocked: eve, mallory` */
function blockedLine({ users }: BlockedEvent): string {
  if (users.length === 0) return '* You block nobody.';
  return `* Blocked: ${users.map(({ name }) => oneLine(name)).join(', ')}`;
}

function byeLine({ code, message, retryAfter }: ByeEvent): string {
  if (code !== 'SHUTDOWN') return `* ${oneLine(message)}`;
  return `* Server is restarting; come back in ${Math.max(1, Math.ceil(retryAfter / 1000))} s.`;
}
