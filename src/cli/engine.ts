import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { redis } from '../engines/redis/index.js';
import { sqlite, sqliteDriver } from '../engines/sqlite/index.js';
import { ChatError, type Engine, type Limits, memory } from '../index.js';
import { UsageError } from './usage-error.js';

/** Where `chathub serve` keeps its rooms. */
export type EngineChoice =
  | { readonly kind: 'memory' }
  | { readonly kind: 'redis'; readonly url: string }
  /** `chosen`: it was asked for, and there is no other that would do. */
  | { readonly kind: 'sqlite'; readonly path: string; readonly chosen: boolean };

const byDefault = 'chathub.db';

/**
 * @param text - `memory`, `sqlite:FILE` or `redis://HOST:PORT`; nothing for the default
 * @param source - where it comes from, for people
 * @param environment - tells where the user's data is
 * @throws UsageError
 */
export function parseEngine(text: string | undefined, source: string, environment: NodeJS.ProcessEnv): EngineChoice {
  // A variable that is set to nothing is how a compose file leaves it out.
  if (text === undefined || text === '')
    return { kind: 'sqlite', path: path.join(dataFolder(environment), byDefault), chosen: false };
  if (text === 'memory') return { kind: 'memory' };
  if (/^rediss?:\/\//.test(text)) return { kind: 'redis', url: redisUrl(text, source) };
  const [, file] = /^sqlite(?::(.*))?$/s.exec(text) ?? [undefined, undefined];
  if (!text.startsWith('sqlite') || file === '' || (file === undefined && text !== 'sqlite'))
    throw new UsageError(`${source}: expected memory, sqlite:FILE or redis://HOST:PORT, got ${JSON.stringify(text)}.`);
  return { kind: 'sqlite', path: fileOf(file ?? byDefault, environment), chosen: true };
}

/** A password in it must not be shown: what is wrong is said without it. */
function redisUrl(text: string, source: string): string {
  if (URL.canParse(text) && new URL(text).hostname !== '') return text;
  throw new UsageError(`${source}: expected a URL such as redis://127.0.0.1:6379.`);
}

/** A bare name stands in the user's data folder, a path where it says. */
function fileOf(file: string, environment: NodeJS.ProcessEnv): string {
  return /[\\/]/.test(file) ? path.resolve(file) : path.join(dataFolder(environment), file);
}

/** As the platforms have it: the XDG Base Directory Specification, Apple's and Microsoft's guidelines. */
function dataFolder({ XDG_DATA_HOME, LOCALAPPDATA }: NodeJS.ProcessEnv, platform = process.platform): string {
  if (platform === 'win32') return path.join(LOCALAPPDATA || path.join(homedir(), 'AppData', 'Local'), 'chathub');
  if (platform === 'darwin') return path.join(homedir(), 'Library', 'Application Support', 'chathub');
  // Relative paths there are to be ignored.
  const data =
    XDG_DATA_HOME && path.isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : path.join(homedir(), '.local', 'share');
  return path.join(data, 'chathub');
}

/** An engine, and what people should know of it. */
export interface ChosenEngine {
  readonly engine: Engine;
  readonly note: string | undefined;
}

/** Where nobody asked for a file and there is nothing that opens one, the chat is kept in memory, and says so. */
export function engineOf(choice: EngineChoice, { history, historyAge }: Partial<Limits>): ChosenEngine {
  if (choice.kind === 'memory') return { engine: memory(), note: undefined };
  if (choice.kind === 'redis') {
    const { hostname, port } = new URL(choice.url);
    return { engine: redis({ url: choice.url }), note: `Rooms are in Redis at ${hostname}:${port || 6379}` };
  }
  if (!choice.chosen && sqliteDriver() === undefined)
    return {
      engine: memory(),
      note: 'History is kept in memory only: with Node.js 22.13 or later, or after "npm install libsql", it is kept in a file.',
    };
  const { path: file } = choice;
  // All is kept, unless limits were asked for.
  const durable = sqlite({ path: file, history, historyAge });
  const engine: Engine = {
    name: durable.name,
    async open(context) {
      makeFolder(path.dirname(file));
      return durable.open(context);
    },
  };
  return { engine, note: `History is kept in ${file}` };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ChatError('ENGINE_UNAVAILABLE', `The folder "${folder}" can not be made (${why}).`, { cause: error });
  }
}
