import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../ports/clock.js';
import { Pace } from '../../ports/pace.js';
import type { Accept, TransportContext } from '../../ports/transport.js';
import { certificateOf } from '../shared/certificate.js';
import { type ClientFacts, clientOf } from '../shared/client-facts.js';
import { mayUseCookies, originRefusal } from '../shared/origins.js';
import { type Terms, WebSocketConnection } from './connection.js';
import { handshakeOf, isToken } from './handshake.js';
import { Heartbeat } from './heartbeat.js';
import type { WebSocketSettings } from './options.js';
import { type Refusal, refuse } from './refuse.js';

/** How long a peer has to answer a close frame. (`ws` gives 30 s.) */
const closeTimeout = 5_000;

/** Pieces of one frame that may wait for the rest. Each costs memory of its own: bytes sent one by one, a hundredfold. */
const bufferedChunks = 8_192;

/** Node.js drops those beyond some 1,000 without a word, such as an `Origin` behind them. */
const mostHeaders = 1_000;

/** What the receiver of `ws` takes as a number of 32 bits; it takes 0 for none. */
const most = 2 ** 31 - 1;

/** Options of `ws` 8.23 that its types do not know yet. */
interface NewerOptions {
  readonly closeTimeout: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
}

/** What is known of a server besides the request. */
export interface Site {
  /** The address that it is bound to, where that is known. */
  readonly bound: string | undefined;
  /** Milliseconds since a peer connected. */
  age(socket: Socket): number;
}

/** Somebody who asks for a WebSocket. */
interface Asking {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly site: Site;
}

/** A WebSocket, and what it came from. */
interface Arrival {
  readonly ws: WebSocket;
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly site: Site;
  readonly client: ClientFacts;
}

/** Turns requests into connections, or refuses them: before anything of them reaches the hub. */
export class Upgrades {
  readonly #settings: WebSocketSettings;
  readonly #accept: Accept;
  readonly #context: TransportContext;
  readonly #terms: Terms;
  readonly #server: WebSocketServer;
  readonly #pace = new Pace(systemClock, setImmediate);
  #open = true;

  constructor(settings: WebSocketSettings, accept: Accept, context: TransportContext) {
    const { limits } = context;
    const { protocol, slowConsumer, compression } = settings;
    this.#settings = settings;
    this.#accept = accept;
    this.#context = context;
    const heartbeat = new Heartbeat(limits.heartbeat, limits.heartbeatTimeout);
    this.#terms = { protocol, slowConsumer, heartbeat, onError: (error) => context.onError(error) };
    const options: ServerOptions & NewerOptions = {
      noServer: true,
      clientTracking: false,
      closeTimeout,
      maxPayload: Math.min(limits.frameBytes, most),
      maxFragments: Math.min(limits.fragments, most),
      maxBufferedChunks: bufferedChunks,
      perMessageDeflate: compression && { serverNoContextTakeover: true, clientNoContextTakeover: true },
      // A client that offers some, and is told of none, gives up.
      handleProtocols: (offered) => protocol.subprotocol ?? [...offered].find((name) => !isToken(name)) ?? false,
    };
    this.#server = new WebSocketServer(options);
  }

  /** From here on nobody is let in. */
  close(): void {
    this.#open = false;
  }

  /** Whether the request is for this transport's path. */
  concerns(request: IncomingMessage): boolean {
    return pathOf(request) === this.#settings.path;
  }

  /** At once, unless a crowd is here: after a restart, the requests of hundreds may be read in one turn of the event loop. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, site: Site): void {
    const turn = this.#pace.wait();
    if (turn === undefined) this.#handle({ request, socket, head, site });
    else void this.#handleLater({ request, socket, head, site }, turn);
  }

  async #handleLater(asking: Asking, turn: Promise<void>): Promise<void> {
    const { socket } = asking;
    // A reset is one way for it to end meanwhile, and without a listener would end the process.
    socket.on('error', ignore);
    await turn;
    if (socket.destroyed) return;
    socket.off('error', ignore);
    this.#handle(asking);
  }

  #handle({ request, socket, head, site }: Asking): void {
    try {
      const client = clientOf(request, socket, this.#settings.proxies);
      const refusal = this.#guarded(() => this.#refusal(request, client, site));
      if (refusal !== undefined) {
        refuse(socket, refusal);
        return;
      }
      this.#server.handleUpgrade(request, socket, head, (ws: WebSocket) =>
        this.#connect({ ws, request, socket, site, client }),
      );
    } catch (error) {
      // Such as a socket that somebody else has upgraded already, or what is no request: the application's fault, and no reason to end the process.
      this.#context.onError(error);
      socket.destroy();
    }
  }

  #connect({ ws, request, socket, site, client }: Arrival): void {
    const connected = socket as Socket;
    const { authenticates } = this.#context;
    const upgraded = {
      ws,
      socket: connected,
      client,
      handshake: authenticates ? handshakeOf(request, mayUseCookies(request, this.#settings.origins)) : undefined,
      certificate: authenticates ? certificateOf(socket) : undefined,
      age: site.age(connected),
      compressed: ws.extensions !== '' && !hasSmallWindow(request),
    };
    const connection = new WebSocketConnection(upgraded, this.#terms);
    // Nobody knows the address of a peer that was gone before it was accepted.
    if (connected.destroyed) connection.terminate();
    else connection.serve(this.#accept);
  }

  /** The application's own function for origins may throw: nobody is let in then, and the process goes on. */
  #guarded(decide: () => Refusal | undefined): Refusal | undefined {
    try {
      return decide();
    } catch (error) {
      this.#context.onError(error);
      return { status: 500, message: 'Something went wrong on the server.' };
    }
  }

  #refusal(request: IncomingMessage, { remoteAddress }: ClientFacts, { bound }: Site): Refusal | undefined {
    const { headers, method, rawHeaders } = request;
    if (rawHeaders.length >= 2 * mostHeaders) return { status: 431, message: 'Those are too many headers.' };
    // RFC 9112, 3.2. Node.js looks for it in requests, and not in upgrades.
    if (headers.host === undefined) return { status: 400, message: 'There is no Host.' };
    if (!this.#open) return { status: 503, message: 'This server is closing.', headers: { 'Retry-After': '5' } };
    if (!this.concerns(request)) return { status: 404, message: 'There is nothing here.' };
    if (method !== 'GET') return { status: 405, message: 'A WebSocket begins with GET.', headers: { Allow: 'GET' } };
    if (headers.upgrade?.toLowerCase() !== 'websocket') return upgradeRequired;
    if (headers['sec-websocket-version'] !== '13') return otherVersion;
    return (
      originRefusal(request, this.#settings.origins, bound) ??
      this.#protocolRefusal(headers['sec-websocket-protocol']) ??
      this.#crowdRefusal(remoteAddress)
    );
  }

  #protocolRefusal(offered: string | undefined): Refusal | undefined {
    const { subprotocol } = this.#settings.protocol;
    if (subprotocol === undefined || offered === undefined) return undefined;
    if (offered.split(',').some((name) => name.trim() === subprotocol)) return undefined;
    return { status: 400, message: `The subprotocol here is ${subprotocol}.` };
  }

  #crowdRefusal(address: string | undefined): Refusal | undefined {
    const refusal = this.#context.refusal(address);
    if (refusal === undefined) return undefined;
    if (refusal.code === 'BANNED') return { status: 403, message: refusal.message };
    const status = refusal.code === 'RATE_LIMITED' ? 429 : 503;
    return { status, message: refusal.message, headers: { 'Retry-After': status === 429 ? '60' : '5' } };
  }
}

function ignore(): void {}

/**
 * Whether the client asks for a smaller window than ours (RFC 7692, 7.1.2.1). `ws` agrees to that, and what we send is compressed
 * once for all: such a client is sent everything as it is.
 */
function hasSmallWindow({ headers }: IncomingMessage): boolean {
  return headers['sec-websocket-extensions']?.includes('server_max_window_bits') === true;
}

/** Without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?', 1)[0] as string;
}

/** RFC 9110, 15.5.22. */
export const upgradeRequired: Refusal = {
  status: 426,
  message: 'This is a WebSocket: connect with a client for those.',
  headers: { Upgrade: 'websocket' },
};

/** RFC 6455, 4.4. */
const otherVersion: Refusal = {
  status: 400,
  message: 'The version of WebSocket here is 13.',
  headers: { 'Sec-WebSocket-Version': '13' },
};
