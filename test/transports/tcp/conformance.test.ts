import { once } from 'node:events';
import net from 'node:net';
import { tcp } from 'chathub/tcp';
import { transportConformance } from 'chathub/testing';
import { describe, onTestFinished, test } from 'vitest';
import { rawPeer } from './raw-peer.js';

describe('tcp keeps the contract of transports', () => {
  const checks = transportConformance({
    create(protocol) {
      const transport = tcp({ port: 0, host: '127.0.0.1', protocol });
      let address: string | undefined;
      return {
        transport,
        connect() {
          // Remembered, as it is empty once the transport has stopped.
          address ??= transport.addresses[0];
          return rawPeer(String(address));
        },
      };
    },
    async createFailing() {
      const owner = net.createServer().listen(0, '127.0.0.1');
      await once(owner, 'listening');
      onTestFinished(() => void owner.close());
      return tcp({ port: (owner.address() as net.AddressInfo).port, host: '127.0.0.1' });
    },
  });
  for (const { name, run } of checks) test(name, run);
});
