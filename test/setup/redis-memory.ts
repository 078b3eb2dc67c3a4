import type { Engine } from 'chathub';
import { afterAll, vi } from 'vitest';
import { RedisServer } from '../engines/redis/server.js';

// Every `memory()` that a test or a hub makes is a chat of its own in Redis: what holds for one process must hold there, too.
vi.mock('../../src/engines/memory.js', () => ({ memory: () => inRedis() }));

let started: Promise<RedisServer> | undefined;
let chats = 0;

function inRedis(): Engine {
  const prefix = `chat${++chats}:`;
  return {
    name: 'redis',
    async open(context) {
      started ??= RedisServer.start('--appendonly', 'yes', '--appendfsync', 'no');
      const { url } = await started;
      const { redis } = await import('../../src/engines/redis/index.js');
      return redis({ url, prefix }).open(context);
    },
  };
}

afterAll(async () => {
  await (await started)?.end();
});
