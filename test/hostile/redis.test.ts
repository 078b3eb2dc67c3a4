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

  const serve = arena('serve over Redis', async () => {
    server = await RedisServer.start('--appendonly', 'yes');
    return Target.serve('--engine', server.url);
  });
  const application = arena('an application over Redis', () => Target.fixture('application', redis().url));

  function redis(): RedisServer {
    if (server === undefined) throw new Error('Redis was not started.');
    return server;
  }

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
