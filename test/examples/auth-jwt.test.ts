import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { WebSocketClient } from '../integration/json-client.js';
import { chatClient, expectPortInUse, serveWebExample, type WebExample } from '../integration/web-examples.js';

const secret = 'a secret that this test and the server share';

function serve(): Promise<WebExample> {
  return serveWebExample('auth-jwt', { CHAT_SECRET: secret });
}

/** As the comment of the example says. */
function tokenFor({ url }: WebExample, user: string): () => Promise<string> {
  return async () => (await fetch(url(`/token?user=${user}`))).text();
}

/** A token that is good but for what is given. */
function forged({ issuer = 'https://login.example.com', audience = 'chat', key = secret, expires = '1 min' }) {
  const token = new SignJWT({ name: 'mallory', admin: true })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('mallory');
  return token.setIssuer(issuer).setAudience(audience).setExpirationTime(expires).sign(Buffer.from(key));
}

/** How the greeting with this token ends. */
async function refusal({ chat }: WebExample, token: string | undefined) {
  const client = new WebSocketClient(chat, ['chathub.v1.json']);
  const reply = await client.ask({ type: 'hello', ...(token === undefined ? {} : { token }) });
  return { code: reply.code, close: await client.closed() };
}

const refused = { code: 'UNAUTHENTICATED', close: { code: 4500, reason: 'UNAUTHENTICATED' } };

test('whoever has a token is the user that it names, and only some are admins', async () => {
  const server = await serve();
  const ali = chatClient(server.chat, { token: tokenFor(server, 'ali') });
  const ada = chatClient(server.chat, { token: tokenFor(server, 'ada') });
  expect(await ali.ready()).toMatchObject({ user: 'ali', name: 'ali' });
  expect(await ada.ready()).toMatchObject({ user: 'ada', name: 'ada' });
  await expect(ali.join('ops')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(await ada.join('ops')).toMatchObject({ name: 'ops', count: 1 });
});

test('guests are refused, and the client does not come back', async () => {
  const server = await serve();
  expect(await refusal(server, undefined)).toEqual(refused);
  const guest = chatClient(server.chat);
  await expect(guest.ready()).rejects.toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
  expect(guest.state).toBe('closed');
});

test('a token that is wrong or has run out is closed with 4500', async () => {
  const server = await serve();
  // That the others are refused for what is wrong with them, this one shows.
  expect(await chatClient(server.chat, { token: await forged({}) }).ready()).toMatchObject({ user: 'mallory' });
  const wrong = {
    'has run out': await forged({ expires: '1 min ago' }),
    'is of another issuer': await forged({ issuer: 'https://elsewhere.example.com' }),
    'is for another audience': await forged({ audience: 'mail' }),
    'is signed with another secret': await forged({ key: 'a secret of somebody else, of the same length' }),
    'is not signed': `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await forged({})).split('.')[1]}.`,
    'is no token': 'sesame',
    'is empty': '',
  };
  for (const [what, token] of Object.entries(wrong)) expect(await refusal(server, token), what).toEqual(refused);
});

test('a session lasts as long as its token', async () => {
  const client = new WebSocketClient((await serve()).chat, ['chathub.v1.json']);
  const { expiresIn } = await client.ask({ type: 'hello', token: await forged({ expires: '2 sec' }) });
  expect(expiresIn).toBeGreaterThan(0);
  expect(expiresIn).toBeLessThanOrEqual(2_000);
  expect(await client.closed()).toEqual(refused.close);
});

test('a token without an end is refused', async () => {
  const server = await serve();
  const endless = new SignJWT({ name: 'mallory' }).setProtectedHeader({ alg: 'HS256' }).setSubject('mallory');
  const token = endless.setIssuer('https://login.example.com').setAudience('chat').sign(Buffer.from(secret));
  expect(await refusal(server, await token)).toEqual(refused);
});

test('without a secret it makes one, and nothing but the route for tokens is served', async () => {
  const server = await serveWebExample('auth-jwt', { CHAT_SECRET: '' });
  expect(await chatClient(server.chat, { token: tokenFor(server, 'ali') }).ready()).toMatchObject({ user: 'ali' });
  expect(await refusal(server, await forged({}))).toEqual(refused);
  for (const path of ['/', '//', '/token', '/token?user=', '/chat'])
    expect((await fetch(server.url(path))).status, path).toBe(404);
});

test('a port in use is an error of one line, and exit code 1', async () => {
  await expectPortInUse('auth-jwt', await serve());
});
