import { mentionsIn } from 'chathub';
import { expect, test } from 'vitest';

test.each<[string, readonly string[]]>([
  ['hello', []],
  ['@alice', ['alice']],
  ['hello @alice and @bob', ['alice', 'bob']],
  ['@alice, @Zoë: (@名前)', ['alice', 'Zoë', '名前']],
  ['thanks @alice.', ['alice.', 'alice']],
  ['@a-b.c_d', ['a-b.c_d']],
  ['mail alice@example.com', []],
  ['@@alice', []],
  ['@', []],
  ['@-x @.x', []],
  ['@alice @alice @alice', ['alice']],
])('%j mentions %j', (text, names) => {
  expect(mentionsIn(text)).toEqual(names);
});

test('no more than ten are mentioned, and a flood of signs takes no time', () => {
  const many = Array.from({ length: 50 }, (_, index) => `@n${index}`).join(' ');
  expect(mentionsIn(many)).toHaveLength(10);
  expect(mentionsIn('@'.repeat(100_000))).toEqual([]);
  expect(mentionsIn(`@${'a.'.repeat(50_000)}`)).toHaveLength(2);
});
