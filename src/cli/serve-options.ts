import { parseArgs } from 'node:util';
import { type LimitName, type Limits, limitTable } from '../index.js';
import { type Address, parseAddress } from './address.js';
import { UsageError } from './usage-error.js';

/** What `chathub serve` is asked to do. */
export interface ServeOptions {
  readonly help: boolean;
  readonly tcp: readonly Address[];
  readonly limits: Partial<Limits>;
}

const byDefault = '8080';

/**
 * @param args - what follows `serve`
 * @param environment - for what the flags leave open
 * @throws UsageError
 */
export function parseServeOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ServeOptions {
  const { help = false, tcp = [], limit = [] } = flagsIn(args);
  return { help, tcp: addresses(tcp, environment.CHATHUB_TCP_PORT), limits: parseLimits(limit) };
}

function flagsIn(args: readonly string[]) {
  const options = {
    help: { type: 'boolean' },
    tcp: { type: 'string', multiple: true },
    limit: { type: 'string', multiple: true },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // What follows the first sentence is advice on positional arguments, of which there are none here.
    throw new UsageError(`${(error as Error).message.split(/\.\s/, 1)[0]}.`);
  }
}

function addresses(flags: readonly string[], variable: string | undefined): readonly Address[] {
  if (flags.length > 0) return flags.map((text) => parseAddress(text, '--tcp'));
  // A variable that is set to nothing is how a compose file leaves it out.
  return [parseAddress(variable || byDefault, 'CHATHUB_TCP_PORT')];
}

/** Whether the numbers make sense is for the hub to say, which knows the limits together. */
function parseLimits(flags: readonly string[]): Partial<Limits> {
  return Object.fromEntries(flags.map(parseLimit));
}

function parseLimit(text: string): readonly [LimitName, number] {
  const [, name = text, value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!Object.hasOwn(limitTable, name)) throw new UsageError(`--limit: there is no limit ${JSON.stringify(name)}.`);
  const number = value === 'off' ? Number.POSITIVE_INFINITY : /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
  if (number !== undefined) return [name as LimitName, number];
  throw new UsageError(`--limit: expected ${name}=NUMBER or ${name}=off, got ${JSON.stringify(text)}.`);
}
