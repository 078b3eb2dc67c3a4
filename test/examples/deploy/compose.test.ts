import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { limitTable } from 'chathub';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { missingTools } from '../../../scripts/system-tools.mjs';
import { parseServeOptions, type ServeOptions } from '../../../src/cli/serve-options.js';
import { freePort, RedisServer } from '../../engines/redis/server.js';
import { enter, RawClient } from '../../integration/clients.js';
import { Program } from '../../integration/program.js';
import { serveWeb } from '../../integration/servers.js';
import { chatClient, said } from '../../integration/web-examples.js';
import { environmentOf, stagesOf } from './dockerfile.js';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly networks?: { readonly default: { readonly ipv4_address: string } };
  readonly stop_grace_period?: string;
}

interface Compose {
  readonly services: Readonly<Record<'redis' | 'node1' | 'node2' | 'balancer', Service>>;
  readonly volumes: object;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { readonly subnet: string }[] } };
  };
}

const file = 'examples/deploy/compose.yaml';
const { services, volumes, networks }: Compose = parse(readFileSync(file, 'utf8'), { merge: true });
const { redis, node1, node2, balancer } = services;
const proxyConfig = path.resolve('examples/deploy/haproxy.cfg');
const image = stagesOf('examples/deploy/Dockerfile').at(-1)!;

/** What a node is told, by its image and by the file. */
function options({ command = [], environment = {} }: Service): ServeOptions {
  return parseServeOptions(command, { ...environmentOf(image), ...environment });
}

describe('the compose file', () => {
  test.each(Object.entries(services))(
    '%s waits for what it needs to be well, and that says how it is',
    (_, service) => {
      for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(condition).toBe('service_healthy');
        const { healthcheck, build } = services[name as keyof typeof services];
        expect(healthcheck ?? build, name).toBeDefined();
      }
      expect(service.image).toMatch(/^chathub$|^[a-z]+:\d+\.\d+-alpine$/);
    },
  );

  test('has two nodes alike, of the image that is built here, with the Redis of the file', () => {
    expect(node2).toEqual(node1);
    const context = path.resolve(path.dirname(file), node1.build?.context ?? '');
    expect(path.resolve(context, node1.build?.dockerfile ?? '')).toBe(path.resolve('examples/deploy/Dockerfile'));
    expect(options(node1).engine).toEqual({ kind: 'redis', url: 'redis://redis:6379' });
    expect(Number.parseInt(node1.stop_grace_period ?? '', 10) * 1_000).toBeGreaterThan(limitTable.drain.value);
  });

  test('has nodes that believe the load balancer, which has that address, and nobody else', () => {
    const address = balancer.networks?.default.ipv4_address ?? '';
    const { doors } = options(node1);
    expect(doors).toMatchObject({ trustProxy: [address], proxyProtocol: [address] });
    const subnet = networks.default.ipam.config[0]?.subnet ?? '';
    expect(address.startsWith(subnet.replace(/0\/24$/, ''))).toBe(true);
    expect(doors.origins).toEqual(['http://127.0.0.1:8081']);
  });

  test('lets nobody but this machine connect, at the ports of the load balancer', () => {
    const binds = [...readFileSync(proxyConfig, 'utf8').matchAll(/^ {2}bind :(\d+)$/gm)].map(([, port]) => port).sort();
    expect(balancer.ports).toEqual(binds.map((port) => `127.0.0.1:${port}:${port}`));
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual(balancer.ports);
    expect(balancer.volumes).toEqual(['./haproxy.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro']);
  });

  test('has a Redis whose file is kept', () => {
    expect(redis.volumes).toEqual(['redis:/data']);
    expect(Object.keys(volumes)).toEqual(['redis']);
    expect(redis.command?.[0]).toBe('redis-server');
  });
});

describe.skipIf(['haproxy', 'redis-server'].some((tool) => missingTools().includes(tool)))('what it starts', () => {
  test('is a configuration that HAProxy takes as it is', async () => {
    const checked = new Program('haproxy', ['-c', '-f', proxyConfig]);
    expect(await checked.exit(), checked.stderr).toMatchObject({ code: 0 });
  });

  test('is one chat behind one address, and stores what was said without a warning', async () => {
    const server = await RedisServer.start(...(redis.command?.slice(1) ?? []));
    onTestFinished(() => server.end());
    const address = balancer.networks?.default.ipv4_address ?? '';
    const flags = node1.command?.map((word) => (word === address ? 'loopback' : word)) ?? [];
    const nodes = await Promise.all([node1, node2].map(() => serveWeb('--engine', server.url, ...flags)));
    const { web, lines } = await balance(nodes.map((node) => [node.port, Number(new URL(node.web).port)]));

    const client = chatClient(`ws://127.0.0.1:${web}/chat`, { name: 'alice' });
    const lobby = await client.join('lobby');
    const bob = new RawClient(lines);
    await enter(bob, 'bob', 2);
    bob.say('Hello.');
    expect(await said(lobby, 1)).toEqual(['bob: Hello.']);
    // Redis is set up so that nothing is to be warned of.
    expect(nodes.map(({ program }) => program.stderr)).toEqual(['', '']);
  });
});

/** HAProxy with ports of this test, once both nodes are well. */
async function balance(nodes: readonly (readonly [number, number])[]) {
  const folder = mkdtempSync(path.join(tmpdir(), 'chathub-compose-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [web, lines] = [await freePort(), await freePort()];
  let config = readFileSync(proxyConfig, 'utf8').replace('bind :8081', `bind 127.0.0.1:${web}`);
  config = config.replace('bind :8080', `bind 127.0.0.1:${lines}`).replace(/^ {2}maxconn .*$/m, '  maxconn 100');
  for (const [index, [chat, page]] of nodes.entries()) {
    const name = `node${index + 1}`;
    config = config.replace(`${name}:8080 port 8081`, `127.0.0.1:${chat} port ${page}`);
    config = config.replace(`${name}:8081`, `127.0.0.1:${page}`);
  }
  const copy = path.join(folder, 'haproxy.cfg');
  writeFileSync(copy, config);
  const program = new Program('haproxy', ['-db', '-f', copy]);
  const status = () => fetch(`http://127.0.0.1:${web}/readyz`).then((answer) => answer.status, String);
  await expect.poll(status, { message: program.stderr }).toBe(200);
  return { web, lines };
}
