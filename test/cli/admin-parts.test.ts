import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Failures } from '../../src/cli/admin/failures.js';
import { Loop } from '../../src/cli/admin/loop.js';
import { Baseline } from '../../src/cli/admin/shared.js';
import { readToken } from '../../src/cli/admin/token.js';
import { UsageError } from '../../src/cli/usage-error.js';

const long = 'sixteen-letters!';

describe('the token', () => {
  const given = { flag: undefined, file: undefined, variable: undefined };

  function file(content: string): string {
    const folder = mkdtempSync(path.join(tmpdir(), 'chathub-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const name = path.join(folder, 'token');
    writeFileSync(name, content);
    return name;
  }

  test('is that of the flag, of the file without its line end, or of the variable', () => {
    expect(readToken(given)).toBeUndefined();
    expect(readToken({ ...given, variable: '' })).toBeUndefined();
    expect(readToken({ ...given, variable: long })).toBe(long);
    expect(readToken({ ...given, variable: long, flag: `${long}-flag` })).toBe(`${long}-flag`);
    expect(readToken({ ...given, variable: long, file: file(`${long}-file\r\n`) })).toBe(`${long}-file`);
  });

  test.each([
    [{ flag: long.slice(1) }, /^--admin-token: expected 16 characters/],
    [{ flag: '' }, /^--admin-token: expected 16 characters/],
    [{ variable: 'short' }, /^CHATHUB_ADMIN_TOKEN: expected 16 characters/],
    [{ flag: 'with spaces in it, and long' }, /^--admin-token: expected letters/],
    [{ flag: 'päßwörter-sind-keine' }, /^--admin-token: expected letters/],
    [{ flag: long, file: '/nowhere' }, /exclude each other/],
    [{ file: '/nowhere/token' }, /^--admin-token-file: "\/nowhere\/token" can not be read \(ENOENT\)\.$/],
  ])('%j is refused, and not shown', (sources, message) => {
    const read = () => readToken({ ...given, ...sources });
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
    const { flag, variable } = { ...given, ...sources };
    for (const secret of [flag, variable]) if (secret) expect(read).not.toThrow(secret);
  });

  test('in an empty file is refused', () => {
    const name = file('\n');
    expect(() => readToken({ ...given, file: name })).toThrow(/^--admin-token-file: expected 16 characters/);
  });
});

// An attacker with a network of its own must not fill the memory, one address after the other.
test('whoever failed is forgotten in time, and however many there are', () => {
  const time = { now: 0 };
  const failures = new Failures(() => time.now);
  for (let count = 0; count < 30_000; count++) failures.add(`10.${count >> 16}.${(count >> 8) & 255}.${count & 255}`);
  expect(failures.size).toBe(10_000);
  time.now = 60_001;
  failures.add('192.0.2.1');
  expect(failures.size).toBe(1);
});

test('ten failures within a minute are too many, and eleven are told once', () => {
  const time = { now: 0 };
  const failures = new Failures(() => time.now);
  const told = Array.from({ length: 12 }, () => {
    time.now += 1_000;
    return failures.add(undefined);
  });
  expect(told.map((tells, index) => (tells ? index : -1)).filter((index) => index >= 0)).toEqual([9]);
  expect(failures.wait(undefined)).toBe(49_000);
  expect(failures.wait('192.0.2.1')).toBe(0);
});

test('rates are of four to eight seconds where somebody looks all the time', () => {
  const baseline = new Baseline<number>();
  const seconds = Array.from({ length: 10 }, (_, index) => baseline.since(2_000 * index, index)?.seconds);
  expect(seconds).toEqual([undefined, 2, 4, 6, 8, 6, 8, 6, 8, 6]);
});

test('the loop tells how busy it was, and how late', async () => {
  const loop = new Loop();
  onTestFinished(() => loop.close());
  loop.take();
  const until = performance.now() + 150;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 60));
  const { busy, maxDelay } = loop.take();
  expect(maxDelay).toBeGreaterThan(100);
  expect(busy).toBeGreaterThan(0.3);
  expect(busy).toBeLessThanOrEqual(1);
});
