import { readFileSync } from 'node:fs';
import type { Chat, Person, Reader } from './connect/chat.js';
import { chatAtTerminal, type OpenChat } from './connect/interactive.js';
import { JsonChat } from './connect/json-chat.js';
import { LinesChat } from './connect/lines-chat.js';
import { type ConnectOptions, parseConnectOptions } from './connect/options.js';
import { chatThroughPipe } from './connect/piped.js';
import type { Place } from './connect/place.js';
import { connectHelp } from './help.js';
import { oneLine } from './log.js';
import { whenToldToEnd } from './signals.js';
import { UsageError } from './usage-error.js';

/**
 * `chathub connect`: a chat at this terminal, or for a pipe.
 *
 * @param args - what follows `connect`
 * @returns the exit code: 0 where somebody chose to leave, or all was acknowledged; 1 where the server can't be reached, or refuses
 * @throws UsageError
 */
export async function connect(args: readonly string[]): Promise<number> {
  const options = parseConnectOptions(args, process.env);
  if (options === 'help') {
    console.log(connectHelp);
    return 0;
  }
  const openChat = opener(options);
  const { told } = whenToldToEnd();
  const failure = await (isTerminal(options)
    ? chatAtTerminal(openChat, { keyboard: process.stdin, display: process.stdout, colours: colours(options) }, told)
    : chatThroughPipe(openChat, { input: process.stdin, output: process.stdout, note: complain }, options.once, told));
  // It may be open, and nobody is to wait for what it gives.
  process.stdin.destroy();
  if (failure === undefined) return 0;
  complain(failure);
  return 1;
}

function opener({ target, rooms, name, token, ca: file }: ConnectOptions): OpenChat {
  const ca = file === undefined ? undefined : readCa(file);
  return (given, place: Place, reader: Reader): Chat => {
    const person: Person = { rooms, name, token, ...given };
    return target.protocol === 'lines'
      ? new LinesChat(target, ca, person, place, reader)
      : new JsonChat(target, ca, person, place, reader);
  };
}

/** One that can move its cursor; on others, an input line would be written over. */
function isTerminal({ once }: ConnectOptions): boolean {
  return !once && process.stdin.isTTY === true && process.stdout.isTTY === true && process.env.TERM !== 'dumb';
}

/** Node.js knows which terminals have any, and minds `NO_COLOR`. */
function colours(options: ConnectOptions): boolean {
  return options.colours && process.stdout.hasColors();
}

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `--tls-ca: ${JSON.stringify(file)} can not be read (${(error as NodeJS.ErrnoException).code}).`,
    );
  }
}

function complain(sentence: string): void {
  console.error(`chathub: ${oneLine(sentence)}`);
}
