import { OptionError } from '../model/errors.js';
import type { Limits } from '../model/limits.js';
import type { Clock, Scheduler } from '../ports/clock.js';
import type { Engine } from '../ports/engine.js';
import type { Tracing } from '../ports/tracing.js';
import type { Member } from './member.js';
import type { Policies } from './policies.js';

/**
 * Options of a {@link ChatHub}; none is needed.
 *
 * @typeParam User - what the `authenticate` policy returns
 *
 * @example
 * ```ts
 * import { ChatHub, type HubOptions, memory } from 'chathub';
 *
 * const options: HubOptions<{ id: string }> = { engine: memory(), limits: { history: 200 } };
 * const hub = new ChatHub(options);
 * ```
 */
export interface HubOptions<User extends { readonly id: string } = { readonly id: string }> {
  /** The application's decisions. Default: everybody is a guest, and may do all but moderate. */
  readonly policies?: Policies<User>;
  /** Where rooms live. Default: `memory()`. */
  readonly engine?: Engine;
  /**
   * Whether a user who logged in stays in its rooms while it has no session: a new one is in them again, with what is unread, until
   * it leaves. A function says so for each room. Default: `true`. Guests never stay.
   */
  readonly lastingMembership?: boolean | ((facts: { readonly member: Member<User>; readonly room: string }) => boolean);
  /** Values that differ from the defaults of `limitTable`. Durations are milliseconds; `Infinity` removes a limit. */
  readonly limits?: Partial<Limits>;
  /** Time; for tests. Default: the platform's. */
  readonly clock?: Clock;
  /** When what was queued in a turn is written. Default: two hops of `setImmediate`, where there is one. */
  readonly schedule?: Scheduler;
  /** Is told how commands go through the hub, such as `tracing()` of `chathub/tracing`. Default: nobody is. */
  readonly tracing?: Tracing;
}

const policyNames = ['authenticate', 'join', 'send', 'nick', 'direct', 'read', 'list', 'topic', 'moderate'] as const;
const optionNames = ['policies', 'engine', 'lastingMembership', 'limits', 'clock', 'schedule', 'tracing'] as const;

/** @throws OptionError when an option is unknown, or is not what it must be */
export function checkOptions<User extends { readonly id: string }>(options: HubOptions<User>): void {
  checkObject('options', options);
  checkNames('options', options, optionNames);
  const { policies, engine, lastingMembership, limits, clock, schedule, tracing } = options;
  checkObject('limits', limits);
  checkObject('policies', policies);
  if (policies !== undefined) {
    checkNames('policies', policies, policyNames);
    for (const name of policyNames) checkFunction(`policies.${name}`, policies[name]);
  }
  if (engine !== undefined && typeof engine?.open !== 'function')
    throw new OptionError('engine', 'an engine, such as memory()', engine);
  if (!['undefined', 'boolean', 'function'].includes(typeof lastingMembership))
    throw new OptionError('lastingMembership', 'true, false or a function', lastingMembership);
  if (clock !== undefined && typeof clock?.after !== 'function') throw new OptionError('clock', 'a clock', clock);
  checkFunction('schedule', schedule);
  if (tracing !== undefined && typeof tracing?.command !== 'function')
    throw new OptionError('tracing', 'an object that is told of commands, such as tracing()', tracing);
}

function checkObject(name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== 'object' || value === null))
    throw new OptionError(name, 'an object', value);
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'function') throw new OptionError(name, 'a function', value);
}

function checkNames(where: string, given: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined && !known.includes(name))
      throw new OptionError(`${where}.${name}`, `one of ${known.join(', ')}`, value);
  }
}
