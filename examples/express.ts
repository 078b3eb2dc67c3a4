// A chat beside an Express application: the application sees each upgrade first, and its routes speak in rooms.
//
//   npm run example:express -- 8080      and in another terminal:
//   curl -d '{"text":"Lunch is ready"}' -H 'Content-Type: application/json' http://127.0.0.1:8080/rooms/lobby/messages

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ChatError, ChatHub } from 'chathub';
import { webSocket } from 'chathub/websocket';
import express, { type NextFunction, type Request, type Response } from 'express';

const hub = new ChatHub();
// Without a port or a server, the transport takes the upgrades that it is given.
const chat = webSocket({ path: '/chat' });
await hub.listen(chat);

const app = express();

// Methods of the hub ask no policy: who may do this is for the application to check, as with any route.
app.post('/rooms/:room/messages', express.json(), async (request, response) => {
  const { text } = (request.body ?? {}) as { text?: unknown };
  if (typeof text !== 'string') return void response.status(400).json({ message: 'Expected {"text":"…"}' });
  const { id, at } = await hub.room(request.params.room).send(text, { from: { name: 'canteen' } });
  response.status(201).json({ id, at });
});

app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
  if (!(error instanceof ChatError)) return next(error);
  // Such as that this is not the name of a room: a ChatError is fit to be seen.
  const { code, message, retryable } = error;
  response.status(retryable ? 503 : 400).json({ code, message });
});

try {
  const server = app.listen(Number(process.argv[2] ?? 8080), '127.0.0.1');
  server.on('upgrade', (request, socket, head) => {
    // Express knows nothing of upgrades: no middleware has run. Here is where to look at the path, at a cookie, at an
    // address. Whoever awaits something here listens to the socket's `error` meanwhile.
    if (request.url?.split('?', 1)[0] === '/chat') chat.handleUpgrade(request, socket, head);
    else socket.destroy();
  });
  await once(server, 'listening');
  console.log(`Listening on: http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  process.once('SIGINT', async () => {
    server.close();
    await hub.close();
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
