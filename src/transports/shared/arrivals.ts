import type { Server, Socket } from 'node:net';
import { type TLSSocket, Server as TlsServer } from 'node:tls';

/** When the peers of a server connected, for the time that they have to greet: with TLS, before the handshake. */
export class Arrivals {
  readonly #since = new WeakMap<Socket, number>();
  /** By address and port, as Node.js does not tell which socket is beneath one of TLS. */
  readonly #handshakes = new Map<string, number>();

  constructor(server: Server) {
    const secure = server instanceof TlsServer;
    server.on('connection', (socket: Socket) => {
      if (secure) this.#handshake(socket);
      else this.#since.set(socket, performance.now());
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#since.set(socket, this.#handshakes.get(endOf(socket)) ?? performance.now());
      this.#handshakes.delete(endOf(socket));
    });
  }

  /** Milliseconds since then. */
  age(socket: Socket): number {
    const now = performance.now();
    return now - (this.#since.get(socket) ?? now);
  }

  #handshake(socket: Socket): void {
    const end = endOf(socket);
    this.#handshakes.set(end, performance.now());
    socket.once('close', () => this.#handshakes.delete(end));
  }
}

/** What tells a connection from all others of its server; those over a Unix socket look alike. */
export function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
