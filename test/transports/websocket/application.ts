import { once } from 'node:events';
import type { Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server whose only route is /, and which is closed when the test is over. */
export async function application<S extends Server | SecureServer>(server: S): Promise<S> {
  server.on('request', (_request, response) => response.end('the home page'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closeAfterwards(server);
  return server;
}

/** It, and all its connections, when the test is over. */
export function closeAfterwards(server: Server | SecureServer): void {
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
}

/** Where a WebSocket of that path is, if there is one. */
export function addressOf(server: Server | SecureServer, path = '/chat'): string {
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}
