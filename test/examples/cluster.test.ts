import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { RedisServer } from '../engines/redis/server.js';
import { arrive, enter, RawClient } from '../integration/clients.js';
import { Program } from '../integration/program.js';
import { chatClient, said } from '../integration/web-examples.js';

function run(environment: NodeJS.ProcessEnv = {}, ...ports: readonly string[]): Program {
  const clean = { REDIS_URL: undefined, ...environment };
  return new Program(process.execPath, ['--import', 'tsx', 'examples/cluster/main.ts', ...ports], clean);
}

/** Two nodes that listen, each for telnet and for clients. */
async function started(environment: NodeJS.ProcessEnv = {}) {
  const program = run(environment, '0', '0');
  // A test that fails must leave no redis-server behind.
  onTestFinished(async () => {
    program.kill('SIGINT');
    await program.exit();
  });
  const nodes = [];
  for (const number of [1, 2]) {
    const listening = new RegExp(`^node ${number}: telnet 127\\.0\\.0\\.1 (\\d+), or a client at (ws:\\S+)$`, 'm');
    const [, port, chat = ''] = await program.prints(listening);
    nodes.push({ port: Number(port), chat });
  }
  return { program, first: nodes[0]!, second: nodes[1]! };
}

describe.skipIf(missingTools().includes('redis-server'))('two nodes', () => {
  test('are one chat: people at both of them meet in the lobby, whichever way they came', async () => {
    const { program, first, second } = await started();
    const alice = new RawClient(first.port);
    await enter(alice, 'alice', 1);
    const bob = new RawClient(second.port);
    const { name } = await enter(bob, 'bob', 2);
    await alice.hears(`[lobby] * ${name} joined (2 here)`, `[lobby] * ${name} is now bob`);
    const carol = await chatClient(second.chat, { name: 'carol' }).join('lobby');
    await alice.hears('[lobby] * carol joined (3 here)');
    alice.say('hello');
    await bob.hears('[lobby] * carol joined (3 here)', '[lobby] alice: hello');
    bob.say('Hello, Alice!');
    await alice.hears('[lobby] bob: Hello, Alice!');
    expect(await said(carol, 2)).toEqual(['alice: hello', 'bob: Hello, Alice!']);
    await program.prints(/^node 2: carol joined lobby$/m);
  });

  test('end at Ctrl-C, and so does the Redis that came with them', async () => {
    const { program, first, second } = await started();
    const [, redis] = await program.prints(/^Redis: redis:\/\/127\.0\.0\.1:(\d+)$/m);
    const people = [new RawClient(first.port), new RawClient(second.port)];
    for (const person of people) {
      await arrive(person);
      await person.hears(/^\* Joined lobby \(\d here\)\.$/);
    }
    program.kill('SIGINT');
    for (const person of people)
      await person.until(
        'goodbye',
        () => /^\* Server is restarting; come back in \d+ s\.\r?$/m.exec(person.stdout) ?? undefined,
      );
    expect(await program.exit()).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
    const [error] = await once(connect(Number(redis), '127.0.0.1'), 'error');
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('use the Redis of REDIS_URL, and leave it as it is', async () => {
    const server = await RedisServer.start('--appendonly', 'yes');
    onTestFinished(() => server.end());
    const { program, first } = await started({ REDIS_URL: server.url });
    const alice = new RawClient(first.port);
    await enter(alice, 'alice', 1);
    alice.say('kept');
    await expect.poll(() => server.ask('LLEN', 'chathub:{lobby}:log')).toBe(1);
    expect(program.stdout).not.toContain('Redis: ');
    program.kill('SIGINT');
    expect(await program.exit()).toEqual({ code: 0, signal: null });
    expect(await server.ask('PING')).toBe('PONG');
  });

  test('end together with a line that says why when one of them can not listen', async () => {
    const { first } = await started();
    const second = run({}, '0', String(first.port));
    expect(await second.exit()).toEqual({ code: 1, signal: null });
    expect(second.stderr, second.stderr).toMatch(/^node 2: Cannot listen on 127\.0\.0\.1:\d+: [^\n]+\n$/);
  });
});

test('without a redis-server it says what to do', async () => {
  const program = run({ PATH: '/nowhere' }, '0', '0');
  expect(await program.exit()).toEqual({ code: 1, signal: null });
  expect(program.stderr).toMatch(
    /^There is no redis-server here\. Install it [^\n]+\nREDIS_URL=\S+ npm run example:cluster\n$/,
  );
  expect(program.stdout).toBe('');
});
