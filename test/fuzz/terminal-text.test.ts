import { lines, type Message } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { parseNickname, parseRoomName } from '../../src/model/names.js';
import { eventsWith } from '../../src/testing/protocol-kit/events.js';
import { text } from './hostile.js';
import { fuzz } from './runs.js';

const { encode } = lines();
const limits = { nameLength: 32, roomNameLength: 64 };

/** What the server's own lines look like, for whoever would like to write one. */
const forged = fc.constantFrom(
  ...['* Welcome, root.', '! BANNED You are banned.', '-- 14 messages skipped in lobby --', '[lobby] bob: I confess'],
  ...['[lobby] * bob left (0 here)', '(direct) bob: psst', '* Server is restarting; come back in 8 s.', '*| more'],
);
const breaks = fc.constantFrom('\n', '\r\n', '\r', '\u2028', '\u2029', '\u0085', '\v', '\f', '\u001b[1G', '\u001b[A');
const sly = fc.array(fc.oneof(text, forged, breaks), { maxLength: 6 }).map((parts) => parts.join(''));

const name = fc
  .oneof(text, fc.constantFrom('alice', 'Zoë', '東京', 'O.K-1', 'שלום'))
  .map((any) => parseNickname(any, limits)?.name ?? 'alice');
const room = fc.oneof(text, fc.constantFrom('lobby', 'a.b')).map((any) => parseRoomName(any, limits) ?? 'lobby');

const unsafe = /(?!\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;
const ours = /^(\* |\*\| |! [A-Z]|-- |\[|\(direct\) |$)/;

describe('whatever somebody writes', () => {
  fuzz(
    'anywhere in any event, lines hold no control but tab, and begin with what is ours',
    fc.property(sly, (any) => {
      const all = eventsWith(any).flatMap((event) => (encode(event) ?? '').split('\n'));
      expect(all.filter((line) => unsafe.test(line) || !ours.test(line) || !isBalanced(line))).toEqual([]);
    }),
  );

  fuzz(
    'in a message, each line of it says where and by whom: no line of the server’s, or of somebody else, can be written',
    fc.property(sly, name, room, fc.boolean(), (said, name, room, action) => {
      const message: Message = { ...base, room, text: said, from: { id: 'm', user: 'm', name } };
      const [first, ...further] = encode(action ? { ...message, action: true } : message)?.split('\n') ?? [];
      const place = `[${room}] `;
      expect(first?.startsWith(place + (action ? `* ${name} ` : `${name}: `))).toBe(true);
      for (const line of further) expect(line.startsWith(`${place}${name}| `)).toBe(true);
      expect(further.length).toBeLessThanOrEqual(100);
    }),
  );

  fuzz(
    'in a direct message, each line of it says by whom',
    fc.property(sly, name, (said, name) => {
      const from = { id: 'm', user: 'm', name };
      const direct = { type: 'direct', id: 'd', offset: 1, from, to: { user: 'u', name: 'bob' }, text: said, at: 1 };
      const [first, ...further] = encode(direct as Parameters<typeof encode>[0])?.split('\n') ?? [];
      expect(first?.startsWith(`(direct) ${name}: `)).toBe(true);
      for (const line of further) expect(line.startsWith(`(direct) ${name}| `)).toBe(true);
    }),
  );

  fuzz(
    'that is plain is shown as it is',
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), (said) => {
      fc.pre(!/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(said));
      expect(encode({ ...base, text: said })).toBe(`[lobby] alice: ${said}`);
    }),
  );
});

const alice = { id: 'm', user: 'm', name: 'alice' };
const base: Message = { type: 'message', room: 'lobby', id: 'x', offset: 1, from: alice, text: '', at: 1 };

/** Bidi controls that begin something are ended on the line, and none ends what it did not begin (UAX 9). */
function isBalanced(line: string): boolean {
  const owed: string[] = [];
  if (!/\p{Bidi_Control}/u.test(line)) return true;
  for (const sign of line) {
    if (/[\u202a\u202b\u202d\u202e]/.test(sign)) owed.push('\u202c');
    else if (/[\u2066-\u2068]/.test(sign)) owed.push('\u2069');
    else if (/[\u202c\u2069]/.test(sign) && owed.pop() !== sign) return false;
  }
  return owed.length === 0;
}
