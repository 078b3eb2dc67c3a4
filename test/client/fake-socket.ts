import type { ClientEvents, ConnectOptions } from 'chathub/client';
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { opened } from './set-up.js';

/** What a client sent, as it stood on the wire. */
export type Sentence = { readonly type: string; readonly id?: number; readonly [name: string]: unknown };

/** The far end of one connection, played by the test. */
export class FakeSocket {
  readyState = 0;
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: Sentence[] = [];
  /** How this side closed it. */
  closed: readonly [code: number | undefined, reason: string | undefined] | undefined;

  constructor(url: string, protocols: string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(data: string): void {
    this.sent.push(JSON.parse(data) as Sentence);
  }

  close(code?: number, reason?: string): void {
    this.readyState = 2;
    this.closed ??= [code, reason];
  }

  // ---- For the test

  open(): void {
    this.readyState = 1;
    this.onopen?.({} as never);
  }

  /** Something comes from the server. */
  say(event: object): void {
    this.onmessage?.({ data: JSON.stringify(event) } as never);
  }

  /** The connection ends, from the other side or by the network. */
  end(code = 1006, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason } as never);
  }

  /** The commands of a kind. */
  all(type: string): Sentence[] {
    return this.sent.filter((sentence) => sentence.type === type);
  }

  /** The last command of a kind, which must be there. */
  last(type: string): Sentence {
    const found = this.all(type).at(-1);
    if (found === undefined) expect.unreachable(`No ${type} among ${this.sent.map((sentence) => sentence.type)}`);
    return found as Sentence;
  }

  /** Answers the last command of a kind. */
  async answer(type: string, reply: object): Promise<void> {
    this.say({ ...reply, re: this.last(type).id });
    await settled();
  }
}

export const author = (name: string, id = name) => ({ id, user: id, name });

/** A `joined` without its type, room and `re`. */
export const facts = (more: object = {}) => ({
  ...{ epoch: 'e1', offset: 0, recovered: true, more: false, entries: [], members: [author('alice')], count: 1 },
  ...more,
});

const welcome = (more: object = {}) => ({
  type: 'welcome',
  session: 'secret',
  member: author('alice'),
  resumed: false,
  heartbeat: 25_000,
  limits: { messageBytes: 4_096, dataBytes: 8_192, frameBytes: 65_536 },
  rooms: { '@': facts({ count: 0 }) },
  ...more,
});

export const message = (offset: number, more: object = {}) => ({
  ...{ type: 'message', room: 'lobby', id: `m${offset}`, offset, from: author('bob'), text: `text ${offset}`, at: 1 },
  ...more,
});

/** Lets everything that is ready to happen happen. */
export async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** Time stands still in the tests of a file, and nothing may be rejected unheard or said on the console. */
export function stillTime(): void {
  const rejections: unknown[] = [];
  const onRejection = (error: unknown) => rejections.push(error);
  beforeEach(() => {
    vi.useFakeTimers();
    process.on('unhandledRejection', onRejection);
  });
  afterEach(async () => {
    vi.useRealTimers();
    // Rejections are told of when microtasks are through.
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onRejection);
    expect(rejections.splice(0)).toEqual([]);
  });
}

/** A client whose connections the test plays, with what it told of them. */
export function scripted(options: ConnectOptions = {}) {
  const sockets: FakeSocket[] = [];
  class WebSocket extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  }
  const client = opened('ws://chat.test/chat', { WebSocket, retryDelay: 1_000, ...options });
  const states: ClientEvents['state'][] = [];
  client.on('state', (event) => states.push(event));
  const socket = () => sockets.at(-1) as FakeSocket;
  /** The newest connection opens, and the server says welcome. */
  const greet = async (more: object = {}) => {
    await settled();
    socket().open();
    await socket().answer('hello', welcome(more));
    return socket();
  };
  /** The next attempt to connect is made, however long it is until then. */
  const retry = async () => {
    await vi.advanceTimersToNextTimerAsync();
    await settled();
    return socket();
  };
  /** Is in a room. */
  const enter = async (room = 'lobby', more: object = {}) => {
    const joining = client.join(room);
    await settled();
    await socket().answer('join', { type: 'joined', room, ...facts(more) });
    return joining;
  };
  return { client, sockets, states, socket, greet, retry, enter };
}
