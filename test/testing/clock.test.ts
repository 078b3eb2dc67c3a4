import { virtualClock } from 'chathub/testing';
import { describe, expect, test } from 'vitest';

describe('virtualClock', () => {
  test('stands still until it is moved', async () => {
    const clock = virtualClock({ now: 5_000 });
    clock.after(0, () => expect.unreachable());
    await new Promise((resolve) => setImmediate(resolve));
    expect([clock.now(), clock.monotonic(), clock.pending]).toEqual([5_000, 0, 1]);
  });

  test('fires timers in order of time, then of creation, each at its own time', async () => {
    const clock = virtualClock({ now: 1_000 });
    const fired: unknown[] = [];
    const at = (ms: number, name: string) => clock.after(ms, () => fired.push([name, clock.now(), clock.monotonic()]));
    at(30, 'third');
    at(10, 'first');
    at(30, 'fourth');
    at(20, 'second');
    at(31, 'never');
    await clock.advance(30);
    expect(fired).toEqual([
      ['first', 1_010, 10],
      ['second', 1_020, 20],
      ['third', 1_030, 30],
      ['fourth', 1_030, 30],
    ]);
    expect([clock.now(), clock.pending]).toEqual([1_030, 1]);
  });

  test('fires timers that are made while it moves', async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    const tick = () => {
      fired.push(clock.monotonic());
      clock.after(10, tick);
    };
    tick();
    await clock.advance(35);
    expect(fired).toEqual([0, 10, 20, 30]);
    expect(clock.pending).toBe(1);
  });

  test('fires timers that promises make before and between its own', async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    const sleep = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve));
    const work = async () => {
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      await sleep(10);
      fired.push(`one at ${clock.monotonic()}`);
      await sleep(10);
      fired.push(`two at ${clock.monotonic()}`);
    };
    const done = work();
    clock.after(15, () => fired.push(`between at ${clock.monotonic()}`));
    await clock.advance(20);
    expect(fired).toEqual(['one at 10', 'between at 15', 'two at 20']);
    await done;
  });

  test('lets a flush of two immediates happen before the next timer fires', async () => {
    const clock = virtualClock();
    const order: string[] = [];
    clock.after(1, () => void setImmediate(() => setImmediate(() => order.push('flushed'))));
    clock.after(1, () => order.push('next timer'));
    await clock.advance(1);
    expect(order).toEqual(['flushed', 'next timer']);
  });

  test('forgets a timer that is cancelled, once and again', async () => {
    const clock = virtualClock();
    const cancels = [1, 1, 1].map((ms) => clock.after(ms, () => undefined));
    const cancel = clock.after(1, () => expect.unreachable());
    cancel();
    cancel();
    expect(clock.pending).toBe(3);
    await clock.advance(1);
    for (const late of cancels) late();
    expect(clock.pending).toBe(0);
  });

  test('lets a timer cancel one of the same time', async () => {
    const clock = virtualClock();
    let cancel = () => {};
    clock.after(1, () => cancel());
    cancel = clock.after(1, () => expect.unreachable());
    await clock.advance(1);
    expect(clock.pending).toBe(0);
  });

  test('jumps the wall clock without moving timers', async () => {
    const clock = virtualClock();
    let fired = 0;
    clock.after(1_000, () => {
      fired += 1;
    });
    await clock.advance(500);
    clock.setWall(2_000_000_000_000);
    expect([clock.now(), clock.monotonic()]).toEqual([2_000_000_000_000, 500]);
    await clock.advance(499);
    expect(fired).toBe(0);
    await clock.advance(1);
    expect([fired, clock.now(), clock.monotonic()]).toEqual([1, 2_000_000_000_500, 1_000]);
  });

  test('moves one call after the other', async () => {
    const clock = virtualClock();
    const fired: number[] = [];
    for (const ms of [5, 10, 15]) clock.after(ms, () => fired.push(clock.monotonic()));
    await Promise.all([clock.advance(10), clock.advance(10)]);
    expect(fired).toEqual([5, 10, 15]);
    expect(clock.monotonic()).toBe(20);
  });

  test('reports what a timer throws, and can be moved on', async () => {
    const clock = virtualClock();
    clock.after(5, () => {
      throw new Error('timer');
    });
    await expect(clock.advance(10)).rejects.toThrow('timer');
    expect(clock.monotonic()).toBe(5);
    await clock.advance(10);
    expect([clock.monotonic(), clock.pending]).toEqual([15, 0]);
  });

  test('takes an endless timer for one that never fires, and a senseless one for one that is due', async () => {
    const clock = virtualClock();
    const fired: string[] = [];
    clock.after(Number.POSITIVE_INFINITY, () => fired.push('endless'));
    clock.after(Number.NaN, () => fired.push('NaN'));
    clock.after(-5, () => fired.push('negative'));
    await clock.advance(1e12);
    expect(fired).toEqual(['NaN', 'negative']);
    expect(clock.pending).toBe(1);
  });

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to move by %d', async (ms) => {
    await expect(virtualClock().advance(ms)).rejects.toThrow(RangeError);
  });
});
