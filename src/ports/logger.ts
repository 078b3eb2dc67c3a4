/**
 * Where a hub writes what operators should know: a logger of `pino`, `console`, or whatever has these four methods, each of which takes
 * facts and a sentence.
 *
 * @example
 * ```ts
 * import { ChatHub, type Logger } from 'chathub';
 *
 * const logger: Logger = console;
 * const hub = new ChatHub({ logger });
 * ```
 */
export interface Logger {
  /** Sessions that begin and end. */
  debug(facts: object, sentence: string): void;
  /** Where the hub listens, and that it ends. */
  info(facts: object, sentence: string): void;
  /** How the engine is, when that is another than before, and what endangers what is stored. */
  warn(facts: object, sentence: string): void;
  /** What failed; see the event `error`. */
  error(facts: object, sentence: string): void;
}
