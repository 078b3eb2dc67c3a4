import assert from 'node:assert/strict';
import type { Check } from '../checks.js';
import { until } from '../checks.js';
import type { TransportConformanceOptions } from './options.js';
import { frameBytes, type Link, numbered, onStage, take } from './stage.js';

/** Texts that a careless decoder changes: a byte order mark, characters of each UTF-8 length, joiners, no characters, controls. */
const texts = [
  'plain',
  ' spaces around ',
  '\u{FEFF}a byte order mark',
  'é ß Ж 中 日本語 𝔘 🎉',
  'e\u0301 👩‍👩‍👧‍👦 \u202Ertl',
  '\u2028 \u2029 \u0085',
  '/slash //slashes',
  'tab\tinside \u001B[31m \u0007',
  '\uFFFD \uFFFE \u{10FFFF}',
  '__proto__',
];

/** Clauses 2 and 3 of Transport, and the reading side of Connection. */
export function readingChecks(options: TransportConformanceOptions): readonly Check[] {
  return [
    onStage(options, 'frames come in the order in which they were sent', async (stage) => {
      const { peer, hub } = await stage.link();
      const frames = numbered(2_000);
      for (const frame of frames) peer.send(frame);
      await hub.received(frames.length);
      assert.deepEqual(hub.frames, frames);
    }),
    onStage(options, 'what a peer sends before the hub has heard of it is not lost', async (stage) => {
      const peer = await stage.connect();
      peer.send('early');
      await until('the frame is received', () => stage.sides[0]?.frames.length === 1);
      assert.deepEqual(stage.sides[0]?.frames, ['early']);
    }),
    onStage(options, 'frames come whole and unchanged, whatever text they hold', async (stage) => {
      const { peer, hub } = await stage.link();
      for (const text of texts) peer.send(text);
      await hub.received(texts.length);
      assert.deepEqual(hub.frames, texts);
    }),
    onStage(options, 'a frame of as many bytes as frameBytes comes whole', async (stage) => {
      const { peer, hub } = await stage.link();
      // Three bytes each, and one that does not fit evenly.
      const longest = `${'€'.repeat(Math.floor(frameBytes / 3))}${'x'.repeat(frameBytes % 3)}`;
      peer.send(longest);
      await hub.received(1);
      assert.ok(hub.frames[0] === longest, 'the frame came changed');
    }),
    onStage(
      options,
      'a frame of more bytes than frameBytes never comes as text, and costs its sender only',
      async (stage) => {
        const [{ peer, hub }, other] = [await stage.link(), await stage.link()];
        peer.send('€'.repeat(Math.floor(frameBytes / 3) + 1));
        peer.send('afterwards');
        await until('the frame is refused', () => hub.frames.length > 0 || hub.endings.length > 0);
        if (hub.frames.length > 0) assert.deepEqual(hub.frames[0], { bad: 'TOO_LONG' });
        await mustTalk(other);
      },
    ),
    onStage(options, 'a peer that breaks off costs itself only', async (stage) => {
      const [{ peer, hub }, other] = [await stage.link(), await stage.link()];
      for (const frame of numbered(100)) peer.send(frame);
      // A socket with bytes still to send goes with a FIN (net.Socket.resetAndDestroy ends first), which is not this check.
      await hub.received(100);
      peer.cut();
      await hub.ending();
      await mustTalk(other);
    }),
    onStage(
      options,
      'a paused connection brings nothing, and everything in order when it is resumed',
      async (stage) => {
        stage.onAccept = (connection) => {
          if (stage.sides.length === 0) connection.pause();
          return undefined;
        };
        const [{ peer, hub }, other] = [await stage.link(), await stage.link()];
        const frames = numbered(500);
        for (const frame of frames) peer.send(frame);
        // Time for it to be wrong in, without a sleep.
        for (let round = 0; round < 20; round++) await mustTalk(other);
        assert.deepEqual(hub.frames, []);
        hub.connection.resume();
        await hub.received(frames.length);
        assert.deepEqual(hub.frames, frames);
      },
    ),
    onStage(options, 'pausing and resuming within a frame keeps the order', async (stage) => {
      const { peer, hub } = await stage.link();
      hub.onFrame = () => {
        hub.connection.pause();
        hub.connection.resume();
      };
      const frames = numbered(200);
      for (const frame of frames) peer.send(frame);
      await hub.received(frames.length);
      assert.deepEqual(hub.frames, frames);
    }),
  ];
}

/** There and back. */
async function mustTalk({ peer, hub }: Link): Promise<void> {
  const before = hub.frames.length;
  peer.send('hello');
  await hub.received(before + 1);
  assert.equal(hub.frames[before], 'hello');
  hub.write('welcome');
  assert.deepEqual(await take(peer, 1), ['welcome']);
}
