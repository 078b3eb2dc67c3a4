import assert from 'node:assert/strict';
import type { Protocol, ServerEvent } from '../../index.js';
import type { Check } from '../checks.js';
import { eventsWith } from './events.js';
import { hostileStrings } from './hostile.js';
import type { ProtocolConformanceOptions } from './options.js';

/** Clause 1 of Protocol. */
export function encodingChecks({ create }: ProtocolConformanceOptions): readonly Check[] {
  return [
    {
      name: 'encode() gives a string or null for every event, whatever texts it holds',
      async run() {
        const protocol = create();
        for (const event of hostileEvents()) {
          const encoded = encode(protocol, event);
          assert.ok(encoded === null || typeof encoded === 'string', `${described(event)} became ${typeof encoded}`);
        }
      },
    },
    {
      name: 'encode() changes no event',
      async run() {
        const protocol = create();
        for (const event of hostileEvents()) {
          const expected = encode(protocol, structuredClone(event));
          assert.ok(encode(protocol, frozen(event)) === expected, `${described(event)} is told otherwise when frozen`);
        }
      },
    },
    {
      name: 'encode() of one event is always the same, whatever was encoded before and by whom',
      async run() {
        const [one, other] = [create(), create()];
        const events = hostileEvents();
        const forwards = events.map((event) => encode(one, event));
        const backwards = events.toReversed().map((event) => encode(one, structuredClone(event)));
        const elsewhere = events.map((event) => encode(other, event));
        for (const [index, event] of events.entries()) {
          assert.ok(forwards[index] === backwards.at(-1 - index), `${described(event)} depends on what came before`);
          assert.ok(forwards[index] === elsewhere[index], `${described(event)} depends on the protocol object`);
        }
      },
    },
    {
      name: 'encode() copes with a crowd, a full page and a large message',
      async run() {
        const protocol = create();
        for (const event of largeEvents()) encode(protocol, event);
      },
    },
  ];
}

function encode(protocol: Protocol, event: ServerEvent): string | null {
  try {
    return protocol.encode(event);
  } catch (cause) {
    throw new Error(`encode() threw for ${described(event)}`, { cause });
  }
}

function hostileEvents(): readonly ServerEvent[] {
  return hostileStrings.flatMap(eventsWith);
}

function largeEvents(): readonly ServerEvent[] {
  const [{ from, ...message }] = [
    { type: 'message', room: 'lobby', id: 'm', at: 0, text: 'hi', from: { id: 'a', user: 'a', name: 'alice' } },
  ] as const;
  const crowd = Array.from({ length: 10_000 }, (_, index) => ({ ...from, id: `member-${index}` }));
  const entries = Array.from({ length: 1_000 }, (_, index) => ({ ...message, from, offset: index + 1 }));
  const placed = { room: 'lobby', epoch: 'e' } as const;
  return [
    { type: 'members', room: 'lobby', members: crowd, count: crowd.length, complete: true },
    { type: 'presence', room: 'lobby', joined: crowd, left: crowd, renamed: [], count: crowd.length },
    { type: 'rooms', rooms: crowd.map(({ id }) => ({ name: id, count: 1 })) },
    { ...placed, type: 'history', messages: entries, more: true },
    { ...placed, type: 'joined', offset: 1_000, recovered: true, more: true, entries, members: crowd, count: 10_000 },
    { ...message, from, offset: 1, text: 'line\n'.repeat(100_000) },
  ];
}

/** Deeply, so that writing anywhere into it throws. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

function described(event: ServerEvent): string {
  return JSON.stringify(event).slice(0, 300);
}
