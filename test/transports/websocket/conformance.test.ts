import { once } from 'node:events';
import { createServer } from 'node:http';
import net from 'node:net';
import type { Protocol } from 'chathub';
import { transportConformance } from 'chathub/testing';
import { webSocket } from 'chathub/websocket';
import { describe, onTestFinished, test } from 'vitest';
import { rawPeer } from './raw-peer.js';

describe('webSocket() on a port of its own keeps the contract of transports', () => {
  const checks = transportConformance({
    create: (protocol) => reached(webSocket({ port: 0, protocol })),
    async createFailing() {
      const owner = net.createServer().listen(0, '127.0.0.1');
      await once(owner, 'listening');
      onTestFinished(() => void owner.close());
      return webSocket({ port: (owner.address() as net.AddressInfo).port });
    },
    halfClose: false,
    leave: true,
  });
  for (const { name, run } of checks) test(name, run);
});

describe("webSocket() on the application's server keeps the contract of transports", () => {
  const checks = transportConformance({
    create: async (protocol) => reached(webSocket({ server: await httpServer(), path: '/chat', protocol })),
    halfClose: false,
    leave: true,
  });
  for (const { name, run } of checks) test(name, run);
});

describe('webSocket() with compression keeps the contract of transports', () => {
  const checks = transportConformance({
    create: (protocol: Protocol) => reached(webSocket({ port: 0, protocol, compression: true }), true),
    halfClose: false,
    leave: true,
  });
  // What this one writes until a connection blocks compresses to next to nothing.
  const incompressible = checks.filter(({ name }) => !/does not read/.test(name));
  for (const { name, run } of incompressible) test(name, run);
});

async function httpServer() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server;
}

function reached(transport: ReturnType<typeof webSocket>, perMessageDeflate = false) {
  let address: string | undefined;
  return {
    transport,
    connect() {
      // Remembered, as it is empty once the transport has stopped.
      address ??= transport.addresses[0];
      return rawPeer(String(address), { perMessageDeflate });
    },
  };
}
