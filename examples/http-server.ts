// A chat on the application's own HTTP server: a page at /, and WebSocket at /chat.
//
//   npm run example:http-server -- 8080      and in two browser windows: http://127.0.0.1:8080

import { once } from 'node:events';
import { createServer } from 'node:http';
import { ChatHub } from 'chathub';
import { webSocket } from 'chathub/websocket';

// What goes over the wire is JSON, so a page can do without a library. `connect` of 'chathub/client' does more: it comes
// back by itself, and repeats what was lost.
const page = `<!doctype html>
<meta charset="utf-8"><title>Lobby</title>
<form><input placeholder="Say something" autofocus></form>
<ol></ol>
<script>
  const chat = new WebSocket('ws://' + location.host + '/chat', 'chathub.v1.json');
  const tell = (command) => chat.send(JSON.stringify(command));
  chat.onopen = () => tell({ type: 'join', room: 'lobby', history: 10 });
  chat.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    for (const { type, from, text } of event.entries ?? [event])
      if (type === 'message') document.querySelector('ol').appendChild(document.createElement('li')).textContent = from.name + ': ' + text;
  };
  document.querySelector('form').onsubmit = (event) => {
    event.preventDefault();
    tell({ type: 'send', room: 'lobby', text: document.querySelector('input').value });
    event.target.reset();
  };
</script>
`;

const server = createServer(({ url }, response) => {
  if (url === '/') response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
  else response.writeHead(404).end('There is nothing here.\n');
});

const hub = new ChatHub();

try {
  const port = Number(process.argv[2] ?? 8080);
  await once(server.listen(port, '127.0.0.1'), 'listening');
  // Upgrades of the path come to the hub; whatever else the server serves is the application's.
  const { addresses } = await hub.listen(webSocket({ server, path: '/chat' }));
  for (const address of addresses)
    console.log(`Listening on: http://${new URL(address).host}/, with the chat at ${address}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

// The server is the application's to close. People are told to come back later, and then nothing keeps the process alive.
process.once('SIGINT', async () => {
  server.close();
  await hub.close();
});
