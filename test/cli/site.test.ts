import { describe, expect, test } from 'vitest';
import type { PageFiles } from '../../src/cli/page-files.js';
import { readPage } from '../../src/cli/page-files.js';
import { Site } from '../../src/cli/site.js';

const page: PageFiles = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: Buffer.from('<p>é</p>'), etag: '"one"' }],
  ['/page.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from('0'), etag: '"two"' }],
]);

function answer(url: string, headers = {}, method = 'GET', site = openSite(page)) {
  return site.answer({ method, url, headers });
}

function openSite(files: PageFiles | undefined): Site {
  const site = new Site(files, () => ({ state: 'up', reason: undefined }));
  site.state = 'open';
  return site;
}

test.each(['/', '/?a=1', '', 'http://127.0.0.1:8081/', 'http://127.0.0.1:8081'])('%j is the page', (url) => {
  const { status, headers, body } = answer(url);
  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': '9', ETag: '"one"' });
  expect(String(body)).toBe('<p>é</p>');
});

test.each(['/index.html', '/page.js/', '/../package.json', '/%2e%2e/package.json', '//page.js', '/constructor', '*'])(
  '%j is nothing',
  (url) => {
    expect(answer(url).status).toBe(404);
  },
);

test.each([
  ['"one"', 304],
  ['W/"one"', 304],
  ['"zero", "one"', 304],
  ['*', 304],
  ['"two"', 200],
  ['one', 200],
])('whoever holds %s is answered %i', (known, status) => {
  expect(answer('/', { 'if-none-match': known }).status).toBe(status);
});

test('each answer says that nothing else may be brought in', () => {
  for (const url of ['/', '/page.js', '/nothing', '/healthz', '/chat']) {
    const { headers } = answer(url);
    expect(headers['Content-Security-Policy']).toMatch(/^default-src 'none'; /);
    expect(headers['Content-Security-Policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer' });
    expect(headers).toMatchObject({ 'Cross-Origin-Opener-Policy': 'same-origin' });
  }
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not what anything here is for', (method) => {
  expect(answer('/', {}, method)).toMatchObject({ status: 405, headers: { Allow: 'GET, HEAD' } });
});

describe('while the chat is', () => {
  test.each([
    ['starting', 503, 503],
    ['open', 200, 426],
    ['draining', 503, 503],
  ] as const)('%s, its health is %i and the chat itself %i', (state, health, chat) => {
    const site = new Site(page, () => ({ state: 'up', reason: undefined }));
    site.state = state;
    const healthz = answer('/healthz', {}, 'GET', site);
    expect(healthz.status).toBe(health);
    expect(healthz.headers).toMatchObject({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
    expect(JSON.parse(String(healthz.body))).toEqual({
      status: state === 'open' ? 'ok' : state,
      engine: { state: 'up' },
    });
    expect(answer('/chat', {}, 'GET', site).status).toBe(chat);
  });
});

test('with its engine away it is well, but not ready, and says why', () => {
  const site = new Site(page, () => ({ state: 'down', reason: 'Redis does not answer.' }));
  site.state = 'open';
  const engine = { state: 'down', reason: 'Redis does not answer.' };
  const [healthz, readyz] = ['/healthz', '/readyz'].map((path) => answer(path, {}, 'GET', site));
  expect([healthz?.status, JSON.parse(String(healthz?.body))]).toEqual([200, { status: 'ok', engine }]);
  expect([readyz?.status, JSON.parse(String(readyz?.body))]).toEqual([503, { status: 'unavailable', engine }]);
});

test('a page that was not built says how to build it; the rest is there', async () => {
  const missing = openSite(await readPage('/nowhere'));
  const { status, body } = answer('/', {}, 'GET', missing);
  expect(status).toBe(503);
  expect(body).toContain('npm run build');
  expect(answer('/healthz', {}, 'GET', missing).status).toBe(200);
});
