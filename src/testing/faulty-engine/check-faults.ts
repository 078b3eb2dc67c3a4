import { OptionError } from '../../index.js';
import type { EngineCall } from './faults.js';

/** Whether a value is what it must be; throws an `OptionError` that names it. */
type Rule = (name: string, value: unknown) => void;

/** No call takes longer than this to be rejected when it waits twice. */
const mostOfCall = 2_500;

/** Followers look for what they missed at least so often; nothing else may be later either. */
const mostMs = 5_000;

const mostTurns = 100;

const rate: Rule = (name, value) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1))
    throw new OptionError(name, 'a rate from 0 to 1', value);
};

const span =
  (most: number): Rule =>
  (name, value) => {
    const [least, end] = Array.isArray(value) && value.length === 2 ? value : [value, value];
    const fits = [least, end].every((each) => typeof each === 'number' && each >= 0 && each <= most);
    if (fits && least <= end) return;
    const bound = most === Number.POSITIVE_INFINITY ? '' : ` up to ${most}`;
    throw new OptionError(name, `a number from 0${bound}, or two of them: the least and the most`, value);
  };

const object =
  (rules: Readonly<Record<string, Rule>>, required: readonly string[] = []): Rule =>
  (name, value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new OptionError(name, 'an object', value);
    const fields = new Map<string, unknown>(Object.entries(value));
    for (const [field, given] of fields) {
      if (given === undefined) continue;
      const rule = Object.hasOwn(rules, field) ? rules[field] : undefined;
      if (rule === undefined)
        throw new OptionError(`${name}.${field}`, `one of ${Object.keys(rules).join(', ')}`, given);
      rule(`${name}.${field}`, given);
    }
    for (const field of required) {
      if (fields.get(field) === undefined) throw new OptionError(`${name}.${field}`, 'given', undefined);
    }
  };

const delay = (most: number) => object({ rate, ms: span(most), turns: span(mostTurns) });
const late = delay(mostMs);
const call = object({ delay: delay(mostOfCall), answer: delay(mostOfCall), refuse: rate, loseReply: rate });

/** Whoever adds a call to a port puts faults in front of it, too. */
const calls: { readonly [name in EngineCall]: Rule } = {
  'log.append': call,
  'log.find': call,
  'log.read': call,
  'log.get': call,
  'log.count': call,
  'log.search': call,
  'log.names': call,
  'log.erase': call,
  'log.follow': call,
  'log.remove': call,
  'presence.openSession': call,
  'presence.takeSession': call,
  'presence.endSession': call,
  'presence.peekSession': call,
  'presence.claimName': call,
  'presence.findName': call,
  'presence.nameOf': call,
  'presence.enter': call,
  'presence.leave': call,
  'presence.list': call,
  'presence.watch': call,
  'presence.rooms': call,
  'presence.find': call,
  'presence.sessionsOf': call,
  'signals.publish': call,
  'signals.subscribe': call,
  'state.get': call,
  'state.list': call,
  'state.set': call,
  'state.compareAndSet': call,
  'state.onChange': call,
};

const duration = span(Number.POSITIVE_INFINITY);

const faults = object({
  calls: object({ every: call, ...calls }),
  deliveries: object({ delay: late, lose: rate, repair: late, gap: rate, reset: rate }),
  presence: object({ delay: late, lose: rate, repair: late }),
  signals: object({ delay: late, drop: rate, double: rate }),
  state: object({ delay: late }),
  outages: object({ every: longerThanNone, last: duration, answer: span(mostMs) }, ['every', 'last']),
});

/** @throws OptionError */
export function checkFaults(given: unknown): void {
  faults('faults', given);
}

/** @throws OptionError */
export function checkCall(name: unknown, given: unknown): asserts name is EngineCall {
  const names = Object.keys(calls);
  if (!names.some((known) => known === name)) throw new OptionError('call', `one of ${names.join(', ')}`, name);
  call('faults', given);
}

/** @throws OptionError */
export function checkOptions(options: unknown): void {
  object({ seed: wholeNumber, faults })('options', options);
}

function wholeNumber(name: string, value: unknown): void {
  if (!Number.isSafeInteger(value)) throw new OptionError(name, 'a whole number', value);
}

/** Outages without any time between them would never end. */
function longerThanNone(name: string, value: unknown): void {
  duration(name, value);
  if ((Array.isArray(value) ? value[0] : value) === 0) throw new OptionError(name, 'more than 0', value);
}
