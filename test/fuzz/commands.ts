import fc from 'fast-check';
import { anything, json, keys, numbers, object, text, wellFormed } from './hostile.js';

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const integer = fc.oneof(fc.nat(300), fc.constantFrom(0, 2 ** 31, Number.MAX_SAFE_INTEGER));
const room = fc.oneof(
  fc.constantFrom('lobby', 'Lobby', 'games', 'ops', '@', '@alice', '__proto__', 'no room'),
  wellFormed,
);
const person = fc.oneof(fc.constantFrom('alice', 'bob', 'Alice', 'u1', 'u2', 'constructor', 'nobody'), wellFormed);
const position = fc.record({ epoch: fc.oneof(fc.constantFrom('e', ''), wellFormed), offset: integer });
const seconds = fc.oneof(fc.integer({ min: 1, max: 900 }), fc.constantFrom(5e-324, 0.001, 1.5, 1e11));
const data = json.filter(isCarried);

/** What goes with each type, all of it right; lists of one where it may be left out. */
const again = { key: optional(wellFormed), repeat: optional(fc.boolean()) };
const said = { room, text: wellFormed };
const sanction = { room, member: person, reason: optional(wellFormed), seconds: optional(seconds) };
const fields: { readonly [type: string]: { readonly [name: string]: fc.Arbitrary<unknown> } } = {
  hello: {
    token: optional(person),
    name: optional(person),
    session: optional(wellFormed),
    rooms: optional(object(position, room)),
  },
  join: { room, after: optional(position), history: optional(integer) },
  leave: { room },
  send: { ...said, ...again, action: optional(fc.boolean()), data: optional(data) },
  edit: { ...said, ...again, message: wellFormed, data: optional(data) },
  delete: { room, ...again, message: wellFormed },
  react: { room, ...again, message: wellFormed, reaction: wellFormed, remove: optional(fc.boolean()) },
  topic: { room, topic: optional(wellFormed) },
  read: { room, offset: integer, epoch: optional(wellFormed) },
  search: {
    text: wellFormed,
    room: optional(room),
    before: optional(fc.oneof(integer, wellFormed, fc.constantFrom('1:1:lobby', '999999999999999:1:@u1'))),
    limit: optional(integer),
  },
  direct: { to: person, text: wellFormed, ...again, data: optional(data) },
  signal: { room, name: wellFormed, data: optional(data) },
  request: { name: fc.oneof(fc.constantFrom('echo', 'toString'), wellFormed), data: optional(data) },
  members: { room },
  rooms: {},
  nick: { name: person },
  refresh: { token: person },
  kick: sanction,
  ban: sanction,
  mute: sanction,
  quit: {},
  ping: {},
};
const past = {
  before: optional(integer),
  after: optional(integer),
  epoch: optional(wellFormed),
  limit: optional(integer),
};

/** The types of commands that a client may give in JSON. */
export const types = [...Object.keys(fields), 'history'];

export interface Frame {
  readonly type: string;
  readonly [name: string]: unknown;
}

/** A command whose members are all as the protocol has them; those that are undefined are left out. */
export const commands: fc.Arbitrary<Frame> = fc.oneof(
  ...Object.entries(fields).map(([type, shape]) => fc.record({ type: fc.constant(type), ...shape })),
  fc.record({ type: fc.constant('history'), room, ...past }),
  fc.record({ type: fc.constant('history'), with: person, ...past }),
);

const name = fc.oneof(keys, fc.constantFrom('type', 'id', 'room', 'text', 'data', 'after', 'offset', 'rooms', 'with'));

/** A command that is nearly one: something in it is of another kind, missing, or too much. */
export const nearMisses: fc.Arbitrary<object> = fc
  .tuple(
    commands,
    fc.array(fc.tuple(name, fc.oneof(anything, numbers, text)), { minLength: 1, maxLength: 3 }),
    fc.nat(),
  )
  .map(([command, extra, at]) => {
    const members = Object.keys(command);
    const changed = members[at % members.length] as string;
    const put = Object.fromEntries([...extra.slice(1), [at % 2 === 0 ? changed : extra[0]?.[0], extra[0]?.[1]]]);
    return { ...command, ...put };
  });

/** On the wire. What JSON can't say is left out, as `JSON.stringify` does; a BigInt is a number with many digits. */
export function wire(command: object): string {
  return JSON.stringify(command, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}

/** What `data` may be: not nested too deep, in numbers and characters that arrive as they were sent. */
function isCarried(value: unknown): boolean {
  return isFaithful(value) && depthOf(value) <= 8;
}

function isFaithful(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([key, inner]) => key.isWellFormed() && isFaithful(inner));
}

/** How many objects and arrays there are, one inside the other. */
export function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
