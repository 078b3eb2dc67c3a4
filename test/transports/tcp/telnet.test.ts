import { describe, expect, test } from 'vitest';
import { framesOf, readText, terminal } from './reading.js';

const [SE, NOP, EC, EL, SB, WILL, WONT, DO, DONT, IAC] = [240, 241, 247, 248, 250, 251, 252, 253, 254, 255];
const [ECHO, NAWS] = [1, 31];

const bytes = (...values: readonly number[]) => String.fromCharCode(...values);

describe('telnet', () => {
  test('options are refused: WILL with DONT, DO with WONT', () => {
    const { answers } = readText(terminal, bytes(IAC, WILL, NAWS, IAC, DO, ECHO));
    expect(answers).toEqual([IAC, DONT, NAWS, IAC, WONT, ECHO]);
  });

  test('options are refused once, however often they are offered', () => {
    const offer = bytes(IAC, WILL, ECHO, IAC, DO, ECHO);
    expect(readText(terminal, offer, offer, offer).answers).toEqual([IAC, DONT, ECHO, IAC, WONT, ECHO]);
  });

  test('WONT and DONT are never answered (RFC 1143: that is how loops begin)', () => {
    const all = Array.from({ length: 256 }, (_, option) => bytes(IAC, WONT, option, IAC, DONT, option));
    expect(readText(terminal, ...all).answers).toEqual([]);
  });

  test('all options together are answered with no more than each refused once', () => {
    const all = Array.from({ length: 256 }, (_, option) => bytes(IAC, WILL, option, IAC, DO, option)).join('');
    expect(readText(terminal, all, all).answers).toHaveLength(2 * 256 * 3);
  });

  test('commands are taken out of a line, wherever they stand', () => {
    const commands = [
      [IAC, NOP],
      [IAC, WILL, ECHO],
      [IAC, SB, NAWS, 0, 80, 10, IAC, IAC, IAC, SE],
    ].map((command) => bytes(...command));
    for (const command of commands) {
      expect(framesOf(terminal, `${command}he${command}llo\r${command}\n`)).toEqual(['hello']);
    }
  });

  test('commands may be cut anywhere', () => {
    const stream = `a${bytes(IAC, WILL, ECHO)}b${bytes(IAC, SB, NAWS, IAC, IAC, 1, IAC, SE)}c${bytes(IAC, NOP)}\r\n`;
    const { lines, answers } = readText(terminal, ...stream);
    expect(lines).toEqual([['abc', 'CRLF']]);
    expect(answers).toEqual([IAC, DONT, ECHO]);
  });

  test('a doubled IAC is one byte of data, which is no UTF-8', () => {
    expect(framesOf(terminal, `a${bytes(IAC, IAC)}b\n`)).toEqual(['<BAD_UTF8>']);
  });

  test('EC erases a character, EL the line', () => {
    expect(framesOf(terminal, `abx${bytes(IAC, EC)}c\nwrong${bytes(IAC, EL)}right\n`)).toEqual(['abc', 'right']);
  });

  test('a subnegotiation that never ends is skipped and not stored', () => {
    expect(framesOf(terminal, bytes(IAC, SB, NAWS), ...Array(64).fill('x\n'.repeat(8_192)))).toEqual([]);
  });
});
