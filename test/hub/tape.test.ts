import { describe, expect, test } from 'vitest';
import { Tape } from '../../src/hub/tape.js';
import { LF } from '../../src/transports/tcp/framing.js';
import { plain } from '../../src/transports/websocket/framing.js';

/** A batch of 60 messages, of which a slow member still waits for one. */
function excerptOf(framing: typeof LF): Uint8Array {
  const tape = new Tape(framing);
  for (let n = 0; n < 60; n++) tape.push(`${n} ${'x'.repeat(1_000)}`);
  return tape.excerpt(7, 8).bytes(0, 1);
}

// `Buffer.prototype.slice` gives a view: with the framings of real sockets, what was to be a copy kept whole batches alive.
describe('an excerpt for a slow member is memory of its own', () => {
  test.each([
    ['lines', LF, `7 ${'x'.repeat(1_000)}\n`],
    ['WebSocket', plain, undefined],
  ])('of %s', (_name, framing, expected) => {
    const bytes = excerptOf(framing);
    expect(bytes.buffer.byteLength).toBe(bytes.byteLength);
    if (expected !== undefined) expect(String(Buffer.from(bytes))).toBe(expected);
  });
});
