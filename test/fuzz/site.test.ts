import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { Site } from '../../src/cli/site.js';
import { damaged, text } from './hostile.js';
import { fuzz } from './runs.js';

const file = (name: string) => ({ type: 'text/plain; charset=utf-8', body: Buffer.from(name), etag: `"${name}"` });
const files = new Map([
  ['/', file('index')],
  ['/page.js', file('script')],
]);
const path = fc.oneof(
  fc.constantFrom(
    '/',
    '/page.js',
    '/chat',
    '/healthz',
    '/readyz',
    '/../package.json',
    '//page.js',
    '/page.js/',
    '/%2e',
  ),
  text,
);
const url = fc.oneof(
  path,
  fc.tuple(fc.constantFrom('http://a', 'HTTPS://b:1', 'http://', '?x=', '#', '*'), path).map((parts) => parts.join('')),
  fc.tuple(path, fc.constantFrom('?', '?a=/page.js', '#x')).map((parts) => parts.join('')),
  damaged(path),
);
const known = fc.option(fc.oneof(fc.constantFrom('*', '"script"', 'W/"script"', '"a", "script"', ','), text), {
  nil: undefined,
});
const method = fc.oneof({ weight: 4, arbitrary: fc.constant('GET') }, fc.constantFrom('HEAD', 'POST', '', 'get'), text);

describe('the page’s server', () => {
  fuzz(
    'answers whatever is asked of it, with its own files or none, never to be framed or sniffed',
    fc.property(
      url,
      method,
      known,
      fc.boolean(),
      fc.constantFrom('starting', 'open', 'draining'),
      (url, method, known, built, state) => {
        const site = new Site(built ? files : undefined, () => ({ state: 'up', reason: undefined }));
        site.state = state as typeof site.state;
        const headers = known === undefined ? {} : { 'if-none-match': known };
        const answer = site.answer({ method, url, headers });
        expect([200, 304, 404, 405, 426, 503]).toContain(answer.status);
        if (method !== 'GET' && method !== 'HEAD') expect(answer.status).toBe(405);
        if (Buffer.isBuffer(answer.body)) expect(Array.from(files.values(), ({ body }) => body)).toContain(answer.body);
        // Nothing that was asked stands in the answer.
        const told = `${answer.body}${Object.entries(answer.headers).join()}`;
        expect(told).not.toMatch(/\r|<|(?!\n)\p{Cc}/u);
        expect(answer.headers).toMatchObject({ 'X-Content-Type-Options': 'nosniff' });
        expect(answer.headers['Content-Security-Policy']).toContain("frame-ancestors 'none'");
      },
    ),
  );
});
