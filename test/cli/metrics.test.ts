import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { enter, RawClient } from '../integration/clients.js';
import { chathub, serve, serveWeb } from '../integration/servers.js';
import { parseExposition, problemsOf, sampleValue } from '../metrics/exposition.js';

/** A server whose metrics are somewhere, and where. */
async function measured(...options: readonly string[]) {
  const server = await serve('--metrics', '0', ...options);
  const [, url = ''] = await server.program.prints(/^Metrics are at (\S+)$/m);
  return { ...server, url };
}

describe('chathub serve --metrics', () => {
  test('answers Prometheus, on an address of its own', async () => {
    const { port, url } = await measured('--web', 'off');
    const alice = new RawClient(port);
    await enter(alice, 'alice', 1);
    alice.say('hello', '/who');
    await alice.hears('* alice');
    const response = await fetch(url);
    expect(response.status).toBe(200);
    // What the exposition format demands.
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const families = parseExposition(await response.text());
    const ours = new Map([...families].filter(([name]) => name.startsWith('chathub_')));
    expect(ours.size).toBeGreaterThan(25);
    expect(problemsOf(ours)).toEqual([]);
    expect(sampleValue(families, 'chathub_messages_total', { by: 'room' })).toBe(1);
    expect(sampleValue(families, 'chathub_connections', { transport: 'tcp' })).toBe(1);
    expect(sampleValue(families, 'process_resident_memory_bytes')).toBeGreaterThan(10_000_000);
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(sampleValue(families, 'chathub_build_info', { version })).toBe(1);
  });

  test('has no body for HEAD, no other method, and nothing else', async () => {
    const { url } = await measured('--web', 'off');
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1_000);
    const post = await fetch(url, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    for (const path of ['/', '/chat', '/metrics/', '/metricsx'])
      expect((await fetch(new URL(path, url))).status).toBe(404);
    expect((await fetch(`${url}?name=x`)).status).toBe(200);
  });

  test('is not where the page is, and nowhere unless it is asked for', async () => {
    const { web, program } = await serveWeb();
    expect((await fetch(`${web}/metrics`)).status).toBe(404);
    expect(program.stdout).not.toContain('Metrics');
    const off = await serve('--web', 'off', '--metrics', 'off');
    off.program.kill('SIGTERM');
    await off.program.exit();
    expect(off.program.stdout).not.toContain('Metrics');
  });

  test('may come from the environment, and ends with the server', async () => {
    const program = chathub(['serve', '--tcp', '0', '--web', 'off'], { CHATHUB_METRICS: '127.0.0.1:0' });
    const [, url = ''] = await program.prints(/^Metrics are at (\S+)$/m);
    expect((await fetch(url)).status).toBe(200);
    const open = request(url).end();
    const [response] = await once(open, 'response');
    response.resume();
    program.kill('SIGTERM');
    expect(await program.exit()).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  test('is encrypted where its address says so', async () => {
    const [cert, key] = ['cert', 'key'].map((name) =>
      fileURLToPath(new URL(`../transports/tcp/fixtures/${name}.pem`, import.meta.url)),
    );
    const tls = ['--tls-cert', String(cert), '--tls-key', String(key)];
    const program = chathub(['serve', '--tcp', '0', '--web', 'off', '--metrics', 'tls:0', ...tls]);
    const [, url = ''] = await program.prints(/^Metrics are at (https:\S+)$/m);
    const asked = requestSecurely(url, { rejectUnauthorized: false }).end();
    const [response] = await once(asked, 'response');
    expect(sampleValue(parseExposition(await text(response)), 'chathub_deliveries_total')).toBe(0);
  });

  test('cannot be where another process listens: one line, and exit code 1', async () => {
    const { port } = await serve('--web', 'off');
    const program = chathub(['serve', '--tcp', '0', '--web', 'off', '--metrics', String(port)]);
    expect(await program.exit()).toEqual({ code: 1, signal: null });
    expect(program.stderr).toMatch(/^chathub: Cannot listen on 127\.0\.0\.1:\d+: another process is using it\..*\n$/);
  });

  test.each(['--metrics', 'CHATHUB_METRICS'])('is told of a bad address by the name %s', async (name) => {
    const program = name.startsWith('--') ? chathub(['serve', name, 'here']) : chathub(['serve'], { [name]: 'here' });
    expect(await program.exit()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(new RegExp(`^chathub: ${name}: .*"here".*\n$`));
  });
});
