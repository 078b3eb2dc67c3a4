import type { Command, SendCommand } from '../../model/commands.js';
import { ChatError, shown } from '../../model/errors.js';
import { commandFields, type Field } from './command-fields.js';
import { isObject, refused } from './fields.js';

type Id = string | number | undefined;

type Parsed = { readonly [name: string]: unknown };

/**
 * The command that a frame holds.
 *
 * @param frame - one JSON object
 * @param depth - how deep its data may be nested
 * @throws ChatError `BAD_JSON`, `BAD_COMMAND`, `BAD_UTF8`; with `re` where the frame has an `id`
 */
export function readCommand(frame: string, depth: number): Command {
  const object = parsed(frame);
  const id = idOf(object.id);
  const { type } = object;
  if (type === 'send') {
    const command = plainSend(object, id);
    if (command !== undefined) return command;
  }
  const fields = typeof type === 'string' ? commandFields.get(type) : undefined;
  if (fields === undefined)
    throw bad(`There is no command ${type === undefined ? 'without "type"' : shown(type)}.`, id);
  const command: { [name: string]: unknown } = { type };
  if (id !== undefined) command.id = id;
  for (const field of fields) {
    const value = object[field.name];
    if (value === undefined && field.optional) continue;
    const read = field.kind.read(value, depth);
    if (read === refused) throw refusal(field, String(type), value, id);
    command[field.name] = read;
  }
  if (type === 'history' && (object.room === undefined) === (object.with === undefined))
    throw bad('A "history" needs exactly one of "room" and "with".', id);
  return command as unknown as Command;
}

/** What is sent most, in a literal of one shape; undefined where there is more to it, or something is wrong with it. */
function plainSend({ room, text, key, data, action, repeat }: Parsed, id: Id): SendCommand | undefined {
  if (data !== undefined || action !== undefined || repeat !== undefined) return undefined;
  if (typeof room !== 'string' || typeof text !== 'string' || !room.isWellFormed() || !text.isWellFormed()) return;
  if (key === undefined) return id === undefined ? { type: 'send', room, text } : { type: 'send', id, room, text };
  if (typeof key !== 'string' || !key.isWellFormed()) return undefined;
  return id === undefined ? { type: 'send', room, text, key } : { type: 'send', id, room, text, key };
}

function parsed(frame: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch (cause) {
    throw new ChatError('BAD_JSON', undefined, { cause });
  }
  if (!isObject(value)) throw new ChatError('BAD_JSON');
  return value;
}

/** What the reply shall carry. */
function idOf(id: unknown): Id {
  if (id === undefined || Number.isSafeInteger(id)) return id as Id;
  if (typeof id === 'string' && id !== '' && id.length <= 128 && [...id].length <= 64 && id.isWellFormed()) return id;
  throw bad(`Expected "id" to be a string of 1 to 64 characters or an integer, got ${shown(id)}.`, undefined);
}

function refusal({ name, kind }: Field, type: string, value: unknown, id: Id): ChatError {
  if (typeof value === 'string' && !value.isWellFormed())
    return new ChatError('BAD_UTF8', `The "${name}" of "${type}" holds half a surrogate pair.`, { re: id });
  const got = value === undefined ? 'nothing' : shown(value);
  return bad(`Expected "${name}" of "${type}" to be ${kind.expected}, got ${got}.`, id);
}

function bad(message: string, re: Id): ChatError {
  return new ChatError('BAD_COMMAND', message, { re });
}
