import { ChatError, ChatHub, type Limits, type Member, OptionError } from '../index.js';
import { tcp } from '../transports/tcp/index.js';
import { telnetCommand } from './address.js';
import { serveHelp } from './help.js';
import { logError, oneLine } from './log.js';
import { parseServeOptions } from './serve-options.js';
import { whenToldToEnd } from './signals.js';
import { UsageError } from './usage-error.js';

/**
 * `chathub serve`: runs until a signal ends it.
 *
 * @param args - what follows `serve`
 * @returns the exit code: 0, or 1 when it cannot listen
 * @throws UsageError
 */
export async function serve(args: readonly string[]): Promise<number> {
  const { help, tcp: places, limits } = parseServeOptions(args, process.env);
  if (help) {
    console.log(serveHelp());
    return 0;
  }
  surviveUnread();
  const hub = openHub(limits);
  // From here on, for a signal that comes while it begins to listen.
  const end = whenToldToEnd();
  try {
    const { addresses } = await hub.listen(...places.map((place) => tcp(place)));
    announce(addresses);
  } catch (error) {
    console.error(`chathub: ${oneLine(error)}`);
    await hub.close();
    return 1;
  }
  await end;
  const { connections } = hub.status();
  // Some clients, such as nc, do not hang up when the server does: whoever waits should know what for.
  if (connections > 0) console.log(`Closing connections (${connections}). Another signal ends it at once.`);
  await hub.close();
  return 0;
}

function openHub(limits: Partial<Limits>): ChatHub {
  const hub = makeHub(limits);
  hub.on('error', logError);
  hub.on('connect', ({ member }) => enterLobby(member));
  return hub;
}

function makeHub(limits: Partial<Limits>): ChatHub {
  try {
    return new ChatHub({ limits });
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(`--limit: ${error.message}.`);
    throw error;
  }
}

/** Somebody who has gone meanwhile is no error; whoever is not let in can still go to another room. */
async function enterLobby(member: Member): Promise<void> {
  try {
    await member.join('lobby', { history: 10 });
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    if (member.connected) member.send(`lobby: ${error.message} /join ROOM goes to another room.`);
  }
}

/** Whoever reads what is printed here may go, as `head` does or a log collector that fails: the chat goes on. */
function surviveUnread(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

function announce(addresses: readonly string[]): void {
  const [first] = addresses;
  for (const address of addresses) console.log(`Listening on ${address}`);
  if (first !== undefined) console.log(`To chat: ${telnetCommand(first)}`);
}
