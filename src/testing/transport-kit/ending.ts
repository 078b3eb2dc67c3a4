import assert from 'node:assert/strict';
import { type Check, until } from '../checks.js';
import type { HubSide } from './hub-side.js';
import type { RawPeer, TransportConformanceOptions } from './options.js';
import { numbered, onStage, take, within } from './stage.js';

const reason = { code: 4002, reason: 'SHUTDOWN' };

/** How connections end: `closed()` once, as the last thing. The stage itself looks for what comes after it. */
export function endingChecks(options: TransportConformanceOptions): readonly Check[] {
  return [
    onStage(options, 'close() lets what was written arrive first', async (stage) => {
      const { peer, hub } = await stage.link();
      const frames = numbered(1_000);
      for (const frame of frames) hub.write(frame);
      hub.connection.close(reason);
      assert.deepEqual(await take(peer, frames.length), frames);
      await mustEnd(peer);
      await hub.ending();
    }),
    onStage(options, 'terminate() ends a connection', async (stage) => {
      const { peer, hub } = await stage.link();
      hub.connection.terminate();
      assert.equal(await hub.ending(), 'lost');
      await within('the end of the connection', peer.closed);
    }),
    onStage(options, 'after close() nothing that the hub calls throws, or writes', async (stage) => {
      const { peer, hub } = await stage.link();
      hub.connection.close(reason);
      useAll(hub);
      await hub.ending();
      useAll(hub);
      hub.connection.terminate();
      await mustEnd(peer);
    }),
    onStage(options, 'closed() is not called within close() or terminate()', async (stage) => {
      const [one, other] = [await stage.link(), await stage.link()];
      one.hub.connection.close(reason);
      other.hub.connection.terminate();
      assert.deepEqual([...one.hub.endings, ...other.hub.endings], []);
    }),
    onStage(options, 'a connection that is closed while a frame is handled ends well', async (stage) => {
      const { peer, hub } = await stage.link();
      hub.onFrame = () => hub.connection.close(reason);
      for (const frame of numbered(100)) peer.send(frame);
      await hub.ending();
      await within('the end of the connection', peer.closed);
    }),
    onStage(options, 'a connection that is closed within accept ends well', async (stage) => {
      stage.onAccept = (connection) => {
        connection.close(reason);
        return undefined;
      };
      const { hub } = await stage.link();
      await hub.ending();
    }),
    onStage(options, 'a peer that breaks off is lost', async (stage) => {
      const { peer, hub } = await stage.link();
      peer.cut();
      assert.equal(await hub.ending(), 'lost');
    }),
    ...(options.halfClose === false ? [] : halfClosing(options)),
    ...(options.leave === true ? [leaving(options)] : []),
  ];
}

function halfClosing(options: TransportConformanceOptions): readonly Check[] {
  return [
    onStage(
      options,
      'a peer that sends no more still reads until the hub closes, and has ended then',
      async (stage) => {
        const { peer, hub } = await stage.link();
        peer.send('last words');
        peer.end?.();
        await until('ended() is called', () => hub.ends === 1);
        assert.deepEqual(hub.frames, ['last words']);
        hub.write('an answer');
        hub.connection.close({ code: 1000, reason: '' });
        assert.deepEqual(await take(peer, 1), ['an answer']);
        await within('the end of the connection', peer.closed);
        assert.equal(await hub.ending(), 'ended');
      },
    ),
    onStage(options, 'a peer that breaks off after it sent no more is gone', async (stage) => {
      const { peer, hub } = await stage.link();
      peer.end?.();
      await until('ended() is called', () => hub.ends === 1);
      peer.cut();
      hub.write('into the void');
      hub.connection.close({ code: 1000, reason: '' });
      await hub.ending();
    }),
  ];
}

function leaving(options: TransportConformanceOptions): Check {
  return onStage(options, 'a peer that leaves is gone in good order, after its frames', async (stage) => {
    const { peer, hub } = await stage.link();
    for (const frame of numbered(10)) peer.send(frame);
    peer.leave?.();
    assert.equal(await hub.ending(), 'normal');
    assert.deepEqual(hub.frames, numbered(10));
  });
}

/** And nothing more comes. */
async function mustEnd(peer: RawPeer): Promise<void> {
  await within('the end of the connection', peer.closed);
  const frame = await within(
    'an answer of next()',
    peer.next().catch(() => undefined),
  );
  assert.equal(frame, undefined);
}

function useAll({ connection }: HubSide): void {
  connection.write(connection.framing.frame(['too late']).bytes);
  connection.pause();
  connection.resume();
  connection.close(reason);
}
