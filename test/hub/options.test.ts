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
      'Expected "options.polices" to be one of policies, engine, lastingMembership, limits, clock, schedule, tracing, logger, got an object',
