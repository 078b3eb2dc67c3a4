// A chat for people who have logged in: who they are stands in a JSON Web Token (RFC 7519). There are no guests.
//
//   CHAT_SECRET=… npm run example:auth-jwt -- 8080
//
// A session lasts as long as its token. A client asks for a fresh one before each connect, and before the old one runs out:
//
//   const token = async () => (await fetch('http://127.0.0.1:8080/token?user=ali')).text();
//   const client = connect('ws://127.0.0.1:8080/chat', { token });

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AuthenticateRequest, ChatError, ChatHub } from 'chathub';
import { webSocket } from 'chathub/websocket';
import { jwtVerify, SignJWT } from 'jose';

// Without a secret of one's own, tokens are worth nothing once this process has ended.
const secret = Buffer.from(process.env.CHAT_SECRET || randomBytes(32).toString('hex'));
const issuer = 'https://login.example.com';
const audience = 'chat';

/** Whom the token names. Anybody else is refused: the connection is closed with 4500, after which clients don't come back. */
async function authenticate({ token = '' }: AuthenticateRequest) {
  const rules = { issuer, audience, algorithms: ['HS256'], requiredClaims: ['sub', 'exp'] };
  const { payload } = await jwtVerify<{ name: string; admin: boolean }>(token, secret, rules).catch((cause) => {
    // The cause stays here: whoever tries tokens is not told how near they were.
    throw new ChatError('UNAUTHENTICATED', 'Log in first: that is no token, or it has run out.', { cause });
  });
  const { sub, exp = 0, name, admin } = payload;
  return { id: String(sub), name, admin: admin === true, expiresAt: exp * 1_000 };
}

const hub = new ChatHub({
  policies: {
    authenticate,
    join: ({ member, room }) => room !== 'ops' || member.user.admin,
  },
});

// FOR THIS DEMO ALONE: everybody is given a token of whomever they say they are. In earnest a login stands here, or the tokens
// come from a server of its own, whose public key then stands in place of the secret.
const server = createServer(async ({ url = '' }, response) => {
  const [path, query] = url.split('?', 2);
  const user = new URLSearchParams(query).get('user');
  if (path !== '/token' || !user) return response.writeHead(404).end();
  const token = new SignJWT({ name: user, admin: user === 'ada' }).setProtectedHeader({ alg: 'HS256' });
  token.setSubject(user).setIssuer(issuer).setAudience(audience).setExpirationTime('1 min');
  return response.end(await token.sign(secret));
});

try {
  await once(server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1'), 'listening');
  const { addresses } = await hub.listen(webSocket({ server, path: '/chat' }));
  for (const address of addresses) console.log(`Listening on: ${address}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
