import fc from 'fast-check';

/** Whose connections there are: the first two are of one user, the last is a moderator's. */
export const clients = [
  { user: 'u0', name: 'Alice' },
  { user: 'u0', name: 'Alice' },
  { user: 'u1', name: 'Bob' },
  { user: 'u2', name: 'Carl' },
] as const;

export const moderator = 'u2';

/** One thing that somebody does; who is not there does nothing. */
export type Step = { readonly who: number } & (
  | { readonly does: 'comes' | 'cut' | 'quit' | 'rooms' }
  | { readonly does: 'join'; readonly room: string; readonly history: number }
  | { readonly does: 'leave' | 'members' | 'signal' | 'asks topic'; readonly room: string }
  | { readonly does: 'send'; readonly room: string; readonly key: string | null }
  | { readonly does: 'edit' | 'delete'; readonly room: string; readonly at: number }
  | { readonly does: 'react'; readonly room: string; readonly at: number; readonly remove: boolean }
  | { readonly does: 'topic'; readonly room: string; readonly topic: string }
  | { readonly does: 'read'; readonly room: string; readonly offset: number }
  | { readonly does: 'direct'; readonly to: string }
  | { readonly does: 'nick'; readonly name: string }
  | { readonly does: 'history'; readonly room: string; readonly limit: number; readonly before: number | null }
  | { readonly does: 'kick' | 'ban' | 'mute'; readonly room: string; readonly whom: string }
  | { readonly does: 'wait'; readonly ms: number }
);

const who = fc.nat(clients.length - 1);
const room = fc.oneof({ weight: 3, arbitrary: fc.constant('lobby') }, { weight: 1, arbitrary: fc.constant('games') });
const user = fc.constantFrom('u0', 'u1', 'u2');
/** Mostly the moderator. */
const strict = { who: fc.oneof(who, fc.constant(3), fc.constant(3)) };
/** A message, as its place among those of the room. */
const at = fc.nat(5);

function does<T extends object>(weight: number, what: string, more: { [K in keyof T]: fc.Arbitrary<T[K]> }) {
  return { weight, arbitrary: fc.record({ who, does: fc.constant(what), ...more }) as unknown as fc.Arbitrary<Step> };
}

const step = fc.oneof(
  does(4, 'comes', {}),
  does(3, 'cut', {}),
  does(1, 'quit', {}),
  does(6, 'join', { room, history: fc.constantFrom(0, 0, 2, 9) }),
  does(2, 'leave', { room }),
  does(8, 'send', { room, key: fc.constantFrom(null, null, 'k1', 'k2') }),
  does(2, 'edit', { room, at }),
  does(2, 'delete', { room, at }),
  does(2, 'react', { room, at, remove: fc.boolean() }),
  does(1, 'topic', { room, topic: fc.constantFrom('', 'cats', 'dogs') }),
  does(1, 'asks topic', { room }),
  does(2, 'read', { room: fc.oneof(room, fc.constant('@')), offset: fc.nat(9) }),
  does(3, 'direct', { to: user }),
  does(2, 'nick', { name: fc.constantFrom('Alice', 'Bob', 'bob', 'Red', 'Green') }),
  does(2, 'history', { room, limit: fc.constantFrom(1, 3, 50), before: fc.option(fc.integer({ min: 1, max: 9 })) }),
  does(1, 'members', { room }),
  does(1, 'rooms', {}),
  does(1, 'signal', { room }),
  does(2, 'kick', { ...strict, room, whom: user }),
  does(1, 'ban', { ...strict, room, whom: user }),
  does(1, 'mute', { ...strict, room, whom: user }),
  does(3, 'wait', { ms: fc.constantFrom(1_000, 6_000, 31_000) }),
);

/** Everybody comes and joins first: otherwise most of what is done would come to nothing. */
export const steps: fc.Arbitrary<readonly Step[]> = fc.array(step, { minLength: 1, maxLength: 40, size: 'max' });
