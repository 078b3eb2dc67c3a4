import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer, type ServerOptions } from 'node:https';
import { authorityOf } from '../transports/shared/addresses.js';
import type { TlsOptions } from '../transports/shared/tls.js';
import type { Address } from './address.js';

/** How long a request may take to come. Nothing here is sent in earnest but a few lines. */
const patienceMs = 10_000;

/** A server for HTTP that has no patience with who does not say what they want; over TLS where there is a certificate. */
export function httpServer(tls: TlsOptions | undefined, answer: RequestListener): Server | SecureServer {
  // Node.js looks for those over their time every 30 s unless told otherwise.
  const patience = { headersTimeout: patienceMs, requestTimeout: patienceMs, connectionsCheckingInterval: 1_000 };
  if (tls === undefined) return createServer(patience, answer);
  const server = createSecureServer({ ...patience, ...(tls as ServerOptions), handshakeTimeout: patienceMs }, answer);
  // Some peer speaks no TLS: no affair of the operator's. Node.js leaves the socket to us.
  return server.on('tlsClientError', (_error, socket) => socket.destroy());
}

/** Where a server listens: as a URL without a path, where there is one. */
export function addressOf(server: Server | SecureServer, place: Address): string {
  const address = server.address();
  if (address === null) return 'fd' in place ? `fd:${place.fd}` : '';
  if (typeof address === 'string') return `unix:${address}`;
  return `${place.tls ? 'https' : 'http'}://${authorityOf(address)}`;
}
