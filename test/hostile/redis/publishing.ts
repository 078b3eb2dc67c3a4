import { describe, expect } from 'vitest';
import type { WebSocketClient } from '../../integration/json-client.js';
import { seenBy } from '../application/seen.js';
import { garbage, nonsense } from './garbage.js';
import { goesOn, pairAt, publish, type TwoServers } from './two-servers.js';

/** "Engine" of the page: what others publish to our channels. */
export function publishing(servers: TwoServers): void {
  const { serve, attackServe, application, attackApplication } = servers;
  const dropped = async (client: WebSocketClient) => (await seenBy(client)).facts.dropped ?? 0;

  describe('Redis: garbage', () => {
    for (const [what, message] of garbage)
      attackApplication(`to every channel is dropped and counted: ${what}`, async () => {
        const pair = await pairAt(application);
        const before = await dropped(pair.client);
        // Of logs, of facts and of presence; and of signals, where it is no JSON.
        expect(await publish(servers, /./, message)).toBeGreaterThan(8);
        await expect.poll(async () => (await dropped(pair.client)) - before).toBeGreaterThan(6);
        await goesOn(pair);
      });

    for (const [what, channel] of [
      ['logs', /:entries$/],
      ['facts', /:facts$/],
      ['presence', /:c:/],
      ['the signals of rooms', /:signal:\{room/],
      ['the signals of nodes', /:signal:\{node/],
    ] as const)
      attackServe(`of all kinds to ${what} is dropped`, async () => {
        const pair = await pairAt(serve);
        const messages = [...garbage, ...nonsense].map(([, message]) => message);
        expect(await publish(servers, channel, ...messages)).toBeGreaterThan(0);
        await goesOn(pair);
      });
  });
}
