import { ChatError, ChatHub, type Engine, type Limits, type Logger, type Member, OptionError } from '../index.js';
import { OptionChecks } from '../transports/shared/option-checks.js';
import { type TlsOptions, tlsFault } from '../transports/shared/tls.js';
import { type TcpTransport, tcp } from '../transports/tcp/index.js';
import { pageUrl, telnetCommand } from './address.js';
import { AdminApi } from './admin/api.js';
import { engineOf } from './engine.js';
import { serveHelp } from './help.js';
import { oneLine, programLog } from './log.js';
import { MetricsServer } from './metrics-server.js';
import { readPage } from './page-files.js';
import { parseServeOptions, type ServeOptions } from './serve-options.js';
import { whenToldToEnd } from './signals.js';
import { readTls, watchTls } from './tls-files.js';
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
  const options = parseServeOptions(args, process.env);
  if (options.help) {
    console.log(serveHelp());
    return 0;
  }
  surviveUnread();
  const { engine, note } = limited(() => engineOf(options.engine, options.limits));
  const tls = options.tls && readTls(options.tls);
  const log = programLog(options.log);
  const hub = openHub(engine, options.limits, log);
  const lines = openLines(options, tls);
  const admin = openAdmin(options, hub, { drain: () => end.tell(), log });
  const web = await openWeb(options, tls, hub, admin, log);
  const metrics = options.metrics && (await MetricsServer.of(hub, { place: options.metrics, tls, log }));
  // From here on, for a signal that comes while it begins to listen.
  const end = whenToldToEnd();
  try {
    const { addresses } = await hub.listen(...lines);
    for (const server of web) await listenWeb(hub, server, options.doors.socketMode);
    await metrics?.listen(options.doors.socketMode);
    announce(addresses, web, admin !== undefined, [note, metrics && `Metrics are at ${metrics.address}`]);
  } catch (error) {
    console.error(`chathub: ${oneLine(error)}`);
    await closeAll(hub, web, metrics);
    return 1;
  }
  const encrypted = metrics === undefined ? web : [...web, metrics];
  const unwatch = options.tls && watchTls(options.tls, (fresh) => renew(fresh, options, lines, encrypted), log);
  await end.told;
  unwatch?.();
  const { connections } = hub.status();
  // Some clients, such as nc, do not hang up when the server does: whoever waits should know what for.
  if (connections > 0) console.log(`Closing connections (${connections}). Another signal ends it at once.`);
  await closeAll(hub, web, metrics);
  admin?.close();
  return 0;
}

function openLines({ tcp: places, doors }: ServeOptions, tls: TlsOptions | undefined): readonly TcpTransport[] {
  const { proxyProtocol: trustProxy, socketMode: mode } = doors;
  return places.map(({ tls: encrypted, ...place }) =>
    checked(() =>
      tcp({
        ...place,
        trustProxy,
        ...('path' in place ? { mode } : {}),
        ...(encrypted ? { tls } : {}),
      }),
    ),
  );
}

/** Nothing of it is there without a token. */
function openAdmin(
  { adminToken: token, doors }: ServeOptions,
  hub: ChatHub,
  { drain, log }: { readonly drain: () => void; readonly log: Logger },
): AdminApi | undefined {
  if (token === undefined) return undefined;
  const proxies = checked(() => new OptionChecks('webSocket').proxies(doors.trustProxy));
  // Of what an administrator does, whoever looks after the server should know.
  const tell = (sentence: string) => log.warn({ stage: 'admin' }, `admin: ${sentence}`);
  return new AdminApi({ hub, token, origins: doors.origins, proxies, drain, log: tell });
}

async function openWeb(
  { web: places, doors: { origins, trustProxy } }: ServeOptions,
  tls: TlsOptions | undefined,
  hub: ChatHub,
  admin: AdminApi | undefined,
  log: Logger,
): Promise<readonly WebServer[]> {
  const page = places.length > 0 ? await readPage(undefined, admin !== undefined) : undefined;
  const shared = { page, engine: () => hub.status().engine, admin, origins, trustProxy, log };
  return places.map((place) => checked(() => new WebServer({ ...shared, place, tls: place.tls ? tls : undefined })));
}

async function listenWeb(hub: ChatHub, server: WebServer, mode: number | undefined): Promise<void> {
  await server.listen(mode);
  await hub.listen(server.transport);
  server.open();
}

/** Which flag it is that makes no sense. */
const flagOf: ReadonlyMap<string, string> = new Map([
  ['tcp.trustProxy', '--proxy-protocol'],
  ['webSocket.trustProxy', '--trust-proxy'],
  ['webSocket.origins', '--origin'],
  ['tcp.tls', '--tls-cert'],
  ['tcp.fd', '--tcp'],
]);

function checked<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const sentence = error.message.replace(/^Expected "(\w+\.\w+)[\w.]*" to be/, (whole, option: string) => {
      const flag = flagOf.get(option);
      return flag === undefined ? whole : `${flag}: expected`;
    });
    throw new UsageError(`${sentence}.`);
  }
}

function renew(
  tls: TlsOptions,
  { tcp: places }: ServeOptions,
  lines: readonly TcpTransport[],
  web: readonly (WebServer | MetricsServer)[],
): void {
  // Before anybody has the new one: it is for all, or for none.
  const fault = tlsFault(tls);
  if (fault !== undefined) throw new Error(fault);
  for (const [index, transport] of lines.entries()) if (places[index]?.tls) transport.setTls(tls);
  for (const server of web) server.setTls(tls);
}

/** The web answers until the chat is over: a load balancer that asks is told so. */
async function closeAll(hub: ChatHub, web: readonly WebServer[], metrics: MetricsServer | undefined): Promise<void> {
  for (const server of web) server.drain();
  await hub.close();
  for (const server of web) server.close();
  metrics?.close();
}

function openHub(engine: Engine, limits: Partial<Limits>, logger: Logger): ChatHub {
  const hub = limited(() => new ChatHub({ engine, limits, logger }));
  hub.on('connect', ({ member }) => enterLobby(member));
  return hub;
}

/** Makes what has limits. A senseless one is the command line's. */
function limited<T>(make: () => T): T {
  try {
    return make();
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

function announce(
  addresses: readonly string[],
  web: readonly WebServer[],
  admin: boolean,
  notes: readonly (string | undefined)[],
): void {
  for (const address of [...addresses, ...web.map((server) => server.address)]) console.log(`Listening on ${address}`);
  const command = addresses.map(telnetCommand).find((way) => way !== undefined);
  const url = web.map(({ address }) => pageUrl(address)).find((way) => way !== undefined);
  if (command !== undefined) console.log(`To chat: ${command}`);
  if (url !== undefined) console.log(`${command === undefined ? 'To chat:' : 'or'} open ${url}`);
  if (url !== undefined && admin) console.log(`To administer: open ${url}admin`);
  for (const note of notes) if (note !== undefined) console.log(note);
}
