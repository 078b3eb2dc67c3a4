import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from '../../../src/engines/memory/ring.js';
import type { Entry } from '../../../src/model/entry.js';

const from = { id: 'm', user: 'u', name: 'n' };
const entry = (offset: number, text = ''): Entry => ({
  type: 'message',
  room: 'r',
  id: `${offset}`,
  from,
  text,
  offset,
  at: 0,
});

/** A push, a shift, or the replacement of one of what is there. */
const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant('push' as const) },
  { weight: 2, arbitrary: fc.constant('shift' as const) },
  { weight: 1, arbitrary: fc.nat(99) },
);

test('a ring holds what an array of the same pushes, shifts and replacements holds', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const ring = new Ring();
      const array: Entry[] = [];
      let last = 0;
      for (const todo of steps) {
        if (todo === 'push') {
          const pushed = entry(++last);
          ring.push(pushed);
          array.push(pushed);
        } else if (todo === 'shift') {
          expect(ring.shift()).toBe(array.shift());
        } else if (array.length > 0) {
          const replacement = entry(array[todo % array.length]!.offset, 'replaced');
          ring.replace(replacement);
          array[todo % array.length] = replacement;
        }
        expect([ring.size, ring.first]).toEqual([array.length, last - array.length + 1]);
        expect(Array.from({ length: last + 2 }, (_, offset) => ring.at(offset)).filter((held) => held)).toEqual(array);
      }
    }),
  );
});

test('an empty ring has nothing at any offset', () => {
  const ring = new Ring();
  expect([ring.size, ring.first, ring.at(0), ring.at(1), ring.shift()]).toEqual([
    0,
    1,
    undefined,
    undefined,
    undefined,
  ]);
});
