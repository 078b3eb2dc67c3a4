import type { ClientMessage } from 'chathub/client';
import { describe, expect, test } from 'vitest';
import { Timeline } from '../../src/page/timeline.js';

const from = { id: 'a', user: 'a', name: 'alice' };

function message(offset: number, text = `text ${offset}`): ClientMessage {
  return { type: 'message', room: 'lobby', id: `m${offset}`, offset, from, text, at: offset };
}

const messages = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => message(first + index));

function filled(first: number, last: number): Timeline {
  const timeline = new Timeline();
  for (const each of messages(first, last)) timeline.add(each, true);
  return timeline;
}

const texts = ({ items }: Timeline) => items.map((item) => (item.kind === 'said' ? item.message.text : item.text));
const range = (first: number, last: number) => messages(first, last).map(({ text }) => text);

describe('the stretch of a conversation that a page holds', () => {
  test('is in order, each message once, however they come', () => {
    const timeline = filled(5, 7);
    timeline.prepend(messages(3, 6), true);
    timeline.add(message(8), true);
    timeline.add(message(8), true);
    expect(texts(timeline)).toEqual(range(3, 8));
  });

  test('gives way at the beginning while its end is followed', () => {
    const timeline = filled(1, 700);
    expect(texts(timeline)).toEqual(range(201, 700));
    expect([timeline.older, timeline.detached]).toEqual([true, false]);
  });

  test('takes no more while somebody reads further up, and catches up by pages', () => {
    const timeline = filled(1, 499);
    for (const each of messages(500, 600)) timeline.add(each, false);
    expect([timeline.newest, timeline.detached]).toEqual([500, true]);
    timeline.append(messages(501, 560), true);
    expect(timeline.detached).toBe(true);
    timeline.append(messages(561, 599), false);
    // One more came while the page was on its way.
    expect(timeline.detached).toBe(true);
    timeline.append(messages(600, 600), false);
    expect([timeline.newest, timeline.detached]).toEqual([600, false]);
  });

  test('gives way at the end when somebody goes far up', () => {
    const timeline = filled(501, 1000);
    timeline.prepend(messages(441, 500), true);
    expect(texts(timeline)).toEqual(range(441, 940));
    expect(timeline.detached).toBe(true);
  });

  test('begins at the end again after a hole, and says so until what is missing is there', () => {
    const timeline = filled(1, 5);
    timeline.gap(6, 'missing', true);
    timeline.add(message(9), true);
    expect(texts(timeline)).toEqual(['missing', 'text 9']);
    timeline.prepend(messages(7, 8), true);
    expect(texts(timeline)).toEqual(['missing', ...range(7, 9)]);
    timeline.prepend(messages(4, 6), false);
    expect(texts(timeline)).toEqual(range(4, 9));
  });

  test('stays where somebody reads when there is a hole further down', () => {
    const timeline = filled(1, 5);
    timeline.gap(6, 'missing', false);
    timeline.add(message(9), false);
    expect(texts(timeline)).toEqual(range(1, 5));
    expect(timeline.detached).toBe(true);
  });

  test('keeps what a log said that is no more, above what the new one says', () => {
    const timeline = filled(1, 3);
    timeline.restart('anew');
    timeline.add(message(1, 'other'), true);
    expect(texts(timeline)).toEqual([...range(1, 3), 'anew', 'other']);
    // What stood above the first of them can't be asked for any more.
    expect(timeline.cut).toBe(true);
  });

  // What stood in the old log was asked for in the new one, where nothing had such an offset.
  test('reads a log that began anew from its beginning, though somebody reads far up', () => {
    const timeline = filled(1, 500);
    timeline.add(message(501), false);
    timeline.restart('anew');
    for (const each of messages(1, 3)) timeline.add(each, false);
    expect([timeline.newest, timeline.detached]).toEqual([undefined, true]);
    timeline.append(messages(1, 3), false);
    expect(texts(timeline).slice(-5)).toEqual(['text 500', 'anew', ...range(1, 3)]);
    expect([timeline.newest, timeline.detached]).toEqual([3, false]);
  });

  test('begins further up, and catches up by pages', () => {
    const timeline = filled(100, 120);
    timeline.begin(messages(1, 30), true);
    expect([texts(timeline), timeline.older, timeline.detached]).toEqual([range(1, 30), true, true]);
    timeline.append(messages(31, 90), true);
    timeline.append(messages(91, 120), false);
    expect([texts(timeline), timeline.detached]).toEqual([range(1, 120), false]);
  });

  test('knows what somebody said last, and has not deleted', () => {
    const timeline = filled(1, 3);
    timeline.change('m3', (was) => ({ ...was, deleted: 1 }));
    expect([timeline.lastOf('a')?.id, timeline.lastOf('b'), timeline.lastOf(undefined)]).toEqual([
      'm2',
      undefined,
      undefined,
    ]);
  });

  test('changes a message where it stands', () => {
    const timeline = filled(1, 3);
    timeline.change('m2', (was) => ({ ...was, text: 'edited' }));
    expect(texts(timeline)).toEqual(['text 1', 'edited', 'text 3']);
  });
});
