// An echo server: every line goes back to whoever sent it, byte for byte.
//
//   npm run example:echo -- 127.0.0.1:8080      and in another terminal: telnet 127.0.0.1 8080

import { ChatHub, type Member, plainText } from 'chathub';
import { tcp } from 'chathub/tcp';

const hub = new ChatHub();

// Events tell what happened. A member is one connected client, and `send` answers that client alone.
hub.on('connect', ({ member }) => console.log(`Peer address: ${peerOf(member)}`));
hub.on('message', ({ member, text }) => member.send(text));
hub.on('disconnect', ({ member }) => console.log(`Close connection: ${peerOf(member)}`));

try {
  const { host, port } = parseAddress(process.argv[2] ?? '127.0.0.1:8080');
  // A transport says how lines come and go, a protocol what they mean. To plainText() they are just text: there are no
  // commands in it, and nothing is sent but what is sent here.
  const { addresses } = await hub.listen(tcp({ host, port, protocol: plainText() }));
  // The addresses are URLs; with port 0 the system has chosen the port.
  for (const address of addresses) console.log(`Listening on: ${new URL(address).host}`);
} catch (error) {
  // Such as a port that another process uses, or one that is no number.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** `127.0.0.1:8080`, or `[::1]:8080`. */
function parseAddress(address: string): { host: string; port: number } {
  const [, host = '', port] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
  if (port === undefined) throw new Error(`Expected an address such as 127.0.0.1:8080, got "${address}"`);
  return { host, port: Number(port) };
}

function peerOf({ remoteAddress = 'unknown', remotePort }: Member): string {
  return `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
}
