import assert from 'node:assert/strict';
import type { Check } from '../checks.js';
import type { TransportConformanceOptions } from './options.js';
import { numbered, onStage, take } from './stage.js';

/** Framing, and the writing side of Connection. */
export function writingChecks(options: TransportConformanceOptions): readonly Check[] {
  return [
    onStage(options, 'what is written arrives whole and in order, from accept on', async (stage) => {
      const frames = numbered(2_000);
      stage.onAccept = (connection) => {
        connection.write(connection.framing.frame(frames.slice(0, 3)).bytes);
        return undefined;
      };
      const { peer, hub } = await stage.link();
      for (const frame of frames.slice(3, 1_000)) hub.write(frame);
      hub.write(...frames.slice(1_000));
      assert.deepEqual(await take(peer, frames.length), frames);
    }),
    onStage(options, 'any text arrives unchanged', async (stage) => {
      const { peer, hub } = await stage.link();
      const texts = ['\u{FEFF}a mark', 'é 中 🎉 e\u0301', '\u2028\u0085', '{"a":"\\n"}', 'x'.repeat(100_000)];
      hub.write(...texts);
      assert.deepEqual(await take(peer, texts.length), texts);
    }),
    onStage(options, 'payloads that are framed together are the bytes of each, one after the other', async (stage) => {
      const { framing } = (await stage.link()).hub.connection;
      const payloads = Object.freeze(['one', '', '中文 🎉', 'x'.repeat(70_000), 'last']);
      const { bytes, ends } = framing.frame(payloads);
      const alone = payloads.map((payload) => framing.frame([payload]).bytes);
      const cut = payloads.map((_, index) => bytes.subarray(ends[index - 1] ?? 0, ends[index]));
      assert.ok(
        alone.every((frame, index) => equal(frame, cut[index])),
        'a part of the batch is not the frame alone',
      );
      assert.equal(ends.at(-1), bytes.length);
      assert.ok(equal(framing.frame(payloads).bytes, bytes), 'framing is not pure');
      assert.equal(framing.frame([]).bytes.length, 0);
      assert.deepEqual([...framing.frame([]).ends], []);
    }),
    onStage(options, 'connections that frame alike share one framing', async (stage) => {
      const [one, other] = [await stage.link(), await stage.link()];
      assert.equal(one.hub.connection.framing, other.hub.connection.framing);
    }),
    onStage(options, 'a part of a framed batch can be written alone, and is left as it was', async (stage) => {
      const [one, other] = [await stage.link(), await stage.link()];
      const { bytes, ends } = one.hub.connection.framing.frame(['for both', 'for one', 'for both again']);
      const before = bytes.slice();
      one.hub.connection.write(bytes);
      other.hub.connection.write(bytes.subarray(0, ends[0]));
      other.hub.connection.write(bytes.subarray(ends[1]));
      assert.deepEqual(await take(one.peer, 3), ['for both', 'for one', 'for both again']);
      assert.deepEqual(await take(other.peer, 2), ['for both', 'for both again']);
      assert.ok(equal(bytes, before), 'the bytes were changed');
    }),
    onStage(options, 'an answer that is framed as its frame asks arrives', async (stage) => {
      const { peer, hub } = await stage.link();
      hub.onFrame = (frame, framing) => hub.connection.write(framing.frame([`${frame}!`]).bytes);
      for (const frame of numbered(100)) peer.send(frame);
      assert.deepEqual(
        await take(peer, 100),
        numbered(100).map((frame) => `${frame}!`),
      );
    }),
  ];
}

function equal(one: Uint8Array, other: Uint8Array | undefined): boolean {
  return one.length === other?.length && one.every((byte, index) => byte === other[index]);
}
