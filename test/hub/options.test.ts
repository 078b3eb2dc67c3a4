import { ChatHub, limitTable, memory, OptionError } from 'chathub';
import { describe, expect, test } from 'vitest';
import { chat } from './set-up.js';

describe('options', () => {
  test('are none', () => {
    expect(() => new ChatHub()).not.toThrow();
    expect(() => new ChatHub({})).not.toThrow();
    const nothing = { policies: undefined, engine: undefined, limits: undefined, clock: undefined } as object;
    expect(() => new ChatHub(nothing)).not.toThrow();
  });

  const wrong: readonly (readonly [unknown, string])[] = [
    [null, 'Expected "options" to be an object, got null'],
    ['x', 'Expected "options" to be an object, got "x"'],
    [
      { polices: {} },
      'Expected "options.polices" to be one of policies, engine, lastingMembership, limits, clock, schedule, tracing, got an object',
    ],
    [
      { policies: { autenticate: () => null } },
      'Expected "policies.autenticate" to be one of authenticate, join, send, nick, direct, read, list, topic, moderate, got a function',
    ],
    [{ policies: 7 }, 'Expected "policies" to be an object, got 7'],
    [{ policies: { join: true } }, 'Expected "policies.join" to be a function, got true'],
    [{ engine: memory }, 'Expected "engine" to be an engine, such as memory(), got a function'],
    [{ engine: {} }, 'Expected "engine" to be an engine, such as memory(), got an object'],
    [{ lastingMembership: 'yes' }, 'Expected "lastingMembership" to be true, false or a function, got "yes"'],
    [{ clock: {} }, 'Expected "clock" to be a clock, got an object'],
    [{ schedule: 5 }, 'Expected "schedule" to be a function, got 5'],
    [{ limits: { messageBytes: '4k' } }, 'Expected "limits.messageBytes" to be a positive integer, got "4k"'],
    [
      { limits: { mesageBytes: 1 } },
      `Expected "limits.mesageBytes" to be one of ${Object.keys(limitTable).join(', ')}, got 1`,
    ],
    [
      { limits: { frameBytes: 40_959 } },
      'Expected "limits.frameBytes" to be at least 6 x messageBytes + 2 x dataBytes = 40960, got 40959',
    ],
    [{ limits: 7 }, 'Expected "limits" to be an object, got 7'],
  ];

  test.each(wrong)('%j are refused', (options, sentence) => {
    const error = thrownBy(() => new ChatHub(options as object));
    expect(error).toBeInstanceOf(OptionError);
    expect(error).toMatchObject({ message: sentence, code: 'BAD_OPTION' });
  });

  test('are not changed, and limits can be read', () => {
    const limits = Object.freeze({ messageBytes: 2_000 });
    const hub = new ChatHub(Object.freeze({ limits }));
    expect(hub.limits).toMatchObject({ messageBytes: 2_000, dataBytes: 8_192 });
    expect(Object.isFrozen(hub.limits)).toBe(true);
  });
});

describe('the status of a hub', () => {
  test('says what it is and does', async () => {
    const { hub, connect } = await chat();
    expect(hub.status()).toEqual({
      node: expect.stringMatching(/^[\w-]{8}$/),
      engine: { name: 'memory', durability: 'process', state: 'up', reason: undefined, warnings: [], facts: {} },
      addresses: ['memory://memory'],
      connections: 0,
      members: 0,
      rooms: 0,
    });
    const alice = await connect('alice');
    await alice.join('lobby');
    expect(hub.status()).toMatchObject({ connections: 1, members: 1, rooms: 2 });
  });

  test('before it listens knows nothing of its engine', () => {
    expect(new ChatHub().status()).toMatchObject({
      engine: { name: 'memory', durability: undefined, state: undefined },
      addresses: [],
      connections: 0,
      members: 0,
      rooms: 0,
    });
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
