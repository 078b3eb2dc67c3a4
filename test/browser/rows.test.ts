import type { ClientMessage } from 'chathub/client';
import { expect, test } from 'vitest';
import { Conversation } from '../../src/page/conversation.js';
import { rowsOf } from '../../src/page/rows.js';

const me = { user: 'me', name: 'me' };
const minute = 60_000;

/** Noon today, by the clock of this machine. */
const noon = new Date().setHours(12, 0, 0, 0);

type Said = Partial<Pick<ClientMessage, 'text' | 'at' | 'action' | 'room'>> & { readonly name: string };

function shown(...said: readonly Said[]): string[] {
  const source = { history: () => new Promise<never>(() => {}), send: () => new Promise<never>(() => {}) };
  const conversation = new Conversation({ kind: 'room', room: 'lobby' }, source, () => {});
  for (const [index, { name, text = 'x', at = noon, ...rest }] of said.entries()) {
    const from = { id: name, user: name, name };
    const id = `m${index}`;
    conversation.add({ type: 'message', room: 'lobby', id, offset: index + 1, from, text, at, ...rest });
  }
  return rowsOf(conversation, me).flatMap((row) => {
    if (row.kind === 'day') return [`-- ${row.text}`];
    if (row.kind === 'said') return [`${row.head ? `${row.message.from.name}: ` : ''}${row.message.text}`];
    return [];
  });
}

test('what one person says in one go stands under one name', () => {
  expect(shown({ name: 'a' }, { name: 'a' }, { name: 'b' }, { name: 'a' })).toEqual([
    '-- Today',
    ...['a: x', 'x', 'b: x', 'a: x'],
  ]);
});

test('what the same person says later is said anew', () => {
  const at = [noon, noon + 4 * minute, noon + 10 * minute];
  expect(shown(...at.map((time) => ({ name: 'a', at: time })))).toEqual(['-- Today', 'a: x', 'x', 'a: x']);
});

test('an action stands alone', () => {
  expect(shown({ name: 'a' }, { name: 'a', action: true }, { name: 'a' })).toEqual([
    '-- Today',
    ...['a: x', 'a: x', 'a: x'],
  ]);
});

test('each day is named once, and begins a group', () => {
  const yesterday = new Date(noon).setDate(new Date(noon).getDate() - 1);
  const earlier = new Date(2024, 1, 29, 12).getTime();
  expect(
    shown({ name: 'a', at: earlier }, { name: 'a', at: yesterday }, { name: 'a', at: yesterday }, { name: 'a' }),
  ).toEqual([expect.stringMatching(/^-- .*29/), 'a: x', '-- Yesterday', ...['a: x', 'x'], '-- Today', 'a: x']);
});
