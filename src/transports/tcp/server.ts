import { once } from 'node:events';
import { createServer, type ListenOptions, type Server } from 'node:net';
import { createServer as createTlsServer, type TLSSocket, type TlsOptions, Server as TlsServer } from 'node:tls';
import type { TransportContext } from '../../ports/transport.js';
import { listenError } from '../shared/listen-error.js';
import type { Place, TcpSettings } from './options.js';
import { removeStaleSocket } from './stale-socket.js';

/** The longest that Node.js' timers can wait. */
const longestMs = 2 ** 31 - 1;

/** A server, and what to do with it, which depends on whose it is. */
export interface Door {
  readonly server: Server;
  readonly secure: boolean;
  /** Resolves when peers can connect. */
  open(signal: AbortSignal): Promise<void>;
  /** Closes it, if it is ours. Its connections stay. */
  close(): void;
}

export function makeDoor({ place, tls, backlog }: TcpSettings, context: TransportContext): Door {
  if ('server' in place) return givenDoor(place);
  const server = tls === undefined ? createServer({ allowHalfOpen: true }) : createSecure(tls, context);
  return {
    server,
    secure: tls !== undefined,
    async open() {
      await bind(server, { ...place, backlog }).catch((error: unknown) => {
        throw listenError(place, error);
      });
      server.on('error', (error) => context.onError(error));
    },
    close() {
      // The socket is closed at once, and a Unix socket's file removed; it is 'close' that waits for all connections.
      server.close();
      // A TLS handshake that is under way may still come to its end.
      server.on('secureConnection', (socket: TLSSocket) => socket.destroy());
    },
  };
}

function givenDoor(place: Extract<Place, { server: Server }>): Door {
  const { server } = place;
  return {
    server,
    secure: server instanceof TlsServer,
    async open(signal) {
      if (server.listening) return;
      await once(server, 'listening', { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw listenError(place, error);
      });
    },
    close() {},
  };
}

function createSecure(tls: NonNullable<TcpSettings['tls']>, { limits }: TransportContext): Server {
  const handshakeTimeout = Math.min(limits.helloTimeout, longestMs);
  const server = createTlsServer({ ...(tls as TlsOptions), allowHalfOpen: true, handshakeTimeout });
  // Some peer speaks no TLS, or is too slow at it: no affair of the operator's. Node.js leaves the socket to us.
  return server.on('tlsClientError', (_error, socket) => socket.destroy());
}

async function bind(server: Server, options: ListenOptions): Promise<void> {
  try {
    await listen(server, options);
  } catch (error) {
    const { path } = options;
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    if (!inUse || path === undefined || !(await removeStaleSocket(path))) throw error;
    await listen(server, options);
  }
}

async function listen(server: Server, options: ListenOptions): Promise<void> {
  server.listen(options);
  await once(server, 'listening');
}
