import type { Entry, EntryDraft } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { decodeEntry, encodeDraft, idOf, offsetOf } from '../../src/engines/redis/entry-codec.js';
import { Keys } from '../../src/engines/redis/keys.js';
import { RoomPresence } from '../../src/engines/redis/room-presence.js';
import { place } from '../../src/engines/shared/entries.js';
import { damaged, json, object, text } from './hostile.js';
import { fuzz } from './runs.js';

const author = fc.record({ id: text, user: text, name: text });
const stored = { id: text, from: author };
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const key = maybe(text);
const drafts = fc
  .oneof(
    fc.record({
      type: fc.constant('message'),
      room: text,
      ...stored,
      text,
      data: maybe(json),
      key,
      action: maybe(fc.constant(true)),
    }),
    fc.record({
      type: fc.constant('direct'),
      to: fc.record({ user: text, name: text }),
      ...stored,
      text,
      data: maybe(json),
      key,
    }),
    fc.record({ type: fc.constant('edit'), room: text, message: text, ...stored, text, data: maybe(json), key }),
    fc.record({ type: fc.constant('delete'), room: text, message: text, ...stored, key }),
    fc.record({
      type: fc.constant('reaction'),
      room: text,
      message: text,
      reaction: text,
      ...stored,
      key,
      removed: maybe(fc.constant(true)),
    }),
  )
  .map((draft) => present(draft) as unknown as EntryDraft);

const offset = fc.oneof(fc.nat(), fc.constantFrom(1, Number.MAX_SAFE_INTEGER));
const amendments = fc.record({
  edited: maybe(offset),
  deleted: maybe(offset),
  reactions: maybe(
    fc.array(fc.tuple(text, fc.array(text, { minLength: 1, maxLength: 3 })), { minLength: 1, maxLength: 3 }),
  ),
});

describe('an entry in Redis', () => {
  fuzz(
    'comes out as it went in, whatever is in it, with its id and its offset where scripts and feeds look for them',
    fc.property(drafts, offset, offset, amendments, (draft, at, number, { reactions, ...times }) => {
      const lines = asStored(draft, number, at, { ...times, reactions });
      const amended = reactions === undefined ? {} : { reactions: Object.fromEntries(reactions) };
      const expected = { ...place(draft, number, at), ...present(times), ...amended };
      // -0 and lone surrogates aside, JSON gives back what it was given.
      expect(decodeEntry(lines)).toEqual(JSON.parse(JSON.stringify(expected)));
      expect(offsetOf(lines)).toBe(number);
      expect(idOf(lines)).toBe(JSON.stringify(draft.id));
    }),
  );

  fuzz(
    'that was cut, or is none, is refused, or has all that everybody who reads it looks at',
    fc.property(
      fc.oneof(
        damaged(fc.tuple(drafts, offset, offset).map(([draft, number, at]) => asStored(draft, number, at, {}))),
        fc
          .array(
            fc.oneof(
              json.map((value) => JSON.stringify(value)),
              fc.nat(9).map(String),
            ),
            { minLength: 11, maxLength: 11 },
          )
          .map((lines) => lines.join('\n')),
        text,
      ),
      (published) => {
        let entry: Entry;
        try {
          entry = decodeEntry(published);
        } catch {
          return;
        }
        expect(isEntry(entry), JSON.stringify(entry)).toBe(true);
      },
    ),
  );
});

describe('a change of a room in Redis', () => {
  const source = {
    channel: '',
    load: async () => Promise.reject(),
    version: async () => 0,
    dropped: () => undefined,
    failed: () => undefined,
  };
  const people = fc.oneof(fc.array(fc.oneof(author, json), { maxLength: 2 }), json);
  const change = fc.record(
    { joined: people, left: people, renamed: people, count: fc.oneof(fc.nat(9), json) },
    { requiredKeys: [] },
  );

  fuzz(
    'is refused, or tells of people who have an id, a user and a name',
    fc.property(fc.oneof(change, json, object(json)), (published) => {
      const room = new RoomPresence(source);
      let read: ReturnType<RoomPresence['parse']>;
      try {
        read = room.parse(JSON.stringify(published));
      } catch {
        return;
      }
      for (const person of [...read.joined, ...read.left, ...read.renamed]) expect(isAuthor(person)).toBe(true);
      room.apply(read);
    }),
  );
});

describe('a name in Redis', () => {
  const keys = new Keys('chathub:');
  /** Names that differ in what is written with a percent sign, or not at all. */
  const alike = fc.array(
    fc.oneof(text, fc.constantFrom('%', '25', '%25', '{', '%7B', '%uD83D', '\ud83d', 'é', 'e\u0301')),
    { maxLength: 4 },
  );

  fuzz(
    'is a key of its own, in one slot with all that belongs to it, and no other key, slot or pattern',
    fc.property(alike, alike, (one, other) => {
      const [first, second] = [one.join(''), other.join('')];
      const { receipt: _, ...named } = keys.log(first);
      for (const key of [...Object.values(named), keys.topic(first)]) {
        expect(key).toMatch(/^chathub:(signal:)?\{[\p{L}\p{N}_@.%-]+\}/u);
        expect(key.slice(0, key.indexOf('}') + 1)).not.toMatch(/[\s*?[\]^\\]/);
      }
      const same = first === second;
      expect(keys.log(first).meta === keys.log(second).meta).toBe(same);
      expect(keys.topic(first) === keys.topic(second)).toBe(same);
      expect(keys.room(first) === keys.room(second)).toBe(same);
    }),
  );
});

/** As the script of an append puts it together: see scripts/log.ts. */
function asStored(
  draft: EntryDraft,
  number: number,
  at: number,
  more: {
    readonly edited?: number | undefined;
    readonly deleted?: number | undefined;
    readonly reactions?: readonly (readonly [string, readonly string[]])[] | undefined;
  },
): string {
  const { kind, id, user, base, text, data } = encodeDraft(draft);
  const groups = more.reactions?.map(([symbol, users]) =>
    [symbol, ...users].map((part) => JSON.stringify(part)).join('\t'),
  );
  const amended = [more.edited ?? '', more.deleted ?? '', groups?.join('\v') ?? ''];
  return [kind, id, user, number, at, base, text, data, ...amended].join('\n');
}

function isEntry(entry: Entry): boolean {
  const fields = entry as unknown as Readonly<Record<string, unknown>>;
  const texts: Readonly<Record<string, readonly string[]>> = {
    message: ['room', 'text'],
    direct: ['text'],
    edit: ['room', 'message', 'text'],
    delete: ['room', 'message'],
    reaction: ['room', 'message', 'reaction'],
  };
  const needed = Object.hasOwn(texts, entry.type) ? texts[entry.type] : undefined;
  return (
    needed !== undefined && ['id', ...needed].every((name) => typeof fields[name] === 'string') && isAuthor(entry.from)
  );
}

function isAuthor(value: unknown): boolean {
  const { id, user, name } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return [id, user, name].every((part) => typeof part === 'string');
}

/** Without what is left out. */
function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
