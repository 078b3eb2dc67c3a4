import { ChatHub } from 'chathub';
import fc from 'fast-check';
import { afterAll, describe, expect } from 'vitest';
import { actionsOn } from '../../src/cli/admin/actions.js';
import { Query } from '../../src/cli/admin/fields.js';
import { refusalOf } from '../../src/cli/admin/problems.js';
import { RoomView } from '../../src/cli/admin/room.js';
import { RoomsView } from '../../src/cli/admin/rooms.js';
import { SessionsView } from '../../src/cli/admin/sessions.js';
import { oneLine } from '../../src/cli/log.js';
import { text } from './hostile.js';
import { fuzz } from './runs.js';

const hub = new ChatHub();
afterAll(() => hub.close());

const value = fc.oneof({ weight: 3, arbitrary: text }, fc.jsonValue({ maxDepth: 2 }), fc.double());
const whom = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('user', 'member', 'address'), text).map(([by, name]) => ({ [by]: name })),
  },
  fc.record({ user: value, member: value, address: value }, { requiredKeys: [] }),
  value,
);
const object = fc.oneof(
  fc.record(
    { room: value, whom, reason: value, duration: value, text: value, confirm: value, toString: value },
    { requiredKeys: [] },
  ),
  fc.dictionary(text, value, { maxKeys: 3 }),
);

let drained = 0;
const actions = actionsOn(hub, () => drained++);

describe('an administrator', () => {
  fuzz(
    'may ask for anything to be done, and it is, or is refused with a sentence; the log has one line of it',
    fc.asyncProperty(fc.constantFrom(...actions.keys()), object, async (name, object) => {
      try {
        const { line, answer } = (await actions.get(name)?.(object)) ?? { line: '', answer: undefined };
        expect(answer).toBeTypeOf('object');
        expect(oneLine(line)).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}]+$/u);
      } catch (error) {
        const { status, code, message } = refusalOf(error);
        expect(status).toBeGreaterThanOrEqual(400);
        expect(status, message).toBeLessThan(500);
        expect(code).toMatch(/^[A-Z_]+$/);
        expect(message).toMatch(/\S/);
      }
      // Only once it was answered.
      expect(drained).toBe(0);
    }),
    0.5,
  );

  const now = () => 0;
  const sessions = new SessionsView(hub, now);
  const [rooms, room] = [new RoomsView(hub, now), new RoomView(hub, sessions, now)];
  const parameter: fc.Arbitrary<[string, string]> = fc.tuple(
    fc.constantFrom('name', 'find', 'sort', 'slow', 'room', 'offset', 'limit', 'x'),
    fc.oneof(text, fc.integer().map(String), fc.constantFrom('name', 'rate', 'sent', 'true', '50')),
  );
  const url = fc.oneof(
    text,
    fc.array(parameter, { maxLength: 4 }).map((all) => `/admin/api/x?${new URLSearchParams(all)}`),
  );

  fuzz(
    'may ask for any list, and is given a part of it, or told what is wrong',
    fc.asyncProperty(url, async (url) => {
      const lists = [
        async () => rooms.answer(new Query(url)),
        async () => sessions.answer(new Query(url)),
        async () => (await room.answer(new Query(url))).people,
        async () => room.sanctions(new Query(url)),
      ];
      for (const list of lists) {
        try {
          const { items, total } = await list();
          expect(items.length).toBeLessThanOrEqual(Math.min(total, 100));
        } catch (error) {
          expect(refusalOf(error).status, String(error)).toBe(400);
        }
      }
    }),
    0.5,
  );
});
