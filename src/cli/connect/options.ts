import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.js';
import { parseTarget, type Target } from './target.js';

/** What `chathub connect` is asked to do. */
export interface ConnectOptions {
  readonly target: Target;
  /** Rooms to join besides those that the server puts one in; the last one is the current one. */
  readonly rooms: readonly string[];
  readonly name: string | undefined;
  readonly token: string | undefined;
  /** A file with the certificates of those who may sign the server's. */
  readonly ca: string | undefined;
  /** Say what comes in, see it acknowledged, and end. */
  readonly once: boolean;
  readonly colours: boolean;
}

/**
 * @param args - what follows `connect`
 * @param environment - for what the flags leave open
 * @returns `'help'` where that is asked for
 * @throws UsageError
 */
export function parseConnectOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ConnectOptions | 'help' {
  const { values, positionals } = flagsIn(args);
  if (values.help) return 'help';
  const [url, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`One URL is enough: what is ${JSON.stringify(more[0])}?`);
  const target = parseTarget(url);
  const rooms = (values.room ?? []).map((room) => oneWord(room, '--room'));
  const name = values.name === undefined ? undefined : oneWord(values.name, '--name');
  // A variable that is set to nothing is how a compose file leaves it out.
  const token = (values.token ?? environment.CHATHUB_TOKEN) || undefined;
  if (token !== undefined && /[\s\p{Cc}]/u.test(token))
    throw new UsageError(`${values.token === undefined ? 'CHATHUB_TOKEN' : '--token'}: a token has no spaces.`);
  const { once = false, 'tls-ca': ca } = values;
  return { target, rooms, name, token, ca, once, colours: values['no-color'] !== true };
}

function flagsIn(args: readonly string[]) {
  const options = {
    help: { type: 'boolean' },
    room: { type: 'string', multiple: true },
    name: { type: 'string' },
    token: { type: 'string' },
    'tls-ca': { type: 'string' },
    once: { type: 'boolean' },
    'no-color': { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\.\s/, 1)[0]}.`);
  }
}

/** Over lines, these are words of a command: what has a space, or is nothing, would be another command. */
function oneWord(text: string, flag: string): string {
  if (text !== '' && !/[\s\p{Cc}]/u.test(text)) return text;
  throw new UsageError(`${flag}: expected one word, got ${JSON.stringify(text)}.`);
}
