import packageJson from '../../package.json' with { type: 'json' };
import { generalHelp } from './help.js';
import { UsageError } from './usage-error.js';

type Command = (args: readonly string[]) => Promise<number>;

/** A Map, so that `chathub constructor` finds nothing. Each is loaded when it is asked for: a server needs no terminal. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['serve', async () => (await import('./serve.js')).serve],
  ['connect', async () => (await import('./connect.js')).connect],
]);

/**
 * Does what the command line says, and resolves with the exit code when that is done: 0; 1 for what failed; 2 for a
 * command line that makes no sense, as shells have it.
 *
 * @param args - what follows the program's name
 */
export async function run(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (args.includes('--version')) return say(packageJson.version);
    if (name === '--help') return say(generalHelp);
    if (name === undefined) throw new UsageError('Which command? There are "serve" and "connect".');
    const load = commands.get(name);
    if (load !== undefined) return await (await load())(rest);
    throw new UsageError(`There is no ${name.startsWith('-') ? 'option' : 'command'} "${name}".`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`chathub: ${error.message} See chathub ${commands.has(name ?? '') ? `${name} ` : ''}--help`);
    return 2;
  }
}

function say(text: string): number {
  console.log(text);
  return 0;
}
