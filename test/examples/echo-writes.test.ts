import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChatHub, plainText } from 'chathub';
import { tcp } from 'chathub/tcp';
import { memoryTransport } from 'chathub/testing';
import { build } from 'esbuild';
import { expect, onTestFinished, test } from 'vitest';
import { RawClient } from '../integration/clients.js';
import { Program } from '../integration/program.js';

const lines = Array.from({ length: 10_000 }, (_, index) => `line ${index} ${'x'.repeat(index % 60)}`);
const text = lines.map((line) => `${line}\n`).join('');

/** The goal of an echo server that batches: 10,000 pipelined lines are answered in at most 200 writes, in order. */
const mostWrites = 200;

function echoHub(): ChatHub {
  const hub = new ChatHub();
  hub.on('message', ({ member, text }) => member.send(text));
  onTestFinished(() => hub.close({ drain: 0 }));
  return hub;
}

test('10,000 pipelined lines are answered in few writes to a connection', async () => {
  const hub = echoHub();
  const transport = memoryTransport({ protocol: plainText() });
  await hub.listen(transport);
  const peer = transport.connect();
  for (const line of lines) peer.send(line);
  for (const line of lines) expect(await peer.next()).toBe(line);
  expect(peer.writes).toBeLessThanOrEqual(mostWrites);
});

test('10,000 pipelined lines are answered in few writes to a socket', async () => {
  const hub = echoHub();
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  let writes = 0;
  // Before the transport's own listener: each of its calls of `write` goes through this one.
  server.on('connection', (socket: Socket) => {
    const write = socket.write;
    socket.write = function counted(this: Socket, ...args: never[]) {
      writes++;
      return Reflect.apply(write, this, args);
    } as Socket['write'];
  });
  await hub.listen(tcp({ server, protocol: plainText() }));
  const client = new RawClient((server.address() as { port: number }).port);
  client.write(text);
  await client.until('all', () => (client.output.length === text.length ? true : undefined));
  expect(client.stdout).toBe(text);
  expect(writes).toBeLessThanOrEqual(mostWrites);
});

// What the kernel was asked, by all of the process: no wrapper can miss or merge any.
test.skipIf(process.platform !== 'linux')('10,000 pipelined lines are answered in few system calls', async () => {
  const program = new Program(process.execPath, [await bundledEcho(), '127.0.0.1:0']);
  const [, port] = await program.prints(/^Listening on: 127\.0\.0\.1:(\d+)\n/);
  const client = new RawClient(Number(port));
  client.say('first');
  await client.hears('first');
  const before = writeCalls(program);
  client.write(text);
  await client.until('all', () => (client.output.length === 'first\n'.length + text.length ? true : undefined));
  const calls = writeCalls(program) - before;
  expect(client.stdout).toBe(`first\n${text}`);
  expect(calls).toBeLessThanOrEqual(mostWrites);
});

/**
 * The example as one file, for Node.js alone. A loader of TypeScript works in a thread of its own, and waking one another is a
 * system call, too: there were 30 calls in most runs, and 1,300 in some.
 */
async function bundledEcho(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'chathub-echo-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const outfile = path.join(folder, 'echo.mjs');
  const example = fileURLToPath(new URL('../../examples/echo.ts', import.meta.url));
  await build({ entryPoints: [example], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'warning' });
  return outfile;
}

/** proc(5), /proc/PID/io: "syscw", the number of write system calls. */
function writeCalls({ pid }: Program): number {
  return Number(/^syscw: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]);
}
