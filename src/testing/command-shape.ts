import type { Command } from '../index.js';

type Test = (value: unknown) => boolean;
type Fields = { readonly [field: string]: Test };

const string: Test = (value) => typeof value === 'string';
const number: Test = (value) => typeof value === 'number' && Number.isFinite(value);
const flag: Test = (value) => typeof value === 'boolean';
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);

/** Deeper data than any limit allows would overflow the stack here. */
const mostLevels = 1_000;

const jsonIn =
  (levels: number): Test =>
  (value) => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
    if (typeof value !== 'object') return number(value);
    const member = jsonIn(levels - 1);
    return levels > 0 && Object.values(value).every((inner) => inner === undefined || member(inner));
  };

const json = jsonIn(mostLevels);

const position: Test = (value) =>
  isObject(value) && string(value.epoch) && Number.isInteger(value.offset) && Number(value.offset) >= 0;

const positions: Test = (value) =>
  value instanceof Map && [...value].every(([room, reached]) => string(room) && position(reached));

const again: Fields = { key: optional(string), repeat: optional(flag) };
const repeatable: Fields = { ...again, data: optional(json) };
const moderation: Fields = { room: string, member: string, reason: optional(string), seconds: optional(number) };

/** The fields of each command besides `type` and `id`; a missing type is an error of the compiler. */
const shapes: { readonly [type in Command['type']]: Fields } = {
  hello: {
    token: optional(string),
    name: optional(string),
    session: optional(string),
    rooms: optional(positions),
    automatic: optional((value) => value === true),
  },
  auth: { token: string },
  join: { room: string, after: optional(position), history: optional(number) },
  leave: { room: string },
  send: { ...repeatable, room: string, text: string, action: optional(flag) },
  edit: { ...repeatable, room: string, message: string, text: string },
  delete: { ...again, room: string, message: string },
  react: { ...again, room: string, message: string, reaction: string, remove: optional(flag) },
  topic: { room: string, topic: optional(string) },
  read: { room: string, offset: number, epoch: optional(string) },
  search: {
    text: string,
    room: optional(string),
    before: optional((value) => string(value) || number(value)),
    limit: optional(number),
  },
  direct: { ...repeatable, to: string, text: string },
  signal: { room: string, name: string, data: optional(json) },
  request: { name: string, data: optional(json) },
  history: {
    room: optional(string),
    with: optional(string),
    before: optional(number),
    after: optional(number),
    epoch: optional(string),
    limit: optional(number),
  },
  members: { room: string },
  rooms: {},
  nick: { name: string },
  refresh: { token: string },
  kick: moderation,
  ban: moderation,
  mute: moderation,
  unban: moderation,
  unmute: moderation,
  block: { member: string },
  unblock: { member: string },
  blocked: {},
  quit: { text: optional(string) },
  ping: {},
  message: { text: string },
};

const id = optional((value) => typeof value === 'string' || Number.isInteger(value));

/** What keeps a value from being a {@link Command}, in a sentence; undefined when it is one. */
export function commandFault(value: unknown): string | undefined {
  if (!isObject(value) || typeof value.type !== 'string') return 'That is no object with a type.';
  // `constructor` and the like are found on every object.
  if (!Object.hasOwn(shapes, value.type)) return `There is no command ${JSON.stringify(value.type.slice(0, 40))}.`;
  if (!id(value.id)) return `The id of "${value.type}" is neither a string nor an integer.`;
  const wrong = Object.entries(shapes[value.type as Command['type']]).find(([field, test]) => !test(value[field]));
  if (wrong !== undefined) return `The "${wrong[0]}" of "${value.type}" is missing or of a wrong type.`;
  if (value.type === 'history' && (value.room === undefined) === (value.with === undefined)) {
    return 'A "history" needs exactly one of "room" and "with".';
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
