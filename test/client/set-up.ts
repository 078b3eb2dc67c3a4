import { ChatHub, type HubOptions } from 'chathub';
import {
  type ChatClient,
  type ClientEvents,
  type ClientRoom,
  type ClientRoomEvents,
  type ConnectOptions,
  connect,
} from 'chathub/client';
import { webSocket } from 'chathub/websocket';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

type AnyUser = { readonly id: string };

/** A hub on a port of its own, and clients of it; all is closed when the test is over, and must have reported nothing. */
export async function chat<User extends AnyUser = AnyUser>(options: HubOptions<User> = {}) {
  const hub = new ChatHub<User>(options);
  const errors: unknown[] = [];
  hub.on('error', ({ error }) => errors.push(error));
  const transport = webSocket({ port: 0, path: '/chat' });
  await hub.listen(transport);
  const url = String(transport.addresses[0]);
  onTestFinished(async () => {
    await hub.close({ signal: AbortSignal.abort() });
    expect(errors).toEqual([]);
  });
  return { hub, url, errors, open: (more: ConnectOptions = {}) => opened(url, more) };
}

/** A client that is closed when the test is over. */
export function opened(url: string, options: ConnectOptions = {}): ChatClient & Recorder {
  const client = connect(url, { WebSocket, retryDelay: 20, ...options });
  onTestFinished(() => client.close());
  const errors: unknown[] = [];
  client.on('error', ({ error }) => errors.push(error));
  return Object.assign(client, { errors });
}

interface Recorder {
  /** What came as `error` events. */
  readonly errors: unknown[];
}

/** The next event of a kind. */
export function next<E extends keyof ClientRoomEvents>(room: ClientRoom, event: E): Promise<ClientRoomEvents[E]>;
export function next<E extends keyof ClientEvents>(client: ChatClient, event: E): Promise<ClientEvents[E]>;
export function next(emitter: { once(event: never, listener: (payload: never) => void): unknown }, event: string) {
  return new Promise<never>((resolve) => emitter.once(event as never, resolve));
}

/** Resolves when the client's connection has come to this. */
export function state(client: ChatClient, wanted: ChatClient['state']): Promise<void> {
  return new Promise((resolve) => {
    if (client.state === wanted) resolve();
    client.on('state', (event) => event.state === wanted && resolve());
  });
}

/** So many of what a reader gives. */
export async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) if (taken.push(item) === count) break;
  return taken;
}

/** Breaks the connection off, from within. */
export function cut(client: object): void {
  // biome-ignore lint/suspicious/noExplicitAny: a test looks inside
  (client as any).link.drop(4000, 'TIMEOUT');
}
