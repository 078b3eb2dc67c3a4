import type { Logger } from '../index.js';
import { oneLine as terminalLine } from '../protocols/lines/terminal-text.js';
import { UsageError } from './usage-error.js';

/** The longest line worth reading. */
const longest = 200;

/** From what is told of everything to what failed. */
const levels = ['debug', 'info', 'warn', 'error'] as const;

type Level = (typeof levels)[number];

const formats = ['pretty', 'json', 'off'] as const;

/** How the log is written, and how much of it. */
export interface LogOptions {
  readonly format: (typeof formats)[number];
  readonly level: Level;
}

/** Of nothing else need people know who did not ask. */
const byDefault: LogOptions = { format: 'pretty', level: 'warn' };

/** What was typed, or stands in the environment; and where. */
interface Given {
  readonly text: string | undefined;
  readonly source: string;
}

/** @throws UsageError */
export function parseLog(format: Given, level: Given): LogOptions {
  return { format: oneOf(formats, format) ?? byDefault.format, level: oneOf(levels, level) ?? byDefault.level };
}

function oneOf<T extends string>(words: readonly T[], { text, source }: Given): T | undefined {
  // A variable that is set to nothing is how a compose file leaves it out.
  if (text === undefined || text === '') return undefined;
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new UsageError(`${source}: expected ${words.join(', ')}, got ${JSON.stringify(text)}.`);
}

/**
 * The log of this program, on standard error: a line for each thing, without stacks, which a log is no place for. Pretty: a
 * sentence, and of what is told at `debug` and `info` the facts. JSON: an object, as log collectors read it.
 */
export function programLog({ format, level }: LogOptions = byDefault): Logger {
  const write = (at: Level) => {
    if (format === 'off' || levels.indexOf(at) < levels.indexOf(level)) return () => {};
    const lineOf = format === 'json' ? jsonLine : prettyLine;
    return (facts: object, sentence: string) => console.error(lineOf(at, facts, sentence));
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** What is a warning or worse says in its sentence all that there is to say. */
function prettyLine(level: Level, facts: object, sentence: string): string {
  const line = `chathub: ${oneLine(sentence)}`;
  if (level === 'warn' || level === 'error') return line;
  const more = Object.entries(facts).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return [line, ...more.map(([name, value]) => `${name}=${oneLine(value)}`)].join(' ');
}

/** What JSON leaves as it is, though some end a line with it or act on it: DEL, C1 controls, and Unicode's own separators. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/g;

function jsonLine(level: Level, facts: object, sentence: string): string {
  const line = { level, time: new Date().toISOString(), msg: oneLine(sentence), ...facts };
  return JSON.stringify(line, shortened).replace(
    unsafe,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function shortened(_name: string, value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, longest);
  if (!(value instanceof Error)) return value;
  const { name: type, message } = value;
  return 'code' in value ? { type, message, code: value.code } : { type, message };
}

/** The message of an error, of which nothing can begin a line of its own or act on the terminal. */
export function oneLine(error: unknown): string {
  return terminalLine(error instanceof Error ? error.message : String(error)).slice(0, longest);
}
