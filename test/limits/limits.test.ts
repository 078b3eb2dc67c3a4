import { type LimitName, limitTable } from 'chathub';
import { describe, expect, test } from 'vitest';
import { crowds } from './crowds.js';
import { frames } from './frames.js';
import { paces } from './paces.js';
import type { Pair } from './pair.js';
import { past } from './past.js';
import { silence } from './silence.js';
import { sizes } from './sizes.js';
import { slowness } from './slowness.js';

/** What is at each limit, and what is beyond it: a limit without its pair does not compile. */
const pairs: { readonly [name in LimitName]: Pair } = {
  ...sizes,
  ...frames,
  ...paces,
  ...silence,
  ...slowness,
  ...crowds,
  ...past,
};

test('each limit of the table has its pair, and there are no others', () => {
  expect(Object.keys(pairs).sort()).toEqual(Object.keys(limitTable).sort());
});

describe.each(Object.entries(pairs))('%s:', (_name, { at, beyond }) => {
  test(...at);
  test(...beyond);
});
