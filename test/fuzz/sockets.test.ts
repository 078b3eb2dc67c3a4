import { once } from 'node:events';
import { connect } from 'node:net';
import { ChatHub, json } from 'chathub';
import { tcp } from 'chathub/tcp';
import { connectClient, memoryTransport, objectProtocol, type TestClient } from 'chathub/testing';
import { webSocket } from 'chathub/websocket';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { cut, input } from '../transports/tcp/hostile-bytes.js';
import { CONTINUATION, closeFrame, frame, PING, TEXT, upgradeRequest } from '../transports/websocket/raw-frames.js';
import { commands, nearMisses, wire } from './commands.js';
import { damaged, text } from './hostile.js';
import { fuzz } from './runs.js';

const sentence = fc.oneof(commands, nearMisses).map(wire);
const line = fc.oneof(sentence, damaged(sentence), text).map((said) => Buffer.from(`${said}\n`));
const bytes = fc.oneof(
  input.map(({ bytes }) => Buffer.from(bytes)),
  fc.array(line, { maxLength: 6 }).map((lines) => Buffer.concat(lines)),
  fc.uint8Array({ maxLength: 60 }).map((any) => Buffer.from(any)),
);
const frames = fc
  .array(
    fc.oneof(
      sentence.map((said) => frame(TEXT, said)),
      fc
        .tuple(fc.constantFrom(TEXT, CONTINUATION, PING), text)
        .map(([code, said]) => frame(code, said, { more: true })),
      fc.tuple(fc.integer({ min: 999, max: 5_000 }), text).map(([code, reason]) => closeFrame(code, reason)),
      fc.uint8Array({ maxLength: 12 }).map((any) => Buffer.from(any)),
    ),
    { maxLength: 6 },
  )
  .map((all) => Buffer.concat(all));
const ending = fc.constantFrom('end', 'reset', 'destroy' as const);
const lengths = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 4 });

describe('whatever is sent to a port', () => {
  const errors: unknown[] = [];
  const report = (error: unknown) => void errors.push(error);
  const near = memoryTransport({ protocol: objectProtocol({ limited: false }) });
  const [typed, programs, web] = [tcp({ port: 0 }), tcp({ port: 0, protocol: json() }), webSocket({ port: 0 })];
  const hub = new ChatHub({ limits: { connectionsPerAddress: 1_000 }, policies: { moderate: () => true } });
  const bystanders: TestClient[] = [];

  beforeAll(async () => {
    process.on('unhandledRejection', report);
    hub.on('error', report);
    await hub.listen(near, typed, programs, web);
    for (const name of ['bystander', 'another']) bystanders.push(await connectClient(near, { name }));
    for (const bystander of bystanders) await bystander.join('elsewhere');
  });
  afterAll(async () => {
    await hub.close({ signal: AbortSignal.abort() });
    process.off('unhandledRejection', report);
  });

  fuzz(
    'the server is the same after it: nothing is thrown, and others talk on',
    fc.asyncProperty(
      fc.nat(2),
      bytes,
      frames,
      lengths,
      ending,
      fc.boolean(),
      async (port, bytes, frames, lengths, ending, upgrades) => {
        const address = String([typed, programs, web][port]?.addresses[0]);
        const isWeb = address.startsWith('ws');
        const head = isWeb && upgrades ? upgradeRequest(address) : '';
        await send(address, [Buffer.from(head), ...cut([...(isWeb ? frames : bytes)], lengths)], ending);
        const [one, other] = bystanders as [TestClient, TestClient];
        await one.say('elsewhere', 'still here');
        expect((await other.next('message')).text).toBe('still here');
        expect(errors.splice(0)).toEqual([]);
      },
    ),
    0.03,
  );
});

async function send(
  address: string,
  chunks: readonly Uint8Array[],
  ending: 'end' | 'reset' | 'destroy',
): Promise<void> {
  const { hostname, port } = new URL(address.replace(/^\w+:/, 'http:'));
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  socket.on('error', () => undefined).resume();
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  for (const chunk of chunks) {
    if (socket.writable) socket.write(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (ending === 'end') socket.end();
  else if (ending === 'reset') socket.resetAndDestroy();
  else socket.destroy();
  // Whoever is not done with it is not waited for.
  if (ending !== 'end') await closed;
  else setTimeout(() => socket.destroy(), 20).unref();
}
