import type { Deletion, DirectMessage, Edit, Entry, Message, Reaction } from '../../model/entry.js';
import type { NoticeEvent } from '../../model/events.js';
import { isPlain, linesOf, oneLine } from './terminal-text.js';

/** `[lobby] `, with which each line of a room begins. */
export function inRoom(room: string): string {
  return `[${oneLine(room)}] `;
}

/** `[lobby] alice: hello`, or as an action `[lobby] * alice waves`. A deleted message is not shown. */
export function messageLines({ room, from, text, action, deleted }: Message): string | null {
  if (deleted !== undefined) return null;
  const line = action ? `[${room}] * ${from.name} ${text}` : `[${room}] ${from.name}: ${text}`;
  // One test of the whole line, since this is what a busy hub does most.
  if (isPlain(line)) return line;
  const place = inRoom(room);
  const name = oneLine(from.name);
  return paragraph(action ? `${place}* ${name} ` : `${place}${name}: `, `${place}${name}| `, text);
}

/** `(direct) alice: psst` */
export function directLines({ from, text }: DirectMessage): string {
  const speaker = `(direct) ${oneLine(from.name)}`;
  return paragraph(`${speaker}: `, `${speaker}| `, text);
}

/** `[lobby] * alice edited: new text` */
export function editLines({ room, from, text }: Edit): string {
  const name = oneLine(from.name);
  return paragraph(`${inRoom(room)}* ${name} edited: `, `${inRoom(room)}${name}| `, text);
}

/** `[lobby] * alice deleted a message` */
export function deletionLine({ room, from }: Deletion): string {
  return `${inRoom(room)}* ${oneLine(from.name)} deleted a message`;
}

/** `[lobby] * alice reacts with 👍`; a reaction that is taken back is not told. */
export function reactionLine({ room, from, reaction, removed }: Reaction): string | null {
  return removed ? null : `${inRoom(room)}* ${oneLine(from.name)} reacts with ${oneLine(reaction)}`;
}

/** `* text` */
export function noticeLines({ text }: NoticeEvent): string {
  return paragraph('* ', '*| ', text);
}

/** The messages of a page of the past, as they would look live. What was done to them shows in them already. */
export function pastLines(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => {
    if (entry.type === 'direct') return entry.deleted === undefined ? [directLines(entry)] : [];
    const lines = entry.type === 'message' ? messageLines(entry) : null;
    return lines === null ? [] : [lines];
  });
}

/** Lines that one text is shown as; the rest is counted. */
const mostLines = 100;

/**
 * Every line of a text has a beginning that is ours: a newline in a message cannot forge a line. Since that makes a text
 * longer, for everybody in the room, there is an end to it: 4 kB of newlines would be a megabyte of `[room] name| ` otherwise.
 */
function paragraph(first: string, further: string, text: string): string {
  const lines = linesOf(text);
  const left = lines.length - mostLines;
  if (left > 0) lines.splice(mostLines, left, `(${left} more ${left === 1 ? 'line' : 'lines'})`);
  return first + lines.join(`\n${further}`);
}
