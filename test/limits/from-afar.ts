import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { Limits } from 'chathub';
import { tcp } from 'chathub/tcp';
import { virtualClock } from 'chathub/testing';
import { webSocket } from 'chathub/websocket';
import { onTestFinished } from 'vitest';
import { host } from '../hub/set-up.js';
import { RawClient } from '../integration/clients.js';
import { addressOf, application } from '../transports/websocket/application.js';
import { type Answer, ask, type RawSocket, upgraded } from '../transports/websocket/raw-frames.js';

/**
 * A hub with both transports whose peers seem to come from wherever the test says: a test has loopback alone, which limits per
 * address do not concern.
 */
export async function fromAfar(limits: Partial<Limits>) {
  let from = '';
  const pretend = (socket: object) => Object.defineProperty(socket, 'remoteAddress', { value: from });
  const [clock, web, http, server] = [virtualClock(), webSocket({ path: '/chat' }), createServer(), createTcpServer()];
  http.on('upgrade', (request, socket, head) => {
    pretend(socket);
    web.handleUpgrade(request, socket, head);
  });
  server.on('connection', pretend);
  await application(http);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { hub } = await host({ clock, limits }, web, tcp({ server }));
  const url = addressOf(http);
  const { port } = server.address() as AddressInfo;

  return {
    hub,
    clock,
    /** By WebSocket, once it is let in. */
    enter(address: string): Promise<RawSocket> {
      from = address;
      return upgraded(url);
    },
    /** What a WebSocket is answered. It goes at once. */
    ask(address: string): Promise<Answer> {
      from = address;
      return ask(url);
    },
    /** By TCP, and what it is told first. */
    async dial(address: string) {
      from = address;
      const client = new RawClient(port);
      return { client, told: await client.nextLine() };
    },
  };
}
