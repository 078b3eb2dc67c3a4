import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * A redis-server on a free port of this machine, with its files in a temporary folder.
 *
 * @throws Error that says what to do when there is none
 */
export async function startRedis(): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'chathub-example-'));
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
  ];
  // A group of its own: Ctrl-C in a terminal is for the nodes first, who still need it.
  const server = spawn('redis-server', settings, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(server, 'close').catch(() => undefined);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', () => reject(new Error(advice)));
      server.once('exit', () => reject(new Error('redis-server has ended.')));
      server.stdout.on('data', (log) => String(log).includes('Ready to accept connections') && resolve());
    });
  } catch (error) {
    await rm(folder, { recursive: true });
    throw error;
  }
  const stop = async () => {
    server.kill();
    await gone;
    await rm(folder, { recursive: true });
  };
  return { url: `redis://127.0.0.1:${port}`, stop };
}

const advice =
  'There is no redis-server here. Install it (apt-get install redis-server, brew install redis), or say where one is:\n' +
  'REDIS_URL=redis://127.0.0.1:6379 npm run example:cluster';

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
