import { plainText } from 'chathub';
import { afterEach, describe, expect, test } from 'vitest';
import { ask, frame, type Headers, rawSocket, requestHead, TEXT, upgradeRequest } from './raw-frames.js';
import { type Stage, stage } from './stage.js';

let it: Stage | undefined;

/** A transport at /chat, of whose hub nothing is heard but by upgrades that succeed. */
async function chat(limits: Parameters<typeof stage>[1] = {}): Promise<Stage> {
  it = await stage({ path: '/chat' }, limits);
  return it;
}

afterEach(() => {
  expect(it?.errors ?? []).toEqual([]);
  it = undefined;
});

/** What comes of a request that is no upgrade. */
async function request(address: string, what: string, headers: Headers = {}, body = '') {
  const raw = rawSocket(address);
  await raw.send(requestHead(what, { Host: new URL(address).host, ...headers }) + body);
  return raw.answer();
}

describe('a request that is no upgrade', () => {
  test.each(['GET', 'HEAD'])('is told by %s to become one', async (method) => {
    const { address } = await chat();
    const { status, headers, body } = await request(address, `${method} /chat`);
    expect(status).toBe(426);
    expect(headers.get('upgrade')).toBe('websocket');
    expect(body === '').toBe(method === 'HEAD');
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('is refused as %s with 405', async (method) => {
    const { address } = await chat();
    const { status, headers } = await request(address, `${method} /chat`, { 'Content-Length': '2' }, 'hi');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET');
  });

  test.each([
    'GET /',
    'GET /chat/',
    'GET /chatter',
    'POST /',
    'GET /?/chat',
    'GET /../chat',
    'GET //chat',
    'GET /%63hat',
  ])('finds nothing at another path: %s', async (what) => {
    const { address } = await chat();
    expect((await request(address, what)).status).toBe(404);
  });

  test('is not shown what it sent', async () => {
    const { address } = await chat();
    expect((await request(address, 'GET /<script>?token=secret')).body).not.toMatch(/script|secret/);
  });
});

describe('an upgrade', () => {
  test('is let in at the path, whatever the query', async () => {
    const { address } = await chat();
    for (const query of ['', '?', '?token=secret', '?/other', '?a?b'])
      expect((await ask(`${address}${query}`)).status).toBe(101);
  });

  test('is answered as RFC 6455, 1.3 has it', async () => {
    const { address } = await chat();
    const { headers } = await ask(address);
    expect(headers.get('sec-websocket-accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(headers.get('upgrade')).toBe('websocket');
    expect(headers.get('connection')).toBe('Upgrade');
  });

  test('may say who it is in any case', async () => {
    const { address } = await chat();
    expect((await ask(address, { Upgrade: 'WebSocket', Connection: 'keep-alive, UPGRADE' })).status).toBe(101);
  });
});

describe('an upgrade is refused, and the hub does not hear of it,', () => {
  async function refusal(headers: Headers, method = 'GET', path = '/chat') {
    const { address, sides } = await chat();
    const answer = await ask(new URL(path, address).href, headers, method);
    expect(sides).toEqual([]);
    expect(answer.headers.get('connection')).toBe('close');
    return answer;
  }

  test('at another path, with 404', async () => {
    for (const path of ['/', '/chat/', '/chatter', '/?/chat'])
      expect((await refusal({}, 'GET', path)).status).toBe(404);
  });

  test('by POST, with 405', async () => {
    const { status, headers } = await refusal({}, 'POST');
    expect(status).toBe(405);
    expect(headers.get('allow')).toBe('GET');
  });

  test('to something else, with 426', async () => {
    const { status, headers } = await refusal({ Upgrade: 'h2c' });
    expect(status).toBe(426);
    expect(headers.get('upgrade')).toBe('websocket');
  });

  test.each(['7', '8', '0', '14', 'x', '13, 8', undefined])(
    'as version %s, with 400 and the right one',
    async (version) => {
      const { status, headers } = await refusal({ 'Sec-WebSocket-Version': version });
      expect(status).toBe(400);
      expect(headers.get('sec-websocket-version')).toBe('13');
    },
  );

  test.each([undefined, '', 'short', 'dGhlIHNhbXBsZSBub25jZQ', 'x'.repeat(1_000), 'not base64 at all!!!!=='])(
    'with the key %s, with 400',
    async (key) => {
      expect((await refusal({ 'Sec-WebSocket-Key': key })).status).toBe(400);
    },
  );

  test.each(['other', 'chathub.v2.json', 'chathub.v1.jsonx, other', 'CHATHUB.V1.JSON'])(
    'with the subprotocols %s, with 400',
    async (offered) => {
      expect((await refusal({ 'Sec-WebSocket-Protocol': offered })).status).toBe(400);
    },
  );

  test.each([
    ['short', (index: number) => `X-${index}`],
    // 12 kB in all: less than Node.js bounds the bytes of a head by, and more than it counts.
    ['of one letter', () => 'x'],
  ])('with 3,000 headers whose names are %s, with 431', async (_what, name) => {
    const many = Array.from({ length: 3_000 }, (_, index) => `${name(index)}:\r\n`).join('');
    const { address, sides } = await chat();
    const raw = rawSocket(address);
    await raw.send(upgradeRequest(address).replace(/\r\n$/, `${many}\r\n`));
    expect((await raw.answer()).status).toBe(431);
    expect(sides).toEqual([]);
  });

  test('with two lengths, with 400', async () => {
    const { address, sides } = await chat();
    // The second name differs in case alone, so that both stand in the head.
    expect((await ask(address, { 'Content-Length': '1', 'content-length': '2' })).status).toBe(400);
    expect(sides).toEqual([]);
  });

  test('without a Host, which could be any', async () => {
    expect((await refusal({ Host: undefined })).status).toBe(400);
  });

  test('and what came behind it is not looked at', async () => {
    const { address, sides } = await chat();
    const raw = rawSocket(address);
    const foreign = upgradeRequest(address, { Origin: 'https://evil.com' });
    await raw.send(Buffer.concat([Buffer.from(foreign + upgradeRequest(address)), frame(TEXT, 'hello')]));
    expect((await raw.answer()).status).toBe(403);
    await raw.gone();
    expect(sides).toEqual([]);
  });
});

describe('subprotocols', () => {
  const selected = async (address: string, offered: string | undefined) => {
    const { status, headers } = await ask(address, { 'Sec-WebSocket-Protocol': offered });
    return [status, headers.get('sec-websocket-protocol')];
  };

  test.each(['chathub.v1.json', 'other, chathub.v1.json', 'chathub.v1.json,other', 'a,  chathub.v1.json , b'])(
    'of json: ours is selected from %s',
    async (offered) => {
      expect(await selected((await chat()).address, offered)).toEqual([101, 'chathub.v1.json']);
    },
  );

  test('of json: none is selected where none is offered', async () => {
    expect(await selected((await chat()).address, undefined)).toEqual([101, undefined]);
  });

  // A client that offers some, and is told of none, gives up.
  test.each([
    [undefined, undefined],
    ['other', 'other'],
    ['a, b', 'a'],
  ])('of plain text: of %s, %s is selected', async (offered, chosen) => {
    const { address } = await stage({ protocol: plainText() });
    expect(await selected(address, offered)).toEqual([101, chosen]);
  });
});
