import type { Limits } from 'chathub';
import { webSocket } from 'chathub/websocket';
import { expect } from 'vitest';
import { host } from '../../hub/set-up.js';
import { bystanders } from './bystanders.js';
import { closeFrame, upgraded } from './raw-frames.js';

/** A hub with a client of bare bytes, and others who must not notice it. */
export async function scene(limits: Partial<Limits> = {}) {
  const transport = webSocket({ port: 0 });
  const unlimited = { sendsPerSecond: Number.POSITIVE_INFINITY, commandsPerSecond: Number.POSITIVE_INFINITY };
  const { hub } = await host({ limits: { ...unlimited, ...limits } }, transport);
  const address = String(transport.addresses[0]);
  const others = await bystanders(address);
  return { hub, address, others, client: await upgraded(address) };
}

/** What the close frame says that answers these bytes. The connection is then no more, and nobody else has noticed. */
export async function closingAfter(bytes: readonly Uint8Array[], limits: Partial<Limits> = {}) {
  const { hub, others, client } = await scene(limits);
  const closing = await others.during(
    (async () => {
      void client.send(Buffer.concat(bytes));
      const closing = await client.closing();
      void client.send(closeFrame(1000));
      await client.gone();
      return closing;
    })(),
  );
  await expect.poll(() => hub.status().connections).toBe(2);
  return closing;
}
