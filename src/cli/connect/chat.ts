import { setTimeout as sleep } from 'node:timers/promises';

/** Who reads along. */
export interface Reader {
  /** A line of the chat, safe for a terminal, as `lines()` writes it. */
  line(text: string): void;
  /** A sentence about the connection. */
  note(text: string): void;
}

/** Whom a chat is talked to as, and where. */
export interface Person {
  readonly name: string | undefined;
  readonly token: string | undefined;
  readonly rooms: readonly string[];
  /** Messages to be shown of each room that is joined at first. */
  readonly history: number;
  /** Nobody looks at it: whatever is refused at first is the end. */
  readonly strict: boolean;
}

/**
 * A chat in lines, whatever is spoken on the wire: what is typed goes as it is, and what comes is what `lines()` would say. Comes back by
 * itself when its connection is lost.
 */
export interface Chat {
  /** Whether it can be talked to at the moment. */
  readonly online: boolean;
  /** Resolves when it is over: with undefined when `close()` ended it, else with why, in a sentence. */
  readonly over: Promise<string | undefined>;
  /**
   * Says a line, when there is a connection, and resolves when it is answered: with what the server has against it, which was told as lines
   * as well. Nothing: it is stored, or done. One line at a time.
   *
   * @throws Unsure when nobody knows what became of it; Over when it can't be said any more
   */
  say(line: string): Promise<readonly string[]>;
  /** Leaves. May be called more than once. */
  close(): void;
}

/** The connection was lost between a line and its answer. */
export class Unsure extends Error {
  override readonly name = 'Unsure';
}

/** Nothing can be said any more. */
export class Over extends Error {
  override readonly name = 'Over';
}

/** The server does not want us: to try again would be no use. */
export class Refused extends Error {
  override readonly name = 'Refused';

  /** @param line - what it said, such as `! BANNED You are banned.` */
  constructor(line: string) {
    super(line.replace(/^! /, ''));
  }
}

/** Whether the server ends a connection for good with this line. */
export function isFinal(line: string): boolean {
  return /^! (?:UNAUTHENTICATED|BANNED|KICKED|REPLACED|RATE_LIMITED|ABUSE) /.test(line);
}

/** What came of a connection whose greeting was answered with this error: another attempt may be of use, or not. */
export function refusal(line: string): Error {
  return isFinal(line) ? new Refused(line) : new Error(line.replace(/^! /, ''));
}

/** Milliseconds that an answer may take. A server that holds a sender back answers within seconds. */
export const answerMs = 30_000;

/**
 * Milliseconds to wait before the next attempt: anywhere within a span that doubles, so that those who lost the same server do not come back
 * together. As `chathub/client` has it.
 */
export function retryDelay(attempt: number): number {
  return Math.random() * Math.min(30_000, 500 * 2 ** attempt);
}

/** Resolves with what comes first of these; undefined when none has come in time. Leaves no timer behind. */
export async function within<T>(ms: number, ...promises: readonly Promise<T>[]): Promise<T | undefined> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([...promises, late]);
  } finally {
    timer.abort();
  }
}
