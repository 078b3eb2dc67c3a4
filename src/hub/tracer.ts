import type { Command } from '../model/commands.js';
import type { ErrorCode } from '../model/errors.js';
import type { CommandTrace, TraceStep, Tracing } from '../ports/tracing.js';

/** Entries whose commands are remembered for when they are delivered. */
const mostCauses = 4_096;

/** The connection that a command came from. */
interface Asker {
  readonly link: { readonly transport: string };
}

/** Tells the application's tracing how commands go, and keeps its faults from them. */
export class Tracer {
  readonly #tracing: Tracing;
  readonly #onError: (error: unknown) => void;
  /** By connection: what a protocol does for each that opens is one command for all of them. */
  readonly #running = new WeakMap<Asker, Map<Command, CommandTrace>>();
  /** By the ids of what is being stored. The oldest first. */
  readonly #causes = new Map<string, CommandTrace>();

  constructor(tracing: Tracing, onError: (error: unknown) => void) {
    this.#tracing = tracing;
    this.#onError = onError;
  }

  begin(asker: Asker, command: Command): void {
    const { transport } = asker.link;
    const trace = this.#guard(() => this.#tracing.command({ type: command.type, transport }));
    if (trace === undefined) return;
    const running = this.#running.get(asker) ?? new Map<Command, CommandTrace>();
    this.#running.set(asker, running.set(command, trace));
  }

  /** It has been answered. More than once is as once. */
  end(asker: Asker, command: Command, code?: ErrorCode): void {
    const running = this.#running.get(asker);
    const trace = running?.get(command);
    if (trace === undefined) return;
    running?.delete(command);
    this.#guard(() => trace.end(code));
  }

  /** @param id - of the entry that is given to the engine */
  append(asker: Asker, command: Command, room: string, id: string): TraceStep | undefined {
    const trace = this.#running.get(asker)?.get(command);
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
