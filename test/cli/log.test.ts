import { expect, onTestFinished, test, vi } from 'vitest';
import { logError } from '../../src/cli/log.js';

function logged(error: unknown): string {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  logError({ error, stage: 'tcp' });
  return log.mock.lastCall?.join(' ') ?? '';
}

test('an error of the hub is one line, without its stack', () => {
  expect(logged(new Error('accept EMFILE'))).toBe('chathub: tcp: accept EMFILE');
});

test('nothing in an error can begin a line of its own, act on a terminal, or fill the log', () => {
  const line = logged(new Error(`x\n[ERROR]\r\x1b[2J forged\u2028 ${'y'.repeat(10_000)}`));
  expect(line).toMatch(/^chathub: tcp: x \[ERROR\] \[2J forged {2}y+$/);
  expect(line.length).toBeLessThan(250);
});

test('what is thrown need not be an error', () => {
  expect(logged('a string')).toBe('chathub: tcp: a string');
});
