import type { Conversation } from './conversation.js';
import type { Unsent } from './outbox.js';
import type { AnyMessage } from './timeline.js';

/** A row of the messages that are shown. */
export type Row =
  | { readonly kind: 'edge'; readonly key: string; readonly text: string; readonly retry: boolean }
  | { readonly kind: 'day'; readonly key: string; readonly text: string }
  | { readonly kind: 'new'; readonly key: string }
  | { readonly kind: 'remark'; readonly key: string; readonly text: string }
  | SaidRow
  | UnsentRow;

export interface SaidRow {
  readonly kind: 'said';
  readonly key: string;
  readonly message: AnyMessage;
  /** The first of several that one person said in one go: it says who. */
  readonly head: boolean;
  /** Its text stands in the message field. */
  readonly editing: boolean;
}

export interface UnsentRow {
  readonly kind: 'unsent';
  readonly key: string;
  readonly unsent: Unsent;
  readonly me: { readonly user: string; readonly name: string };
  readonly head: boolean;
}

/** What is said later than this by the same person is said anew. */
const groupMs = 5 * 60_000;

interface Spoken {
  readonly user: string;
  readonly name: string;
  readonly at: number;
  readonly action: boolean;
}

/** What is shown of a conversation, from top to bottom. */
export function rowsOf(conversation: Conversation, me: UnsentRow['me']): Row[] {
  const { timeline, outbox, firstNew, failure, editing } = conversation;
  const rows: Row[] = [edgeOf(conversation)];
  let last: Spoken | undefined;
  let lastDay: number | undefined;
  const days = new Map<number, number>();
  /** Whether what is said now begins a group; says the day before it where that is another one. */
  const begins = (spoken: Spoken): boolean => {
    const day = midnight(spoken.at);
    const sameDay = day === lastDay;
    // A clock that was put back brings a day twice.
    if (!sameDay) {
      const times = days.get(day) ?? 0;
      days.set(day, times + 1);
      rows.push({ kind: 'day', key: `d${day}.${times}`, text: dayOf(spoken.at) });
    }
    const head = !sameDay || last === undefined || !continues(last, spoken);
    last = spoken;
    lastDay = day;
    return head;
  };
  for (const item of timeline.items) {
    if (item.kind === 'remark') {
      rows.push(item);
      last = undefined;
      continue;
    }
    const { key, message } = item;
    const head = begins(spokenOf(message));
    const isNew = message.id === firstNew;
    if (isNew) rows.push({ kind: 'new', key: 'new' });
    rows.push({ kind: 'said', key, message, head: head || isNew, editing: message.id === editing?.id });
  }
  if (failure?.what === 'newer')
    rows.push({ kind: 'edge', key: 'below', text: `Later messages could not be read: ${failure.why}`, retry: true });
  for (const unsent of timeline.detached ? [] : outbox.items) {
    const head = begins({ ...me, at: unsent.at, action: unsent.action });
    rows.push({ kind: 'unsent', key: unsent.key, unsent, me, head });
  }
  return rows;
}

function spokenOf(message: AnyMessage): Spoken {
  const { from, at } = message;
  return { user: from.user, name: from.name, at, action: isAction(message) };
}

export function isAction(message: AnyMessage): boolean {
  return 'action' in message && message.action === true;
}

function continues(last: Spoken, next: Spoken): boolean {
  const samePerson = last.user === next.user && last.name === next.name;
  return samePerson && !last.action && !next.action && next.at - last.at < groupMs;
}

/** What stands above it all. */
function edgeOf({ timeline, loading, failure, subject, title }: Conversation): Row {
  const edge = (text: string, retry = false): Row => ({ kind: 'edge', key: 'edge', text, retry });
  if (failure?.what === 'older') return edge(`Earlier messages could not be read: ${failure.why}`, true);
  if (loading === 'older') return edge('Reading earlier messages…');
  if (timeline.older && !timeline.cut) return edge('');
  if (timeline.cut) return edge('');
  if (timeline.items.length > 0) return edge('This is as far back as the server remembers.');
  return edge(
    subject.kind === 'room' ? `Nobody has said anything in ${title} yet.` : `Only you and ${title} read this.`,
  );
}

const dayFormat = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' });
const yearFormat = new Intl.DateTimeFormat('en', { dateStyle: 'long' });
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** Today, yesterday, or its date. */
function dayOf(at: number): string {
  const days = Math.round((midnight(at) - midnight(Date.now())) / 86_400_000);
  // A weekday says little of what was months ago.
  if (days < -180) return yearFormat.format(at);
  if (days > 0 || days < -1) return dayFormat.format(at);
  const text = relative.format(days, 'day');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function midnight(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0);
}
