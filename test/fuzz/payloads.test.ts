import { errorCodes, type JsonValue } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { controlPayload, roomPayload, userPayload } from '../../src/hub/payloads.js';
import { json, text } from './hostile.js';
import { fuzz } from './runs.js';

const code = fc.oneof(fc.constantFrom('KICKED', 'BANNED', 'toString', '__proto__', 'NOTHING'), json);
const someText = fc.oneof({ weight: 4, arbitrary: text }, { weight: 1, arbitrary: json });
const number = fc.oneof({ weight: 4, arbitrary: fc.integer() }, { weight: 1, arbitrary: json });
const author = fc.oneof(json, fc.record({ id: someText, user: someText, name: someText }));

/** A message between nodes, or nearly: some of what it has is there, some of that is right. */
const payload = fc.oneof(
  { weight: 1, arbitrary: json },
  {
    weight: 9,
    arbitrary: fc
      .record(
        {
          ...{ remove: someText, code, reason: someText, signal: someText, from: author, data: json, except: someText },
          ...{ taken: someText, generation: number, end: someText, notice: someText, text: someText },
          ...{ leave: someText, room: someText },
          ...{ by: someText, renamed: someText, read: someText, epoch: someText, offset: number },
        },
        { requiredKeys: [] },
      )
      // As it comes off the wire.
      .map((fields) => JSON.parse(JSON.stringify(fields)) as unknown),
  },
) as fc.Arbitrary<JsonValue>;

type Fields = Readonly<Record<string, unknown>>;
const isText = (value: unknown) => typeof value === 'string';
const isMaybeText = (value: unknown) => value === undefined || isText(value);
const isCode = (value: unknown) => isText(value) && Object.hasOwn(errorCodes, value as string);
const isAuthor = (value: unknown) =>
  [(value as Fields).id, (value as Fields).user, (value as Fields).name].every(isText);

/** What the hub looks at in each kind, in the order in which it asks which one it is. */
const room = {
  remove: ({ remove, code, reason }: Fields) => isText(remove) && isCode(code) && isMaybeText(reason),
  signal: ({ signal, from, data, except }: Fields) =>
    isText(signal) && isAuthor(from) && data !== undefined && isMaybeText(except),
};
const control = {
  taken: ({ taken, generation }: Fields) => isText(taken) && Number.isSafeInteger(generation),
  end: ({ end, code, reason }: Fields) => isText(end) && isCode(code) && isMaybeText(reason),
  leave: ({ leave, room, code, reason }: Fields) =>
    isText(leave) && isText(room) && (code === undefined || isCode(code)) && isMaybeText(reason),
  notice: ({ notice, text }: Fields) => isText(notice) && isText(text),
};
const user = {
  renamed: ({ by, renamed }: Fields) => isText(by) && isText(renamed),
  read: ({ by, read, epoch, offset }: Fields) =>
    isText(by) && isText(read) && isText(epoch) && Number.isSafeInteger(offset),
};

describe('a message between nodes, whatever came over the channel,', () => {
  fuzz(
    'is left alone, or is of the shape that the hub takes it for',
    fc.property(payload, (told) => {
      for (const [guard, shapes] of [
        [roomPayload, room],
        [controlPayload, control],
        [userPayload, user],
      ] as const) {
        const taken = guard(told) as Fields | undefined;
        if (taken === undefined) continue;
        const kind = Object.entries(shapes).find(([name]) => name in taken);
        expect(kind?.[1](taken), `${kind?.[0]} in ${JSON.stringify(taken)}`).toBe(true);
      }
    }),
  );
});
