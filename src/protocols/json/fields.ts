import { longestDuration } from '../../model/durations.js';
import type { JsonValue, Position } from '../../model/entry.js';

/** What a check answers to a value that is not as expected. */
export const refused = Symbol('refused');

/** One kind of value that a command may have: reads it, or refuses it. */
export interface Kind<T> {
  /** What it must be, for people: `a string`. */
  readonly expected: string;
  /** @param depth - how deep data may be nested */
  read(value: unknown, depth: number): T | typeof refused;
}

export const text: Kind<string> = {
  expected: 'a string',
  // A half of a surrogate pair, which an escape can write, is no character that could ever be sent on as UTF-8.
  read: (value) => (typeof value === 'string' && value.isWellFormed() ? value : refused),
};

export const flag: Kind<boolean> = {
  expected: 'true or false',
  read: (value) => (typeof value === 'boolean' ? value : refused),
};

export const offset: Kind<number> = {
  expected: 'an integer from 0 to 2^53 - 1',
  read: (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refused),
};

export const cursor: Kind<number | string> = {
  expected: `${offset.expected}, or a string`,
  read: (value, depth) => (typeof value === 'string' ? text.read(value, depth) : offset.read(value, depth)),
};

const mostSeconds = longestDuration / 1_000;

export const seconds: Kind<number> = {
  expected: `a number above 0, at most ${mostSeconds}`,
  read: (value) => (typeof value === 'number' && value > 0 && value <= mostSeconds ? value : refused),
};

export const position: Kind<Position> = {
  expected: 'an object of "epoch", a string, and "offset", an integer from 0 to 2^53 - 1',
  read(value) {
    if (!isObject(value)) return refused;
    const epoch = text.read(value.epoch, 0);
    const reached = offset.read(value.offset, 0);
    return epoch === refused || reached === refused ? refused : { epoch, offset: reached };
  },
};

export const positions: Kind<ReadonlyMap<string, Position>> = {
  expected: `an object of rooms, each ${position.expected}`,
  read(value) {
    if (!isObject(value)) return refused;
    const rooms = new Map<string, Position>();
    for (const [room, given] of Object.entries(value)) {
      const reached = position.read(given, 0);
      if (reached === refused || !room.isWellFormed()) return refused;
      rooms.set(room, reached);
    }
    return rooms;
  },
};

/** Data is carried, never looked into; but no integer may come out as another, and deep nesting overflows stacks. */
export const data: Kind<JsonValue> = {
  expected: 'JSON that is not nested too deep, without numbers that lose digits',
  read: (value, depth) => (isFaithful(value, depth) ? (value as JsonValue) : refused),
};

/** RFC 8259, 6: integers beyond 2^53 may be read as others; `1e400` is Infinity, and would go on as null. Fractions are doubles. */
function isFaithful(value: unknown, levels: number): boolean {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed();
    case 'number':
      return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    case 'object':
      if (value === null) return true;
      if (levels <= 0) return false;
      for (const key of Object.keys(value)) {
        if (!key.isWellFormed() || !isFaithful((value as { [key: string]: unknown })[key], levels - 1)) return false;
      }
      return true;
    default:
      return typeof value === 'boolean';
  }
}

/** An object of JSON, which is no list. */
export function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
