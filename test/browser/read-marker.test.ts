import type { ClientRoom } from 'chathub/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ReadMarker } from '../../src/page/read-marker.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A room of which so much has come, and what was told of it. */
function fakeRoom() {
  const told: number[] = [];
  const room = {
    joined: true,
    position: { epoch: 'e', offset: 1 },
    markRead: (upTo?: { readonly offset: number }) => told.push(upTo?.offset ?? 0),
  };
  const marker = new ReadMarker();
  const read = (offset: number, epoch = 'e') => {
    room.position = { epoch, offset };
    marker.read(room as unknown as ClientRoom);
  };
  return { told, room, read, flush: () => marker.flush(room as unknown as ClientRoom) };
}

test('what is read is told at once, and then at most once a second', () => {
  const { told, read } = fakeRoom();
  for (const offset of [1, 2, 3]) read(offset);
  expect(told).toEqual([1]);
  vi.advanceTimersByTime(1_000);
  expect(told).toEqual([1, 3]);
  vi.advanceTimersByTime(10_000);
  read(4);
  expect(told).toEqual([1, 3, 4]);
});

test('what was told is not told again', () => {
  const { told, read } = fakeRoom();
  for (let times = 0; times < 5; times++) {
    read(1);
    vi.advanceTimersByTime(1_000);
  }
  expect(told).toEqual([1]);
});

test('a log that began anew is told of, though its offsets are smaller', () => {
  const { told, read } = fakeRoom();
  read(7);
  vi.advanceTimersByTime(1_000);
  read(2, 'another');
  expect(told).toEqual([7, 2]);
});

test('what waits is told when the page goes, unless the room was left', () => {
  const { told, room, read, flush } = fakeRoom();
  read(1);
  read(2);
  flush();
  expect(told).toEqual([1, 2]);
  read(3);
  room.joined = false;
  vi.advanceTimersByTime(10_000);
  expect(told).toEqual([1, 2]);
});
