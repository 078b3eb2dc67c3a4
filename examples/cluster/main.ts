// One chat on two nodes: two processes, which could be on two machines, share its rooms by Redis.
//
//   npm run example:cluster      and in two other terminals: telnet 127.0.0.1 8080 and telnet 127.0.0.1 8090
//
// REDIS_URL says which Redis; without it, this starts a redis-server that lives as long as the example.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { startRedis } from './redis.js';

const [first = '8080', second = '8090'] = process.argv.slice(2);

try {
  const { REDIS_URL } = process.env;
  const own = REDIS_URL ? undefined : await startRedis();
  const url = own?.url ?? REDIS_URL ?? '';
  if (own !== undefined) console.log(`Redis: ${url}`);

  // The nodes know nothing of each other but the URL.
  const nodes = [first, second].map((port, index) =>
    fork(new URL('node.ts', import.meta.url), [`node ${index + 1}`, url, port]),
  );
  const end = () => {
    for (const node of nodes) node.kill('SIGINT');
  };
  // A terminal tells the nodes as well; twice does no harm.
  process.on('SIGINT', end);

  const codes = await Promise.all(
    nodes.map(async (node) => {
      const [code] = (await once(node, 'exit')) as [number | null];
      // It could not listen. One that was killed is no reason to end the other: people go on there.
      if (code === 1) end();
      return code;
    }),
  );
  // Last: the nodes give back in Redis what they hold.
  await own?.stop();
  process.exitCode = codes.includes(1) ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
