import { ChatError, ChatHub, type Engine, type Limits, type Member, OptionError } from '../index.js';
import { tcp } from '../transports/tcp/index.js';
import { type Address, pageUrl, telnetCommand } from './address.js';
import { engineOf } from './engine.js';
import { serveHelp } from './help.js';
import { logEngine, logError, oneLine } from './log.js';
import { readPage } from './page-files.js';
import { parseServeOptions } from './serve-options.js';
import { whenToldToEnd } from './signals.js';
import { UsageError } from './usage-error.js';
import { WebServer } from './web-server.js';

/**
 * `chathub serve`: runs until a signal ends it.
 *
 * @param args - what follows `serve`
 * @returns the exit code: 0, or 1 when it cannot listen
 * @throws UsageError
 */
export async function serve(args: readonly string[]): Promise<number> {
  const { help, tcp: places, web: webPlaces, engine: choice, limits } = parseServeOptions(args, process.env);
  if (help) {
    console.log(serveHelp());
    return 0;
  }
  surviveUnread();
  const { engine, note } = engineOf(choice, limits);
  const hub = openHub(engine, limits);
  const web: WebServer[] = [];
  // From here on, for a signal that comes while it begins to listen.
  const end = whenToldToEnd();
  try {
    const { addresses } = await hub.listen(...places.map((place) => tcp(place)));
    await openWeb(hub, webPlaces, web);
    announce(addresses, web, note);
  } catch (error) {
    console.error(`chathub: ${oneLine(error)}`);
    await closeAll(hub, web);
    return 1;
  }
  await end;
  const { connections } = hub.status();
  // Some clients, such as nc, do not hang up when the server does: whoever waits should know what for.
  if (connections > 0) console.log(`Closing connections (${connections}). Another signal ends it at once.`);
  await closeAll(hub, web);
  return 0;
}

/** @param opened - is given each server before it listens, so that whoever closes all of them forgets none */
async function openWeb(hub: ChatHub, places: readonly Address[], opened: WebServer[]): Promise<void> {
  const page = places.length > 0 ? await readPage() : undefined;
  for (const place of places) {
    const server = new WebServer(page, () => hub.status().engine);
    opened.push(server);
    await server.listen(place);
    await hub.listen(server.transport);
    server.open();
  }
}

/** The web answers until the chat is over: a load balancer that asks is told so. */
async function closeAll(hub: ChatHub, web: readonly WebServer[]): Promise<void> {
  for (const server of web) server.drain();
  await hub.close();
  for (const server of web) server.close();
}

function openHub(engine: Engine, limits: Partial<Limits>): ChatHub {
  const hub = makeHub(engine, limits);
  hub.on('error', logError);
  hub.on('engine', logEngine);
  hub.on('connect', ({ member }) => enterLobby(member));
  return hub;
}

function makeHub(engine: Engine, limits: Partial<Limits>): ChatHub {
  try {
    return new ChatHub({ engine, limits });
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

function announce(addresses: readonly string[], web: readonly WebServer[], note: string | undefined): void {
  const [first] = addresses;
  for (const address of [...addresses, ...web.map((server) => server.address)]) console.log(`Listening on ${address}`);
  if (first !== undefined) console.log(`To chat: ${telnetCommand(first)}`);
  if (web[0] !== undefined) console.log(`or open ${pageUrl(web[0].address)}`);
  if (note !== undefined) console.log(note);
}
