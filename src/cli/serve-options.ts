import { parseArgs } from 'node:util';
import { type LimitName, type Limits, limitTable } from '../index.js';
import { type Address, parseAddress } from './address.js';
import { readToken } from './admin/token.js';
import { type EngineChoice, parseEngine } from './engine.js';
import { type LogOptions, parseLog } from './log.js';
import type { TlsFiles } from './tls-files.js';
import { UsageError } from './usage-error.js';

/** What `chathub serve` is asked to do. */
export interface ServeOptions {
  readonly help: boolean;
  readonly tcp: readonly Address[];
  /** None when there is to be no page. */
  readonly web: readonly Address[];
  readonly engine: EngineChoice;
  readonly limits: Partial<Limits>;
  /** Where the certificate is, for addresses that say `tls:`. */
  readonly tls: TlsFiles | undefined;
  readonly doors: DoorOptions;
  /** Where Prometheus is answered, if anywhere. */
  readonly metrics: Address | undefined;
  readonly log: LogOptions;
  /** What administrators must know; undefined where there is nothing for them. */
  readonly adminToken: string | undefined;
}

/** Who is let in how, on all addresses. */
interface DoorOptions {
  /** Whose pages may connect besides our own. */
  readonly origins: readonly string[];
  /** Whose `X-Forwarded-For` is believed. */
  readonly trustProxy: readonly string[];
  /** From whom telnet connections begin with a PROXY header. */
  readonly proxyProtocol: readonly string[];
  /** Of the files of Unix sockets. */
  readonly socketMode: number | undefined;
}

const byDefault = { tcp: '8080', web: '8081' } as const;

/**
 * @param args - what follows `serve`
 * @param environment - for what the flags leave open
 * @throws UsageError
 */
export function parseServeOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ServeOptions {
  const flags = flagsIn(args);
  const { help = false, tcp = [], web = [], engine, limit = [] } = flags;
  const { CHATHUB_TCP_PORT, CHATHUB_WEB_PORT, CHATHUB_ENGINE, CHATHUB_ADMIN_TOKEN } = environment;
  const or = (name: 'metrics' | 'log' | 'log-level', variable: string) =>
    given(flags[name], `--${name}`, environment, variable);
  const options = {
    help,
    // A variable that is set to nothing is how a compose file leaves it out.
    tcp: addresses(tcp, '--tcp') ?? [parseAddress(CHATHUB_TCP_PORT || byDefault.tcp, 'CHATHUB_TCP_PORT')],
    web: webAddresses(web, CHATHUB_WEB_PORT || byDefault.web),
    engine: parseEngine(engine ?? CHATHUB_ENGINE, engine === undefined ? 'CHATHUB_ENGINE' : '--engine', environment),
    limits: parseLimits(limit),
    tls: tlsFiles(flags['tls-cert'], flags['tls-key'], flags['tls-client-ca']),
    doors: {
      origins: flags.origin ?? [],
      trustProxy: listed(flags['trust-proxy']),
      proxyProtocol: listed(flags['proxy-protocol']),
      socketMode: parseMode(flags['socket-mode']),
    },
    metrics: parseMetrics(or('metrics', 'CHATHUB_METRICS')),
    log: parseLog(or('log', 'CHATHUB_LOG'), or('log-level', 'CHATHUB_LOG_LEVEL')),
    adminToken: help
      ? undefined
      : readToken({ flag: flags['admin-token'], file: flags['admin-token-file'], variable: CHATHUB_ADMIN_TOKEN }),
  };
  const encrypted = [...options.tcp, ...options.web, options.metrics].some((place) => place?.tls);
  if (encrypted && options.tls === undefined) throw new UsageError('tls: needs --tls-cert FILE and --tls-key FILE.');
  if (options.adminToken !== undefined && options.web.length === 0)
    throw new UsageError('--admin-token: the page is on the address of --web, which is off.');
  return options;
}

function flagsIn(args: readonly string[]) {
  const options = {
    help: { type: 'boolean' },
    tcp: { type: 'string', multiple: true },
    web: { type: 'string', multiple: true },
    engine: { type: 'string' },
    limit: { type: 'string', multiple: true },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'tls-client-ca': { type: 'string' },
    origin: { type: 'string', multiple: true },
    'trust-proxy': { type: 'string', multiple: true },
    'proxy-protocol': { type: 'string', multiple: true },
    'socket-mode': { type: 'string' },
    metrics: { type: 'string' },
    log: { type: 'string' },
    'log-level': { type: 'string' },
    'admin-token': { type: 'string' },
    'admin-token-file': { type: 'string' },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // What follows the first sentence is advice on positional arguments, of which there are none here.
    throw new UsageError(`${(error as Error).message.split(/\.\s/, 1)[0]}.`);
  }
}

/** A flag, else a variable of the environment; and which of them it is. */
function given(flag: string | undefined, flagName: string, environment: NodeJS.ProcessEnv, variable: string) {
  return flag === undefined ? { text: environment[variable], source: variable } : { text: flag, source: flagName };
}

/** A variable that is set to nothing is how a compose file leaves it out. */
function parseMetrics({ text = '', source }: ReturnType<typeof given>): Address | undefined {
  return text === '' || text === 'off' ? undefined : parseAddress(text, source);
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

function tlsFiles(cert: string | undefined, key: string | undefined, ca: string | undefined): TlsFiles | undefined {
  if (cert !== undefined && key !== undefined) return { cert, key, ca };
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  throw new UsageError('--tls-cert and --tls-key go together.');
}

/** Commas or several flags, as it suits. */
function listed(flags: readonly string[] = []): readonly string[] {
  return flags.flatMap((flag) => flag.split(',')).filter((text) => text !== '');
}

function parseMode(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new UsageError(`--socket-mode: expected three octal digits such as 660, got ${JSON.stringify(text)}.`);
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
