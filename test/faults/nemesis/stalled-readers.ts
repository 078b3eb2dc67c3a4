import { WebSocket } from 'ws';
import { ProtocolLink, type Received } from '../clients/protocol-link.js';
import { pause } from '../pause.js';
import type { FaultyNode } from '../world/node.js';
import type { Victims } from './kind.js';

/** Who read nothing. A thousand of them would be as much as this machine can copy. */
const readers = 12;

/** What is said to them: more than the kernel holds for each, and an outbox behind that. */
const messages = 2_000;
const text = 'x'.repeat(4_000);

/** Messages under way. */
const atOnce = 50;

/** In which an outbox that is full may be noticed, and a peer that takes nothing. */
const patience = 12_000;

/** Some read nothing of a room in which much is said: each loses its own connection, and nobody else notices. */
export async function stallReaders({ world, dice }: Victims): Promise<string> {
  // Where there are file descriptors for them, and nothing else is done that would keep them from being told so much.
  const isFree = ({ number, lot }: FaultyNode) => lot.files === undefined && !world.concerns.now(number);
  const node = dice.pick(world.nodes.filter(isFree));
  if (node === undefined) return '';
  const room = `loud${dice.below(1_000_000)}`;
  const sockets = await Promise.all(Array.from({ length: readers }, () => join(node, room)));
  for (const socket of sockets) if (socket.readyState === WebSocket.OPEN) socket.pause();
  const said = await shout(node, room);
  const codes = await Promise.all(sockets.map(closing));
  const closed = codes.filter((code) => code !== undefined).length;
  for (const socket of sockets) socket.terminate();
  return closed === 0 ? '' : `${closed} of ${readers} lost ${node.name}, after ${said} messages`;
}

/** Resolves when it is in the room, or has lost its connection. */
function join(node: FaultyNode, room: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${node.web}/chat`, ['chathub.v1.json'], { perMessageDeflate: false });
  return new Promise((resolve) => {
    // Something else is done to the node.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(socket));
    socket.on('open', () => socket.send(JSON.stringify({ type: 'join', room })));
    socket.on('message', (data) => {
      if ((JSON.parse(String(data)) as Received).type === 'joined') resolve(socket);
    });
    setTimeout(() => resolve(socket), patience);
  });
}

/** Says it all, unless the connection is lost, or it takes too long. Resolves with how many are stored. */
function shout(node: FaultyNode, room: string): Promise<number> {
  return new Promise((resolve) => {
    let [begun, stored] = [0, 0];
    const say = () => link.tell({ type: 'send', id: 'say', room, text });
    const next = () => {
      if (begun++ < messages) say();
    };
    const receive = ({ type }: Received) => {
      if (type === 'joined') for (let count = 0; count < atOnce; count++) next();
      // Redis is away: later.
      if (type === 'error') setTimeout(say, 200);
      if (type !== 'sent') return;
      if (++stored === messages) link.drop(1000);
      else next();
    };
    const late = setTimeout(() => link.drop(1000), patience);
    const link = new ProtocolLink(`ws://127.0.0.1:${node.web}/chat`, {
      opened: () => link.tell({ type: 'join', room }),
      received: receive,
      lost: () => {
        clearTimeout(late);
        resolve(stored);
      },
    });
  });
}

/** The code with which the server closed it: what was sent before that has to be read first. */
async function closing(socket: WebSocket): Promise<number | undefined> {
  if (socket.readyState === WebSocket.CLOSED) return undefined;
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  socket.resume();
  return Promise.race([closed, pause(patience).then(() => undefined)]);
}
