import { expect, test } from 'vitest';
import { chat, lineChat } from '../hub/set-up.js';

// JSON has no Infinity: programs were told `"retryAfter":null`, and people to come back in Infinity s.
test('a hub that may take for ever to close says all the same when to come back', async () => {
  const limits = { drain: Number.POSITIVE_INFINITY };
  const { hub, connect } = await chat({ limits });
  const alice = await connect('alice');
  await hub.close();
  const { retryAfter } = await alice.next('bye');
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(10_000);
  const people = await lineChat({ limits });
  const peer = people.transport.connect();
  await peer.next();
  await people.hub.close();
  expect(peer.received.at(-1)).toMatch(/^\* Server is restarting; come back in \d+ s\.$/);
});
