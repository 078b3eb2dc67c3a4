import { parseArgs } from 'node:util';
import { type LimitName, type Limits, limitTable } from '../index.js';
import { type Address, parseAddress } from './address.js';
import { type EngineChoice, parseEngine } from './engine.js';
import { UsageError } from './usage-error.js';

/** What `chathub serve` is asked to do. */
export interface ServeOptions {
  readonly help: boolean;
  readonly tcp: readonly Address[];
  /** None when there is to be no page. */
  readonly web: readonly Address[];
  readonly engine: EngineChoice;
  readonly limits: Partial<Limits>;
}

const byDefault = { tcp: '8080', web: '8081' } as const;

/**
 * @param args - what follows `serve`
 * @param environment - for what the flags leave open
 * @throws UsageError
 */
export function parseServeOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ServeOptions {
  const { help = false, tcp = [], web = [], engine, limit = [] } = flagsIn(args);
  const { CHATHUB_TCP_PORT, CHATHUB_WEB_PORT, CHATHUB_ENGINE } = environment;
  return {
    help,
    // A variable that is set to nothing is how a compose file leaves it out.
    tcp: addresses(tcp, '--tcp') ?? [parseAddress(CHATHUB_TCP_PORT || byDefault.tcp, 'CHATHUB_TCP_PORT')],
    web: webAddresses(web, CHATHUB_WEB_PORT || byDefault.web),
    engine: parseEngine(engine ?? CHATHUB_ENGINE, engine === undefined ? 'CHATHUB_ENGINE' : '--engine', environment),
    limits: parseLimits(limit),
  };
}

function flagsIn(args: readonly string[]) {
  const options = {
    help: { type: 'boolean' },
    tcp: { type: 'string', multiple: true },
    web: { type: 'string', multiple: true },
    engine: { type: 'string' },
    limit: { type: 'string', multiple: true },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // What follows the first sentence is advice on positional arguments, of which there are none here.
    throw new UsageError(`${(error as Error).message.split(/\.\s/, 1)[0]}.`);
  }
}

/** Undefined without flags. */
function addresses(flags: readonly string[], source: string): readonly Address[] | undefined {
  return flags.length > 0 ? flags.map((text) => parseAddress(text, source)) : undefined;
}

function webAddresses(flags: readonly string[], variable: string): readonly Address[] {
  if (flags.length === 1 && flags[0] === 'off') return [];
  if (flags.includes('off')) throw new UsageError('--web: "off" stands alone.');
  const given = addresses(flags, '--web');
  if (given !== undefined) return given;
  return variable === 'off' ? [] : [parseAddress(variable, 'CHATHUB_WEB_PORT')];
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
