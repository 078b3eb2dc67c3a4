import type { Author, Entry, ErrorCode, JoinedFacts, JsonValue, ServerEvent } from '../../index.js';

type Samples = { readonly [type in ServerEvent['type']]: readonly Extract<ServerEvent, { readonly type: type }>[] };

/**
 * An event of every type that clients can be told, barest and fullest, with this text wherever a text can stand; cut to 128
 * characters where it is a name, which the hub keeps short.
 */
export function eventsWith(text: string): readonly ServerEvent[] {
  return Object.values(samples(text, text.slice(0, 128))).flat();
}

/** What a session is told when its member is in `lobby`. */
export function enteredLobby(): readonly ServerEvent[] {
  const { welcome, joined } = samples('lobby', 'lobby');
  return [...welcome, ...joined];
}

function samples(text: string, name: string): Samples {
  const from = author(name);
  const stored = { id: name, offset: 1, from, at: 1_700_000_000_000 };
  const data = dataWith(text);
  const message = { ...stored, type: 'message', room: name, text } as const;
  const direct = { ...stored, type: 'direct', to: { user: name, name }, text } as const;
  const code: ErrorCode = 'INTERNAL';
  const facts: JoinedFacts = { epoch: name, offset: 0, recovered: false, more: false, entries: [], count: 0 };
  const entries: readonly Entry[] = [message, direct];
  const full: JoinedFacts = {
    ...facts,
    offset: 2,
    recovered: true,
    more: true,
    entries,
    members: [from],
    count: 1,
    topic: { text, from, at: 0 },
    read: 0,
    unread: 2,
  };
  const limits = { messageBytes: 4_096, dataBytes: 8_192, frameBytes: 65_536 };
  const welcome = { type: 'welcome', session: name, member: from, heartbeat: 25_000, limits } as const;
  const placed = { room: name, epoch: name } as const;
  const sent = { type: 'sent', message: name, epoch: name, offset: 1, at: 0 } as const;
  return {
    message: [
      message,
      { ...message, action: true },
      { ...message, data, key: name, edited: 1, reactions: Object.fromEntries([[name, [name]]]) },
      { ...message, text: '', deleted: 1 },
    ],
    direct: [direct, { ...direct, data, key: name }],
    edit: [
      { ...stored, type: 'edit', room: name, message: name, text },
      { ...stored, type: 'edit', room: name, message: name, text, data },
    ],
    delete: [{ ...stored, type: 'delete', room: name, message: name }],
    reaction: [
      { ...stored, type: 'reaction', room: name, message: name, reaction: name },
      { ...stored, type: 'reaction', room: name, message: name, reaction: name, removed: true },
    ],
    welcome: [
      { ...welcome, resumed: false, rooms: {} },
      { ...welcome, re: name, resumed: true, rooms: Object.fromEntries([[name, { room: name, ...full }]]) },
    ],
    joined: [
      { ...facts, type: 'joined', room: name },
      { ...full, type: 'joined', re: 1, room: name },
    ],
    left: [
      { type: 'left', room: name },
      { type: 'left', re: name, room: name, code, reason: text },
    ],
    sent: [
      { ...sent, duplicate: false },
      { ...sent, re: 0, room: name, duplicate: true },
    ],
    presence: [
      { type: 'presence', room: name, joined: [], left: [], renamed: [], count: 0 },
      {
        type: 'presence',
        room: name,
        joined: [from, from],
        left: [from],
        renamed: [{ id: name, name, was: name }],
        count: 2,
      },
      { type: 'presence', room: name, joined: [], left: [], renamed: [], count: 300, members: [from] },
    ],
    signal: [
      { type: 'signal', room: name, name, from, data: null },
      { type: 'signal', room: name, name, from, data },
    ],
    renamed: [{ type: 'renamed', re: name, name }],
    history: [
      { type: 'history', room: name, epoch: name, messages: [], more: false },
      { type: 'history', re: 1, with: name, epoch: name, messages: [direct, message], more: true },
    ],
    found: [
      { type: 'found', messages: [], more: false },
      { type: 'found', re: 1, room: name, messages: [direct, message], more: true, next: name },
    ],
    topic: [
      { type: 'topic', room: name, text: '' },
      { type: 'topic', re: 1, room: name, text, from, at: 0 },
    ],
    read: [{ ...placed, type: 'read', upTo: 0, unread: 0 }],
    members: [
      { type: 'members', room: name, count: 1_000, complete: false },
      { type: 'members', re: 1, room: name, members: [from, from], count: 2, complete: true },
    ],
    rooms: [
      { type: 'rooms', rooms: [] },
      { type: 'rooms', re: 1, rooms: [{ name, count: 1 }] },
    ],
    blocked: [
      { type: 'blocked', users: [] },
      { type: 'blocked', re: 1, users: [{ user: name, name }] },
    ],
    response: [
      { type: 'response', data: null },
      { type: 'response', re: name, data },
    ],
    ok: [{ type: 'ok' }, { type: 'ok', re: name }],
    pong: [{ type: 'pong' }, { type: 'pong', re: name }],
    notice: [
      { type: 'notice', text },
      { type: 'notice', text, data },
    ],
    gap: [
      { ...placed, type: 'gap', from: 1, to: 1 },
      { ...placed, type: 'gap', from: 1, to: 30 },
    ],
    reset: [{ ...placed, type: 'reset', offset: 0 }],
    bye: [
      { type: 'bye', code, message: text, retryAfter: 0 },
      { type: 'bye', code, message: text, retryAfter: 8_123, close: 4_002 },
    ],
    error: [
      { type: 'error', code, message: text, retryable: false },
      { type: 'error', re: name, code, message: text, retryable: true, room: name },
    ],
  };
}

function author(name: string): Author {
  return { id: name, user: name, name };
}

/** With keys that are found on every object, as JSON.parse makes them. */
function dataWith(text: string): JsonValue {
  const inherited = JSON.parse(
    '{"__proto__":{"polluted":true},"constructor":{"prototype":null},"toString":1}',
  ) as JsonValue;
  return [inherited, Object.fromEntries([[text, text]]), [[[[1.5, -0, true, null]]]]];
}
