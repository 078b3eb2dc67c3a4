import { describe, expect, test } from 'vitest';
import { type LimitName, limitTable, resolveLimits } from '../../src/model/limits.js';

describe('limits', () => {
  test('are the defaults of the table unless told otherwise', () => {
    const limits = resolveLimits();
    for (const [name, { value }] of Object.entries(limitTable)) expect(limits[name as LimitName], name).toBe(value);
    expect(resolveLimits({ history: 5 })).toEqual({ ...limits, history: 5 });
    expect(resolveLimits({ history: undefined } as object)).toEqual(limits);
  });

  test('are the ones that the documentation lists', () => {
    expect(resolveLimits()).toEqual({
      frameBytes: 65_536,
      messageBytes: 4_096,
      topicBytes: 1_024,
      reactions: 20,
      dataBytes: 8_192,
      jsonDepth: 8,
      fragments: 64,
      outboxBytes: 1_048_576,
      writeDeadline: 10_000,
      helloTimeout: 10_000,
      commandsBeforeHello: 8,
      sendsPerSecond: 10,
      sendBurst: 20,
      commandsPerSecond: 50,
      commandBurst: 100,
      badFrames: 10,
      heartbeat: 25_000,
      heartbeatTimeout: 10_000,
      idleTimeout: Number.POSITIVE_INFINITY,
      connectionsPerAddress: 64,
      connectsPerMinute: 120,
      connections: 50_000,
      blocks: 200,
      roomsPerMember: 64,
      membersPerRoom: 10_000,
      rooms: 100_000,
      nameLength: 32,
      roomNameLength: 64,
      history: 1_000,
      historyAge: 86_400_000,
      historyBytes: 268_435_456,
      recover: 1_000,
      recoverBytes: 262_144,
      resumeWindow: 30_000,
      keyWindow: 600_000,
      presenceDetail: 200,
      policyTimeout: 10_000,
      drain: 10_000,
    });
  });

  test('have a unit and a reason each', () => {
    for (const [name, { unit, reason }] of Object.entries(limitTable)) {
      expect(['count', 'bytes', 'ms', 'perSecond'], name).toContain(unit);
      expect(reason.length, name).toBeGreaterThan(5);
    }
  });

  test.each([
    ['messageBytes', '4k', 'Expected "limits.messageBytes" to be a positive integer, got "4k"'],
    ['messageBytes', 0, 'Expected "limits.messageBytes" to be a positive integer, got 0'],
    ['messageBytes', -1, 'Expected "limits.messageBytes" to be a positive integer, got -1'],
    ['messageBytes', 1.5, 'Expected "limits.messageBytes" to be a positive integer, got 1.5'],
    ['messageBytes', Number.NaN, 'Expected "limits.messageBytes" to be a positive integer, got NaN'],
    ['messageBytes', null, 'Expected "limits.messageBytes" to be a positive integer, got null'],
    ['history', -1, 'Expected "limits.history" to be a non-negative integer, got -1'],
    ['helloTimeout', '10s', 'Expected "limits.helloTimeout" to be a positive integer of milliseconds, got "10s"'],
    ['drain', 0.5, 'Expected "limits.drain" to be a non-negative integer of milliseconds, got 0.5'],
    ['sendsPerSecond', 0, 'Expected "limits.sendsPerSecond" to be a positive number, got 0'],
    ['sendsPerSecond', [], 'Expected "limits.sendsPerSecond" to be a positive number, got an array'],
  ])('%s can’t be %j', (name, value, sentence) => {
    expect(() => resolveLimits({ [name]: value } as object)).toThrow(sentence);
  });

  test.each(['constructor', '__proto__x', 'toString', 'messagebytes'])('%j is none', (name) => {
    expect(() => resolveLimits({ [name]: 1 } as object)).toThrow(`Expected "limits.${name}" to be one of frameBytes, `);
  });

  test('may be 0 where none at all makes sense, and a fraction where they are rates', () => {
    const limits = { history: 0, resumeWindow: 0, keyWindow: 0, dataBytes: 0, sendsPerSecond: 0.5 };
    expect(resolveLimits(limits)).toMatchObject(limits);
  });

  test('are removed by Infinity', () => {
    const off = Number.POSITIVE_INFINITY;
    const names = Object.keys(limitTable) as LimitName[];
    const all = Object.fromEntries(names.map((name) => [name, off]));
    expect(resolveLimits(all)).toEqual(all);
  });

  test('of a frame must hold any legal message with its data', () => {
    expect(() => resolveLimits({ frameBytes: 40_959 })).toThrow(
      'Expected "limits.frameBytes" to be at least 6 x messageBytes + 2 x dataBytes = 40960, got 40959',
    );
    expect(() => resolveLimits({ messageBytes: 10_000 })).toThrow(
      'to be at least 6 x messageBytes + 2 x dataBytes = 76384',
    );
    expect(resolveLimits({ frameBytes: 40_960 }).frameBytes).toBe(40_960);
  });

  test('can’t be changed once they are in force', () => {
    expect(Object.isFrozen(resolveLimits())).toBe(true);
  });
});
