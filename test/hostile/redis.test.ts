import { afterAll, describe } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { RedisServer } from '../engines/redis/server.js';
import { arena } from './arena.js';
import { names } from './redis/names.js';
import { publishing } from './redis/publishing.js';
import { Target } from './target.js';

// Two servers of one chat in Redis: what names come to there, and what comes from others who can publish.

describe.skipIf(missingTools().includes('redis-server'))('over Redis', () => {
  let server: RedisServer | undefined;
  afterAll(() => server?.end());

  function redis(): RedisServer {
    if (server === undefined) throw new Error('Redis was not started.');
    return server;
  }

  // One in the other: whatever one finds at its end, the other comes to its end, too, and so does Redis.
  describe('a server', () => {
    const serve = arena('serve over Redis', async () => {
      server = await RedisServer.start('--appendonly', 'yes');
      return Target.serve('--engine', server.url);
    });

    describe('and another', () => {
      const application = arena('an application over Redis', () => Target.fixture('application', redis().url));
      const servers = {
        redis,
        serve: serve.arena,
        attackServe: serve.attack,
        application: application.arena,
        attackApplication: application.attack,
      };
      names(servers);
      publishing(servers);
    });
  });
});
