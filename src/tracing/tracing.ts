import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import packageJson from '../../package.json' with { type: 'json' };
import { ChatError, type CommandTrace, type ErrorCode, OptionError, type TraceStep, type Tracing } from '../index.js';

/**
 * Options of {@link tracing}; none is needed.
 *
 * @example
 * ```ts
 * import type { TracingOptions } from 'chathub/tracing';
 *
 * const options: TracingOptions = { rooms: true };
 * ```
 */
export interface TracingOptions {
  /** Makes the spans. Default: that of the tracer provider which the application has registered, under the name `chathub`. */
  readonly tracer?: Tracer | undefined;
  /** Whether spans have the names of rooms, which may be private, as `messaging.destination.name`. Default: `false`. */
  readonly rooms?: boolean | undefined;
}

/**
 * Makes spans of how commands go through a hub:
 *
 * | span | kind | from, to |
 * |---|---|---|
 * | `chathub.command` | server | a client's command is begun; it is answered |
 * | `chathub.append` | internal, child of the command | what it says is given to the engine; it is stored |
 * | `chathub.deliver` | internal, child of the command | it is queued for the members of this node; their connections were given it |
 *
 * What comes from another node, or from the application, is delivered in a trace of its own. Attributes are those of the semantic conventions
 * for messaging, and `chathub.transport` and `chathub.members`. A command that is refused has the status `ERROR`, and its code in `error.type`. No
 * span tells what is said or who says it.
 *
 * Without a registered tracer provider all of it does nothing.
 *
 * @param options - see {@link TracingOptions}
 * @returns for the option `tracing` of a hub
 * @throws OptionError when an option is not what it must be
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { tracing } from 'chathub/tracing';
 *
 * const hub = new ChatHub({ tracing: tracing() });
 * ```
 */
export function tracing(options: TracingOptions = {}): Tracing {
  const { tracer = trace.getTracer('chathub', packageJson.version), rooms = false } = checked(options);
  const roomOf = (room: string): Attributes => (rooms ? { 'messaging.destination.name': room } : {});
  return {
    command({ type, transport }) {
      const attributes = { ...operation(type), 'chathub.transport': transport };
      // A connection lives on in whatever was active when it was made, such as the span of its upgrade: no parent for all that it ever asks for.
      return new CommandSpan(
        tracer,
        tracer.startSpan('chathub.command', { kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT),
        roomOf,
      );
    },
    delivery({ room, members }, cause) {
      const parent = cause instanceof CommandSpan ? cause.context : ROOT_CONTEXT;
      const attributes = { ...operation('deliver'), ...roomOf(room), 'chathub.members': members };
      return stepOf(tracer.startSpan('chathub.deliver', { attributes }, parent));
    },
  };
}

/** The span of a command, and what is below it. */
class CommandSpan implements CommandTrace {
  /** In which its steps are made. */
  readonly context: Context;
  readonly #tracer: Tracer;
  readonly #span: Span;
  readonly #roomOf: (room: string) => Attributes;

  constructor(tracer: Tracer, span: Span, roomOf: (room: string) => Attributes) {
    this.context = trace.setSpan(ROOT_CONTEXT, span);
    this.#tracer = tracer;
    this.#span = span;
    this.#roomOf = roomOf;
  }

  append({ room }: { readonly room: string }): TraceStep {
    const attributes = { ...operation('append'), ...this.#roomOf(room) };
    return stepOf(this.#tracer.startSpan('chathub.append', { attributes }, this.context));
  }

  end(code?: ErrorCode): void {
    endSpan(this.#span, code);
  }
}

/** Semantic conventions for messaging spans 1.30: what is done, in the system's own words, and of which of their types it is. */
function operation(name: string): Attributes {
  const type = operationTypes.get(name);
  const named = { 'messaging.system': 'chathub', 'messaging.operation.name': name };
  return type === undefined ? named : { ...named, 'messaging.operation.type': type };
}

/** The conventions have no types for what does not concern a message. */
const operationTypes: ReadonlyMap<string, string> = new Map([
  ['send', 'send'],
  ['direct', 'send'],
  ['deliver', 'process'],
]);

function stepOf(span: Span): TraceStep {
  return { end: (error) => endSpan(span, error === undefined ? undefined : typeOf(error)) };
}

/** The sentence of an error may quote what somebody wrote: its code, or its name, says enough. */
function endSpan(span: Span, errorType: string | undefined): void {
  if (errorType !== undefined) {
    span.setAttribute('error.type', errorType);
    span.setStatus({ code: SpanStatusCode.ERROR, message: errorType });
  }
  span.end();
}

function typeOf(error: unknown): string {
  if (error instanceof ChatError) return error.code;
  return error instanceof Error ? error.name : '_OTHER';
}

function checked(options: TracingOptions): TracingOptions {
  if (typeof options !== 'object' || options === null) throw new OptionError('options', 'an object', options);
  for (const name of Object.keys(options))
    if (name !== 'tracer' && name !== 'rooms') throw new OptionError(name, 'tracer or rooms', name);
  const { tracer, rooms = false } = options;
  if (tracer !== undefined && typeof tracer?.startSpan !== 'function')
    throw new OptionError('tracer', 'a Tracer of OpenTelemetry', tracer);
  if (typeof rooms !== 'boolean') throw new OptionError('rooms', 'true or false', rooms);
  return options;
}
