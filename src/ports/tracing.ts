import type { Command } from '../model/commands.js';
import type { ErrorCode } from '../model/errors.js';

/**
 * One step, which ends.
 *
 * @example
 * ```ts
 * import type { TraceStep } from 'chathub';
 *
 * const timed = (name: string): TraceStep => {
 *   console.time(name);
 *   return { end: () => console.timeEnd(name) };
 * };
 * ```
 */
export interface TraceStep {
  /** Called once. `error`: why it failed. */
  end(error?: unknown): void;
}

/**
 * What a client asked for, from when it was begun until it was answered.
 *
 * @example
 * ```ts
 * import type { CommandTrace } from 'chathub';
 *
 * const silent: CommandTrace = { append: () => ({ end() {} }), end() {} };
 * ```
 */
export interface CommandTrace {
  /** What it says is given to the engine. Ends when it is stored. */
  append(facts: { readonly room: string }): TraceStep;
  /** Called once, after the steps. `code`: it was refused. */
  end(code?: ErrorCode): void;
}

/**
 * Is told how a command goes through a hub, step by step: `tracing()` of `chathub/tracing` makes spans of OpenTelemetry of it. Neither
 * what is said nor who says it is told. What these throw is reported as an `error` of the hub, and harms nobody.
 *
 * @example
 * ```ts
 * import { ChatHub, type Tracing } from 'chathub';
 *
 * const tracing: Tracing = {
 *   command({ type }) {
 *     console.time(type);
 *     return { append: () => ({ end() {} }), end: () => console.timeEnd(type) };
 *   },
 *   delivery: () => ({ end() {} }),
 * };
 * const hub = new ChatHub({ tracing });
 * ```
 */
export interface Tracing {
  /** A client's command begins. */
  command(facts: { readonly type: Command['type']; readonly transport: string }): CommandTrace;
  /**
   * What was stored is queued for the members that this node has in a room. Ends when all of their connections were given it.
   *
   * @param cause - the command that it came by, where that came to this node; it may have ended
   */
  delivery(facts: { readonly room: string; readonly members: number }, cause: CommandTrace | undefined): TraceStep;
}
