import { ChatError, type Command, json } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { commands, depthOf, nearMisses, types, wire } from './commands.js';
import * as hostile from './hostile.js';
import { fuzz } from './runs.js';

const reply = () => expect.unreachable('nothing is answered without the hub');
const session = json().open({ transport: 'memory', limits: { jsonDepth: 8 }, reply });

const id = fc.oneof(
  fc.maxSafeInteger(),
  hostile.wellFormed.filter((any) => any !== '' && [...any].length <= 64),
);

describe('a command', () => {
  fuzz(
    'is read as it was written, with its id, and with nothing that is none of its members',
    fc.property(commands, fc.option(id, { nil: undefined }), hostile.json, (command, id, foreign) => {
      const read = readFrom(wire({ [Symbol.toStringTag]: 1, ...command, id, from: foreign, at: foreign }));
      const expected = JSON.parse(wire({ ...command, id })) as object;
      expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
      expect(read).toEqual(withMap(expected));
    }),
  );

  fuzz(
    'that is nearly one is read, or refused by a code of the protocol: nothing else is thrown',
    fc.property(nearMisses, (command) => {
      const frame = wire(command);
      look(frame, readFrom(frame));
    }),
  );
});

describe('a frame', () => {
  const frame = fc.oneof(
    hostile.text,
    hostile.json.map((value) => JSON.stringify(value)),
    hostile.damaged(fc.oneof(commands, nearMisses).map(wire)),
    hostile.object(hostile.json).map((value) => JSON.stringify(value)),
    // Nested deeper than anything that is sent in earnest.
    fc
      .tuple(fc.constantFrom('{"type":"signal","room":"r","name":"n","data":', ''), fc.nat(200))
      .map(([head, depth]) => {
        return `${head}${'['.repeat(depth)}${']'.repeat(depth)}${head && '}'}`;
      }),
    // Names that come twice, numbers that are none or lose digits.
    fc
      .array(fc.tuple(fc.constantFrom(...types, 'type', 'id', 'room', 'offset'), hostile.keys), { maxLength: 4 })
      .map((pairs) => `{${pairs.map(([name, value]) => `"${name}":${value}`).join()}}`),
  );

  fuzz(
    'of any text is a command of the protocol, or refused: nothing else is thrown',
    fc.property(frame, (any) => look(any, readFrom(any))),
  );
});

/** What is read is one of the protocol's commands, and what is refused is so in words that can be shown and sent. */
function look(frame: string, read: Command | ChatError | null): void {
  if (read instanceof ChatError) {
    expect(['BAD_JSON', 'BAD_COMMAND', 'BAD_UTF8']).toContain(read.code);
    expect(read.message.isWellFormed()).toBe(true);
    expect(read.message).not.toMatch(/\p{Cc}/u);
    expect(read.message.length).toBeLessThan(400);
    return;
  }
  const given = JSON.parse(frame) as { readonly [name: string]: unknown };
  expect(types).toContain(read?.type);
  // Nothing is made up or changed on the way, and nothing is there that could not be sent on.
  for (const [name, value] of Object.entries(read ?? {})) {
    const plain: unknown = value instanceof Map ? Object.fromEntries(value) : value;
    if (name === 'after' || name === 'rooms') expect(given[name]).toMatchObject(plain as object);
    else expect(plain).toEqual(given[name]);
    expect(JSON.parse(JSON.stringify(plain))).toEqual(withoutSign(plain));
    if (name === 'data') expect(depthOf(plain)).toBeLessThanOrEqual(8);
  }
}

function readFrom(frame: string): Command | ChatError | null {
  try {
    return session.receive(frame);
  } catch (error) {
    if (error instanceof ChatError) return error;
    throw error;
  }
}

/** Positions are read into a Map: no room is called by what every object has. */
function withMap(command: object): object {
  const { rooms } = command as { readonly rooms?: object };
  return rooms === undefined ? command : { ...command, rooms: new Map(Object.entries(rooms)) };
}

/** JSON has no -0. */
function withoutSign(value: unknown): unknown {
  return value === 0 ? 0 : value;
}
