import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { administered, token } from './admin-stage.js';

describe('whoever asks', () => {
  test.each([
    ['nothing', {}],
    ['another token', { Authorization: 'Bearer another-token-0123456789' }],
    ['the beginning of it', { Authorization: `Bearer ${token.slice(0, -1)}` }],
    ['more than it', { Authorization: `Bearer ${token}x` }],
    ['it by another scheme', { Authorization: `Basic ${token}` }],
    ['it without a scheme', { Authorization: token }],
    ['it in a cookie', { Cookie: `token=${token}` }],
    ['no more than a scheme', { Authorization: 'Bearer' }],
  ])('with %s is told no more than that a token is needed', async (_, headers) => {
    const { ask, lines } = await administered();
    for (const [path, method] of [
      ['overview', 'GET'],
      ['nothing', 'GET'],
      ['drain', 'POST'],
      [`overview?token=${token}`, 'GET'],
    ] as const) {
      const answer = await ask(path, { method, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
      expect(answer.body).toEqual({ code: 'UNAUTHENTICATED', message: 'This needs the token of --admin-token.' });
    }
    expect(lines).toEqual([]);
  });

  test('with the token is answered, in what is kept nowhere and can be brought in by no other page', async () => {
    const { ask } = await administered();
    const { status, headers } = await ask('overview', { headers: { Authorization: `bearer  ${token}` } });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(Object.keys(headers).filter((name) => /^access-control|^set-cookie/.test(name))).toEqual([]);
  });

  test('with wrong tokens has to wait after ten, whatever comes then, and is logged once', async () => {
    const { ask, lines, authorization, time } = await administered();
    const wrong = { headers: { Authorization: 'Bearer wrong-token-0123456789' } };
    for (let count = 0; count < 10; count++) expect((await ask('overview', wrong)).status).toBe(401);
    for (const headers of [authorization, wrong.headers]) {
      const answer = await ask('overview', { headers });
      expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([429, 'RATE_LIMITED', '60']);
    }
    expect(lines).toEqual(['127.0.0.1: wrong tokens; it has to wait']);
    time.now += 60_001;
    expect((await ask('overview', { headers: authorization })).status).toBe(200);
    expect((await ask('overview', wrong)).status).toBe(401);
  });

  test('without a token may ask as often as it likes: a page of somebody else can have a browser do that', async () => {
    const { ask, authorization } = await administered();
    for (let count = 0; count < 20; count++) expect((await ask('overview')).status).toBe(401);
    expect((await ask('overview', { headers: authorization })).status).toBe(200);
  });

  test('has to wait for no one else behind the same proxy', async () => {
    const { ask, authorization } = await administered({}, ['loopback']);
    const from = (address: string, headers = {}) =>
      ask('overview', { headers: { 'X-Forwarded-For': address, ...headers } });
    for (let count = 0; count < 10; count++)
      await from('2001:db8::1', { Authorization: 'Bearer wrong-token-0123456789' });
    expect((await from('2001:db8::2', authorization)).status).toBe(429);
    expect((await from('2001:db8:0:1::1', authorization)).status).toBe(200);
    expect((await from('192.0.2.1', authorization)).status).toBe(200);
  });

  test('from a page of another origin is refused, the token or not', async () => {
    const { ask, authorization, address } = await administered();
    const status = async (headers: { readonly [name: string]: string }) =>
      (await ask('overview', { headers: { ...authorization, ...headers } })).status;
    expect(await status({ Origin: 'https://evil.example' })).toBe(403);
    expect(await status({ Origin: 'null' })).toBe(403);
    // DNS rebinding: the name of that page was made to lead here.
    expect(await status({ Origin: 'http://evil.example', Host: 'evil.example' })).toBe(403);
    expect(await status({ Origin: address })).toBe(200);
    expect(await status({ Origin: 'https://chat.example.com' })).toBe(200);
  });
});

describe('what is asked', () => {
  test.each([
    ['GET', 'nothing', 404],
    ['GET', 'overview/', 404],
    ['GET', '../admin', 404],
    ['GET', 'constructor', 404],
    ['POST', 'overview', 405],
    ['HEAD', 'kick', 405],
    ['GET', 'drain', 405],
    ['GET', 'rooms?limit=101', 400],
    ['GET', 'rooms?limit=0', 400],
    ['GET', 'rooms?limit=ten', 400],
    ['GET', 'rooms?offset=-1', 400],
    ['GET', 'rooms?offset=99999999999999999999', 400],
    ['GET', 'rooms?sort=size', 400],
    ['GET', `rooms?name=${'x'.repeat(513)}`, 400],
    ['GET', 'room?name=a%20b', 400],
    ['GET', 'room', 400],
    ['GET', 'sanctions?room=%23', 400],
    ['GET', 'rooms?name=%ff%00&x[]=1', 200],
  ])('%s %s is answered with %i', async (method, path, status) => {
    const { ask, authorization, address } = await administered();
    const url = path.startsWith('..') ? `${address}/admin/api/${path}` : path;
    if (method === 'HEAD' || path.startsWith('..')) {
      expect((await fetch(new URL(url, `${address}/admin/api/`), { method, headers: authorization })).status).toBe(
        status,
      );
      return;
    }
    expect((await ask(path, { method, headers: authorization })).status).toBe(status);
  });

  test.each([
    ['no object', '[]', 'BAD_JSON'],
    ['no JSON', '{"room":', 'BAD_JSON'],
    ['nothing', '', 'BAD_JSON'],
    ['no UTF-8', Buffer.from('{"room":"\xff"}', 'latin1'), 'BAD_JSON'],
    ['nobody', '{"room":"lobby"}', 'BAD_COMMAND'],
    ['an unknown field', '{"rom":"lobby","whom":{"user":"u"}}', 'BAD_COMMAND'],
    ['two', '{"room":"lobby","whom":{"user":"u","address":"192.0.2.1"}}', 'BAD_COMMAND'],
    ['a list', '{"room":"lobby","whom":["u"]}', 'BAD_COMMAND'],
    ['a prototype', '{"room":"lobby","whom":{"__proto__":"u"}}', 'BAD_COMMAND'],
    ['a number', '{"room":"lobby","whom":{"user":7}}', 'BAD_COMMAND'],
    ['a room that is none', '{"room":{},"whom":{"user":"u"}}', 'BAD_COMMAND'],
    ['a room of no name', '{"room":"a b","whom":{"user":"u"}}', 'BAD_ROOM'],
    ['no address', '{"room":"lobby","whom":{"address":"here"}}', 'BAD_OPTION'],
    ['an eternity', '{"room":"lobby","whom":{"user":"u"},"duration":1e999}', 'BAD_OPTION'],
    ['less than no time', '{"room":"lobby","whom":{"user":"u"},"duration":-1}', 'BAD_OPTION'],
    ['a time in words', '{"room":"lobby","whom":{"user":"u"},"duration":"1h"}', 'BAD_COMMAND'],
    ['a long reason', `{"room":"lobby","whom":{"user":"u"},"reason":"${'x'.repeat(301)}"}`, 'TOO_LONG'],
  ])('for %s is refused, and nothing is done', async (_, body, code) => {
    const { ask, list, authorization, lines } = await administered();
    const headers = { ...authorization, 'Content-Type': 'application/json' };
    const answer = await ask('ban', { method: 'POST', headers, body });
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ code, message: expect.stringMatching(/^\S.*\S$/) });
    expect(await list('sanctions')).toEqual({ total: 0, offset: 0, items: [] });
    expect(lines).toEqual([`127.0.0.1: ban failed: ${code}`]);
  });

  test('as a form would is refused', async () => {
    const { ask, authorization } = await administered();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', undefined]) {
      const headers = { ...authorization, ...(type === undefined ? {} : { 'Content-Type': type }) };
      expect((await ask('drain', { method: 'POST', headers, body: '{"confirm":true}' })).status).toBe(415);
    }
  });

  test('at length is not read to its end', async () => {
    const { ask, authorization } = await administered();
    const headers = { ...authorization, 'Content-Type': 'application/json' };
    const said = await ask('ban', { method: 'POST', headers, body: `{"reason":"${'x'.repeat(20_000)}"}` });
    expect([said.status, said.body.code]).toEqual([413, 'TOO_LONG']);
    const chunked = { ...headers, 'Transfer-Encoding': 'chunked' };
    const unsaid = await ask('ban', { method: 'POST', headers: chunked, body: Buffer.alloc(200_000, ' ') });
    expect([unsaid.status, unsaid.headers.connection]).toEqual([413, 'close']);
  });

  test('without the token has no body that is read, however much comes', async () => {
    const { address } = await administered();
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    socket.write('POST /admin/api/ban HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000000\r\n\r\n');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(/^HTTP\/1\.1 401 [\s\S]*\r\nConnection: close\r\n/i);
  });
});
