import { ChatError, type Command, type Position, type Protocol } from '../index.js';
import { commandFault } from './command-shape.js';

/**
 * What {@link objectProtocol} can be told to be like.
 *
 * @example
 * ```ts
 * import { objectProtocol, type ObjectProtocolOptions } from 'chathub/testing';
 *
 * const patient: ObjectProtocolOptions = { slowConsumer: 'skip' };
 * const protocol = objectProtocol(patient);
 * ```
 */
export type ObjectProtocolOptions = Partial<Pick<Protocol, 'echo' | 'limited' | 'slowConsumer' | 'resumable'>>;

/**
 * Makes the thinnest protocol there is, for tests: commands and events travel as the JSON of themselves, and nothing is left out.
 * The `rooms` of a `hello` are an object on the way, and a `Map` here. What is no object with a `type` is refused with
 * `BAD_JSON`, what is no {@link Command} with `BAD_COMMAND`. Use {@link testClient} to speak it.
 *
 * @param options - what differs from `{ echo: true, limited: true, slowConsumer: 'disconnect', resumable: ['ended', 'lost'] }`
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 * import { connectClient, memoryTransport, objectProtocol } from 'chathub/testing';
 *
 * const transport = memoryTransport({ protocol: objectProtocol({ limited: false }) });
 * const hub = new ChatHub();
 * await hub.listen(transport);
 * const alice = await connectClient(transport, { name: 'alice' });
 * await alice.join('lobby');
 * ```
 */
export function objectProtocol(options: ObjectProtocolOptions = {}): Protocol {
  return {
    name: 'object',
    echo: options.echo ?? true,
    terminal: false,
    limited: options.limited ?? true,
    slowConsumer: options.slowConsumer ?? 'disconnect',
    resumable: options.resumable ?? ['ended', 'lost'],
    encode: (event) => JSON.stringify(event),
    open: () => ({ receive: commandOf }),
  };
}

function commandOf(frame: string): Command {
  const value = parsed(frame);
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    throw new ChatError('BAD_JSON');
  }
  const command = value.type === 'hello' && 'rooms' in value ? { ...value, rooms: mapOf(value.rooms) } : value;
  const fault = commandFault(command);
  if (fault !== undefined) throw new ChatError('BAD_COMMAND', fault);
  return command as Command;
}

function parsed(frame: string): unknown {
  try {
    return JSON.parse(frame);
  } catch (cause) {
    throw new ChatError('BAD_JSON', undefined, { cause });
  }
}

function mapOf(rooms: unknown): unknown {
  if (typeof rooms !== 'object' || rooms === null || Array.isArray(rooms)) return rooms;
  return new Map(Object.entries(rooms as Record<string, Position>));
}
