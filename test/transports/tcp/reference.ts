import type { LineOptions } from '../../../src/transports/tcp/line-assembler.js';

/** What a decoder says, in a form to compare: each line with its terminator, the bytes answered, a foreign protocol. */
export interface Reading {
  readonly lines: readonly (readonly [frame: string, terminator: 'LF' | 'CRLF'])[];
  readonly answers: readonly number[];
  readonly foreign: boolean;
}

const [BS, LF, CR, DEL] = [0x08, 0x0a, 0x0d, 0x7f];
const [SE, EC, EL, SB, WILL, WONT, DO, DONT, IAC] = [240, 247, 248, 250, 251, 252, 253, 254, 255];
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What a binary PROXY header begins with. */
const signature = [...'\r\n\r\n\0\r\nQUIT\n'].map((character) => character.charCodeAt(0));

/** Reads all bytes at once, in the plainest way there is: every rule in one place, and no thought of speed or memory. */
export function naiveReading(bytes: readonly number[], { limit, terminal, chat }: LineOptions): Reading {
  const { items, answers } = terminal ? withoutTelnet(bytes) : { items: bytes, answers: [] };
  const lines: [string, 'LF' | 'CRLF'][] = [];
  let framing: 'LF' | 'CRLF' = terminal ? 'CRLF' : 'LF';
  let content: number[] = [];
  let first = true;
  // Behind its empty lines nobody knows yet; with its last byte it is one.
  if (chat && items.length > 4 && signature.every((byte, at) => at >= items.length || items[at] === byte)) {
    const empty = ['', 'CRLF'] as const;
    return { lines: [empty, empty], answers, foreign: items.length >= signature.length };
  }

  for (let at = 0; at < items.length; at++) {
    const [item, next] = [items[at], items[at + 1]];
    const pair = item === CR && (next === LF || (terminal && next === 0));
    if (item === LF || pair) {
      if (pair) at++;
      const whole = content.length <= limit;
      const http = whole && /^[A-Z]+ [^ ]+ HTTP\/\d/.test(latin1(content));
      const proxy = whole && /^PROXY (?:TCP[46]|UNKNOWN)(?: |\r?$)/.test(latin1(content));
      if (first && chat && (http || proxy)) return { lines, answers, foreign: true };
      if (whole) lines.push([textOf(content, terminal), pair ? 'CRLF' : 'LF']);
      framing = pair ? 'CRLF' : 'LF';
      content = [];
      first = false;
    } else if (item === 'EL') {
      if (content.length <= limit) content = [];
    } else if (item !== CR || (next !== undefined && next !== 'EL')) {
      content.push(item as number);
      const [a, b] = content;
      if (first && chat && content.length === 2 && a === 0x16 && b === 0x03) return { lines, answers, foreign: true };
      if (content.length === limit + 1) {
        const start = latin1(content.slice(0, limit));
        if (first && chat && /^[A-Z]+ (\/|https?:)/.test(start)) return { lines, answers, foreign: true };
        lines.push(['<TOO_LONG>', framing]);
      }
    }
  }
  return { lines, answers, foreign: false };
}

function withoutTelnet(bytes: readonly number[]): { items: (number | 'EL')[]; answers: number[] } {
  const items: (number | 'EL')[] = [];
  const answers: number[] = [];
  const refused = new Set<string>();
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte !== IAC) {
      items.push(byte);
      continue;
    }
    const command = bytes[++at];
    if (command === IAC) items.push(IAC);
    else if (command === EC) items.push(DEL);
    else if (command === EL) items.push('EL');
    else if (command === SB) {
      at++;
      while (at < bytes.length && !(bytes[at] === IAC && bytes[at + 1] === SE)) at += bytes[at] === IAC ? 2 : 1;
      at++;
    } else if (command !== undefined && command >= WILL && command <= DONT) {
      const option = bytes[++at];
      if (option === undefined || command === WONT || command === DONT || refused.has(`${command} ${option}`)) continue;
      refused.add(`${command} ${option}`);
      answers.push(IAC, command === DO ? WONT : DONT, option);
    }
  }
  return { items, answers };
}

function textOf(content: readonly number[], terminal: boolean): string {
  if (terminal && (content.includes(0) || content.includes(CR))) return '<BAD_FRAME>';
  let text: string;
  try {
    text = utf8.decode(Uint8Array.from(content));
  } catch {
    return '<BAD_UTF8>';
  }
  return terminal ? edited(text) : text;
}

function edited(text: string): string {
  let shown = '';
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (code !== BS && code !== DEL) shown += character;
    else
      shown = [...graphemes.segment(shown)]
        .slice(0, -1)
        .map(({ segment }) => segment)
        .join('');
  }
  return shown;
}

function latin1(bytes: readonly number[]): string {
  return String.fromCharCode(...bytes);
}
