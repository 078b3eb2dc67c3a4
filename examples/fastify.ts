// A chat beside a Fastify application, with a route that tells who is in a room.
//
//   npm run example:fastify -- 8080      and in another terminal: curl http://127.0.0.1:8080/rooms/lobby/members

import { ChatError, ChatHub } from 'chathub';
import { webSocket } from 'chathub/websocket';
import Fastify from 'fastify';

const hub = new ChatHub();
// Without a port or a server, the transport takes the upgrades that it is given.
const chat = webSocket({ path: '/chat' });
await hub.listen(chat);

// Whoever connects is in the lobby, without asking.
hub.on('connect', ({ member }) => member.join('lobby'));

const fastify = Fastify();

// A room is a handle, whether or not anybody is in it. Who may read this is for the application to check.
fastify.get<{ Params: { room: string } }>('/rooms/:room/members', async ({ params }) => {
  const members = await hub.room(params.room).members();
  return members.map(({ name }) => name);
});

fastify.setErrorHandler((error, _request, reply) => {
  // Such as that this is not the name of a room.
  if (error instanceof ChatError)
    reply.code(error.retryable ? 503 : 400).send({ code: error.code, message: error.message });
  else reply.send(error);
});

// No hook of Fastify's sees upgrades: they come to its server. Other paths are refused with 404.
fastify.server.on('upgrade', (request, socket, head) => chat.handleUpgrade(request, socket, head));

// Before Fastify waits for its connections to end: those of the chat end by this.
fastify.addHook('preClose', () => hub.close());
process.once('SIGINT', () => fastify.close());

try {
  const address = await fastify.listen({ port: Number(process.argv[2] ?? 8080), host: '127.0.0.1' });
  console.log(`Listening on: ${address}/`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
