import assert from 'node:assert/strict';
import { type Check, until } from '../checks.js';
import type { TransportConformanceOptions } from './options.js';
import { type Link, onStage, take } from './stage.js';

const block = 'x'.repeat(65_536);

/** What becomes of peers that do not read. */
export function stallingChecks(options: TransportConformanceOptions): readonly Check[] {
  return [
    onStage(
      options,
      'a peer that does not read blocks its connection; drained() follows when it reads',
      async (stage) => {
        const { peer, hub } = await stage.link();
        const written = await fill({ peer, hub });
        const drains = hub.drains;
        peer.resume();
        const frames = await take(peer, written);
        assert.ok(
          frames.every((frame, index) => frame === `${index} ${block}`),
          'frames are changed or out of order',
        );
        await until('drained() is called', () => hub.drains > drains);
        assert.equal(hub.connection.blocked, false);
        hub.write('goes on');
        assert.deepEqual(await take(peer, 1), ['goes on']);
      },
    ),
    onStage(options, 'a peer that does not read holds up nobody else', async (stage) => {
      const [stalled, other] = [await stage.link(), await stage.link()];
      await fill(stalled);
      other.hub.write('for those who read');
      assert.deepEqual(await take(other.peer, 1), ['for those who read']);
    }),
    onStage(options, 'close() ends a connection whose peer does not read, within seconds', async (stage) => {
      const { peer, hub } = await stage.link();
      await fill({ peer, hub });
      hub.connection.close({ code: 4001, reason: 'SLOW_CONSUMER' });
      await hub.ending(15_000);
    }),
    onStage(options, 'terminate() ends a connection whose peer does not read, at once', async (stage) => {
      const { peer, hub } = await stage.link();
      await fill({ peer, hub });
      hub.connection.terminate();
      assert.equal(await hub.ending(1_000), 'lost');
    }),
    onStage(options, 'a peer that breaks off while it does not read is noticed', async (stage) => {
      const { peer, hub } = await stage.link();
      await fill({ peer, hub });
      peer.cut();
      assert.equal(await hub.ending(), 'lost');
    }),
  ];
}

/** Stalls the peer and writes until its connection stays blocked, more than any kernel takes. Gives how many frames. */
async function fill({ peer, hub }: Link): Promise<number> {
  const { connection } = hub;
  peer.stall();
  for (let written = 1; written <= 1_024; written++) {
    hub.write(`${written - 1} ${block}`);
    if (connection.blocked && (await staysBlocked(hub))) {
      assert.ok(connection.bufferedBytes > 0, 'bytes wait, and bufferedBytes is 0');
      return written;
    }
  }
  throw new Error('The peer did not read, 64 MiB were written, and the connection was never blocked');
}

/** A socket is blocked for a moment after each large write: what the kernel takes, it takes in a few turns. */
async function staysBlocked({ connection }: Link['hub']): Promise<boolean> {
  for (let turn = 0; turn < 50; turn++) {
    if (!connection.blocked) return false;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  return true;
}
