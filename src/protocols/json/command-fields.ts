import type { Command, CommandOf } from '../../model/commands.js';
import { cursor, data, flag, type Kind, offset, position, positions, seconds, text } from './fields.js';

/** One member of a command. */
export interface Field {
  readonly name: string;
  readonly kind: Kind<unknown>;
  readonly optional: boolean;
}

/** Those that clients may ask for in JSON: not what protocols ask on behalf of people, nor the frames of plain text. */
type JsonType = Exclude<Command['type'], 'auth' | 'message'>;

/** What is for protocols that keep no positions, or greet for people. */
type Inner = 'type' | 'id' | 'fromLast' | 'automatic';

/** What a member must be; in a list of one where it may be left out. A member that is forgotten is an error of the compiler. */
type Shape<T extends JsonType> = {
  readonly [Name in Exclude<
    keyof CommandOf<T>,
    T extends 'quit' ? Inner | 'text' : Inner
  >]-?: undefined extends CommandOf<T>[Name]
    ? readonly [Kind<NonNullable<CommandOf<T>[Name]>>] | readonly [Kind<CommandOf<T>[Name]>]
    : Kind<CommandOf<T>[Name]>;
};

const moderation = { room: text, member: text, reason: [text], seconds: [seconds] } as const;
const again = { key: [text], repeat: [flag] } as const;
const repeatable = { data: [data], ...again } as const;

const shapes: { readonly [T in JsonType]: Shape<T> } = {
  hello: { token: [text], name: [text], session: [text], rooms: [positions] },
  join: { room: text, after: [position], history: [offset] },
  leave: { room: text },
  send: { room: text, text, action: [flag], ...repeatable },
  edit: { room: text, message: text, text, ...repeatable },
  delete: { room: text, message: text, ...again },
  react: { room: text, message: text, reaction: text, remove: [flag], ...again },
  topic: { room: text, topic: [text] },
  read: { room: text, offset, epoch: [text] },
  search: { text, room: [text], before: [cursor], limit: [offset] },
  direct: { to: text, text, ...repeatable },
  signal: { room: text, name: text, data: [data] },
  request: { name: text, data: [data] },
  history: { room: [text], with: [text], before: [offset], after: [offset], epoch: [text], limit: [offset] },
  members: { room: text },
  rooms: {},
  nick: { name: text },
  refresh: { token: text },
  kick: moderation,
  ban: moderation,
  mute: moderation,
  unban: moderation,
  unmute: moderation,
  block: { member: text },
  unblock: { member: text },
  blocked: {},
  quit: {},
  ping: {},
};

/** The members of each command by its type. A Map, so that `constructor` is no command. */
export const commandFields: ReadonlyMap<string, readonly Field[]> = new Map(
  Object.entries(shapes).map(([type, shape]) => [type, Object.entries(shape).map(fieldOf)]),
);

function fieldOf([name, kind]: readonly [string, Kind<unknown> | readonly [Kind<unknown>]]): Field {
  return 'read' in kind ? { name, kind, optional: false } : { name, kind: kind[0], optional: true };
}
