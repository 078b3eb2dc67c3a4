import type { Command } from '../model/commands.js';
import type { ErrorCode } from '../model/errors.js';
import type { CommandTrace, TraceStep, Tracing } from '../ports/tracing.js';

/** Entries whose commands are remembered for when they are delivered. */
const mostCauses = 4_096;

/** Tells the application's tracing how commands go, and keeps its faults from them. */
export class Tracer {
  readonly #tracing: Tracing;
  readonly #onError: (error: unknown) => void;
  readonly #running = new WeakMap<Command, CommandTrace>();
  /** By the ids of what is being stored. The oldest first. */
  readonly #causes = new Map<string, CommandTrace>();

  constructor(tracing: Tracing, onError: (error: unknown) => void) {
    this.#tracing = tracing;
    this.#onError = onError;
  }

  begin(command: Command, transport: string): void {
    this.#guard(() => this.#running.set(command, this.#tracing.command({ type: command.type, transport })));
  }

  /** It has been answered. More than once is as once. */
  end(command: Command, code?: ErrorCode): void {
    const trace = this.#running.get(command);
    if (trace === undefined) return;
    this.#running.delete(command);
    this.#guard(() => trace.end(code));
  }

  /** @param id - of the entry that is given to the engine */
  append(command: Command, room: string, id: string): TraceStep | undefined {
    const trace = this.#running.get(command);
    if (trace === undefined) return undefined;
    this.#remember(id, trace);
    return this.#step(() => trace.append({ room }));
  }

  /** @param id - of the entry that was stored */
  delivery(room: string, members: number, id: string): TraceStep | undefined {
    // Kept: a direct message is delivered to two inboxes.
    const cause = this.#causes.get(id);
    return this.#step(() => this.#tracing.delivery({ room, members }, cause));
  }

  #remember(id: string, trace: CommandTrace): void {
    this.#causes.set(id, trace);
    if (this.#causes.size <= mostCauses) return;
    const [oldest = ''] = this.#causes.keys();
    this.#causes.delete(oldest);
  }

  #step(make: () => TraceStep): TraceStep | undefined {
    const step = this.#guard(make);
    return step && { end: (error) => void this.#guard(() => step.end(error)) };
  }

  #guard<T>(call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }
}
