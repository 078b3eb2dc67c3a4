import { expect, test } from 'vitest';
import { trimmed } from '../../src/page/web-address.js';

test.each([
  ['http://a.b/c', 'http://a.b/c'],
  ['http://a.b/c).', 'http://a.b/c'],
  ['http://a.b/c.).”', 'http://a.b/c'],
  ['http://a.b/c_(d)', 'http://a.b/c_(d)'],
  ['http://a.b/c_(d).', 'http://a.b/c_(d)'],
  ['http://a.b/?c=d!', 'http://a.b/?c=d'],
  [')).', ''],
])('of %s the address is %s', (found, address) => {
  expect(trimmed(found)).toBe(address);
});

// Tried at each bracket, and there from each dot, four kilobytes took ten seconds in every tab that showed them.
test('a long one takes no longer than it is', () => {
  const long = `http://a${'.'.repeat(100_000)}x`;
  expect(trimmed(long + ')'.repeat(100_000))).toBe(long);
});
