import { type ChatClient, type ClientRoom, type ConnectOptions, connect } from 'chathub/client';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Program } from './program.js';

/** An example that serves HTTP, in a process of its own. */
export interface WebExample {
  readonly program: Program;
  readonly port: number;
  /** A page or route of it. */
  url(path: string): string;
  /** Where its chat is. */
  readonly chat: string;
}

/** Runs an example with an environment of its own. */
function exampleIn(environment: NodeJS.ProcessEnv, name: string, ...args: readonly string[]): Program {
  return new Program(process.execPath, ['--import', 'tsx', `examples/${name}.ts`, ...args], environment);
}

/** An example that takes a port and serves HTTP there, once it listens. */
export async function serveWebExample(name: string, environment: NodeJS.ProcessEnv = {}): Promise<WebExample> {
  const program = exampleIn(environment, name, '0');
  const [, port] = await program.prints(/^Listening on: \w+:\/\/127\.0\.0\.1:(\d+)\/.*\n/);
  return {
    program,
    port: Number(port),
    url: (path) => `http://127.0.0.1:${port}${path}`,
    chat: `ws://127.0.0.1:${port}/chat`,
  };
}

/** A client of this process, which goes when the test is over. */
export function chatClient(url: string, options: ConnectOptions = {}): ChatClient {
  const client = connect(url, { WebSocket, ...options });
  onTestFinished(() => client.close());
  return client;
}

/** The next texts that are said in a room, each with whoever says it. */
export async function said(room: ClientRoom, count: number): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { from, text } of room) if (lines.push(`${from.name}: ${text}`) === count) break;
  return lines;
}

/** Of an example that takes a port: what it says when that one is another's. */
export async function expectPortInUse(name: string, { port }: WebExample): Promise<void> {
  const second = exampleIn({}, name, String(port));
  expect(await second.exit()).toEqual({ code: 1, signal: null });
  expect(second.stderr).toMatch(new RegExp(`^[^\\n]*EADDRINUSE[^\\n]* 127\\.0\\.0\\.1:${port}\\n$`));
  expect(second.stdout).toBe('');
}
