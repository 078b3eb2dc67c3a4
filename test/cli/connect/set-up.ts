import type { createServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { enter, RawClient } from '../../integration/clients.js';
import type { Program } from '../../integration/program.js';
import { chathub, type WebServer } from '../../integration/servers.js';

/** The two ways to a chat. */
export type Way = 'tcp' | 'ws';

export const urlOf = (way: Way, { port, web }: WebServer) =>
  way === 'tcp' ? `tcp://127.0.0.1:${port}` : `${web.replace('http', 'ws')}/chat`;

/** `chathub connect`, with something in its pipe. */
export function piped(url: string, ...options: readonly string[]): Program {
  return chathub(['connect', url, ...options]);
}

/** How it ended, and what it printed. */
export async function result(program: Program) {
  const { code } = await program.exit();
  return { code, stdout: program.stdout, stderr: program.stderr };
}

/** Somebody at telnet, in a room. */
export async function listener(port: number, name: string, room: string): Promise<RawClient> {
  const client = new RawClient(port);
  await enter(client, name, 1);
  client.say(`/join ${room}`);
  await client.hears(`* Joined ${room} (1 here).`);
  return client;
}

/** Has a server listen on a free port, until the test is over. */
export async function listening(server: Server | ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}
