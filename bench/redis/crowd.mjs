// Clients of some servers: they count what they are told, and some of them talk.

import { WebSocket } from 'ws';

/** @typedef {{ ws: WebSocket, received: number, hear?: (text: string) => void }} Client */

/**
 * Clients in one room.
 * @param {string} url
 * @param {number} count
 * @returns {Promise<Client[]>}
 */
export function crowd(url, count) {
  return Promise.all(Array.from({ length: count }, () => enter(url)));
}

/** @param {string} url */
async function enter(url) {
  const ws = new WebSocket(url, { perMessageDeflate: false });
  /** @type {Client} */
  const client = { ws, received: 0 };
  await new Promise((resolve, reject) => {
    ws.on('error', reject);
    ws.on('open', () => ws.send('{"type":"join","room":"lobby","id":"j"}'));
    ws.on('message', (data) => {
      // The flood is counted by how it begins: who parses it all is the slowest of all.
      const text = /** @type {Buffer} */ (data).toString('latin1', 0, 17);
      if (text === '{"type":"message"') client.received++;
      else if (text.startsWith('{"type":"joined"')) resolve(undefined);
      client.hear?.(String(data));
    });
  });
  return client;
}

/**
 * @param {Client} client
 * @param {string} text
 */
export function say(client, text) {
  client.ws.send(JSON.stringify({ type: 'send', room: 'lobby', text }));
}

/** @param {readonly Client[]} clients */
export function heardBy(clients) {
  return clients.reduce((sum, { received }) => sum + received, 0);
}

/** @param {readonly Client[]} clients */
export function leave(clients) {
  for (const { ws } of clients) ws.terminate();
}
