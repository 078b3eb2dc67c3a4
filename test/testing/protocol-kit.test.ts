import type { Command, Protocol, ProtocolSession, ServerEvent } from 'chathub';
import { objectProtocol, protocolConformance } from 'chathub/testing';
import { describe, expect, test } from 'vitest';

const frames = ['{"type":"join","room":"lobby"}', '{"type":"ping"}'];
const right = objectProtocol();
const session = (): ProtocolSession =>
  right.open({ transport: 'memory', limits: { jsonDepth: 8 }, reply: () => undefined });

/** A protocol whose sessions read as they should, but for what `receive` makes of it. */
function reading(receive: (command: Command | null, frame: string) => unknown): Partial<Protocol> {
  return {
    open: () => ({ receive: (frame) => receive(session().receive(frame), frame) as Command | null }),
  };
}

const encoding = (encode: (event: ServerEvent) => unknown): Partial<Protocol> => ({
  encode: encode as Protocol['encode'],
});

const purity = 'encode() of one event is always the same, whatever was encoded before and by whom';
const receiving = 'receive() returns a command or throws a ChatError, whatever comes in';
const crowd = 'encode() copes with a crowd, a full page and a large message';

/** What is wrong, and the check that has to find it. */
const faults: Record<string, readonly [check: string, fault: () => Partial<Protocol>]> = {
  'has no name': ['a protocol says what it is', () => ({ name: '' })],
  'has a policy that nobody knows': [
    'a protocol says what it is',
    () => ({ slowConsumer: 'wait' }) as unknown as Partial<Protocol>,
  ],
  'encodes into bytes': [
    'encode() gives a string or null for every event, whatever texts it holds',
    () => encoding((event) => new TextEncoder().encode(right.encode(event) ?? '')),
  ],
  'leaves a kind of event out without saying so': [
    'encode() gives a string or null for every event, whatever texts it holds',
    () => encoding((event) => (event.type === 'gap' ? undefined : right.encode(event))),
  ],
  'cannot encode half a character': [
    'encode() gives a string or null for every event, whatever texts it holds',
    () => encoding((event) => (event.type === 'notice' ? encodeURIComponent(event.text) : right.encode(event))),
  ],
  'writes into events': [
    'encode() changes no event',
    () => encoding((event) => right.encode(Object.assign(event, { seen: true }))),
  ],
  'writes into the author of a message': [
    'encode() changes no event',
    () =>
      encoding((event) => {
        if (event.type === 'message') (event.from as { name: string }).name ||= 'nobody';
        return right.encode(event);
      }),
  ],
  'numbers its events': [
    purity,
    () => {
      let count = 0;
      return encoding((event) => `${++count} ${right.encode(event)}`);
    },
  ],
  'overflows the stack for a crowd': [
    crowd,
    () =>
      encoding((event) => {
        const depth = (members: readonly unknown[]): number => (members.length === 0 ? 0 : 1 + depth(members.slice(1)));
        return 'members' in event ? String(depth(event.members ?? [])) : right.encode(event);
      }),
  ],
  'opens with nonsense': [
    'a session opens with a command, or with nothing',
    () => ({ open: () => ({ ...session(), opening: { type: 'dance' } as unknown as Command }) }),
  ],
  'refuses what clients send': [
    'receive() understands the frames that clients send',
    () => reading((command) => (command?.type === 'ping' ? (null as never as Command).type : command)),
  ],
  'throws what JSON.parse throws': [
    receiving,
    () => ({ open: () => ({ receive: (frame) => JSON.parse(frame) as Command }) }),
  ],
  'takes any type for a command': [
    receiving,
    () => ({ open: () => ({ receive: (frame) => ({ type: frame }) as unknown as Command }) }),
  ],
  'leaves a field out': [
    receiving,
    () => reading((command) => (command?.type === 'join' ? { type: 'join' } : command)),
  ],
  'gives undefined for nothing to do': [receiving, () => reading(() => undefined)],
  'pollutes every object': [
    receiving,
    () =>
      reading((command) => {
        Object.assign(Object.prototype, { polluted: true });
        return command;
      }),
  ],
  'uses one command again and again': [
    'a command stays as it was when the session goes on',
    () => {
      const command = { type: 'message', text: '' };
      return reading((_, frame) => Object.assign(command, { text: frame }));
    },
  ],
  'chokes on an answer': [
    'a session goes on after any event that answered it',
    () => ({
      open: () => ({
        ...session(),
        answered(event) {
          if (event.type === 'joined' && event.room === '') throw new Error('no room');
        },
      }),
    }),
  ],
  'shares the current room among sessions': [
    'sessions do not hear of each other',
    () => {
      let room = 'nowhere';
      return {
        open: () => ({
          receive: (text) => ({ type: 'send', room, text }),
          answered(event) {
            if (event.type === 'joined') room = event.room;
          },
        }),
      };
    },
  ],
};

describe('protocolConformance notices a protocol that', () => {
  for (const [description, [name, fault]] of Object.entries(faults)) {
    test(description, async () => {
      const checks = protocolConformance({ create: () => ({ ...right, ...fault() }), frames, runs: 500 });
      const check = checks.find((candidate) => candidate.name === name);
      expect(check, name).toBeDefined();
      try {
        await expect(check?.run()).rejects.toThrow();
      } finally {
        Reflect.deleteProperty(Object.prototype, 'polluted');
      }
    });
  }
});

test('the same seed makes the same frames, another makes others', async () => {
  const framesOf = async (seed: number) => {
    const seen: string[] = [];
    const spy: Protocol = {
      ...right,
      open: () => ({
        receive(frame) {
          seen.push(frame);
          return null;
        },
      }),
    };
    const checks = protocolConformance({ create: () => spy, frames, runs: 200, seed });
    await checks.find(({ name }) => name === receiving)?.run();
    return seen;
  };
  expect(await framesOf(1)).toEqual(await framesOf(1));
  expect(await framesOf(1)).not.toEqual(await framesOf(2));
});

test('a good part of the frames is understood, and a good part refused', async () => {
  let [understood, refused] = [0, 0];
  const counting: Partial<Protocol> = {
    open: () => ({
      receive(frame) {
        try {
          const command = session().receive(frame);
          understood += 1;
          return command;
        } catch (error) {
          refused += 1;
          throw error;
        }
      },
    }),
  };
  const checks = protocolConformance({ create: () => ({ ...right, ...counting }), frames, runs: 2_000 });
  await checks.find(({ name }) => name === receiving)?.run();
  expect(understood).toBeGreaterThan(200);
  expect(refused).toBeGreaterThan(200);
});
