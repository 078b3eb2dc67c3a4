import { type ChatClient, ClientError, connect } from 'chathub/client';
import { expect, vi } from 'vitest';
import { FakeSocket } from '../client/fake-socket.js';

/** What the server says or does, what the application asks for, or time that goes by. */
export interface Step {
  readonly frame?: string;
  readonly answers?: boolean;
  readonly greets?: object;
  readonly ends?: number;
  readonly reason?: string;
  readonly calls?: number;
  readonly deaf?: boolean;
  readonly waits?: number;
}

/** A client whose server may say anything. */
export class Talk {
  readonly #sockets: FakeSocket[] = [];
  readonly #client: ChatClient;
  /** The server answers no ping. */
  #isDeaf = false;

  constructor() {
    const sockets = this.#sockets;
    const isDeaf = () => this.#isDeaf;
    class Socket extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        sockets.push(this);
      }

      override send(data: string): void {
        super.send(data);
        if (this.sent.at(-1)?.type === 'ping' && !isDeaf()) queueMicrotask(() => this.say({ type: 'pong' }));
      }
    }
    this.#client = connect('ws://chat.test/chat', { WebSocket: Socket, name: 'alice' });
    for (const name of ['state', 'direct', 'missed', 'notice', 'rename', 'error', 'leave'] as const)
      this.#client.on(name, () => undefined);
    this.#client.on('join', ({ room }) => {
      for (const name of ['entry', 'gap', 'reset', 'presence', 'signal', 'topic', 'read', 'leave'] as const)
        room.on(name, () => undefined);
    });
  }

  async take({ frame, answers, greets, ends, reason = '', calls, deaf, waits = 0 }: Step): Promise<void> {
    const socket = this.#sockets.at(-1);
    if (deaf !== undefined) this.#isDeaf = deaf;
    if (calls !== undefined) this.#call(calls);
    else if (greets !== undefined) await this.#greet(greets);
    else if (ends !== undefined) socket?.end(ends, reason);
    else if (frame !== undefined) socket?.onmessage?.({ data: answers ? this.#answering(frame) : frame } as never);
    await this.#wait(waits);
  }

  async end(): Promise<void> {
    await this.#wait(60_000);
    this.#client.close();
    await vi.advanceTimersByTimeAsync(0);
    expect(this.#client.state).toBe('closed');
    // What may have been stored is known to be unknown when its time is over: nothing else waits.
    await vi.advanceTimersByTimeAsync(600_000);
    expect(vi.getTimerCount()).toBe(0);
  }

  /** Time goes by, and is not used to ask again and again. */
  async #wait(ms: number): Promise<void> {
    const [sockets, sent] = [this.#sockets.length, this.#sent];
    await vi.advanceTimersByTimeAsync(ms);
    expect(this.#sockets.length - sockets).toBeLessThanOrEqual(20 + ms / 100);
    expect(this.#sent - sent).toBeLessThanOrEqual(20 + ms / 100);
  }

  get #sent(): number {
    return this.#sockets.reduce((sum, { sent }) => sum + sent.length, 0);
  }

  async #greet(event: object): Promise<void> {
    await this.#wait(0);
    const socket = this.#sockets.at(-1);
    if (socket === undefined || socket.readyState > 1) return;
    if (socket.readyState === 0) socket.open();
    const hello = socket.all('hello').at(-1);
    if (hello !== undefined) socket.say({ ...event, re: hello.id });
  }

  #answering(frame: string): string {
    const asked = this.#sockets.at(-1)?.sent.at(-1)?.id;
    return asked === undefined ? frame : JSON.stringify({ ...JSON.parse(frame), re: asked });
  }

  #call(which: number): void {
    const client = this.#client;
    const lobby = client.rooms.get('lobby');
    const calls = [
      () => client.join('lobby', { history: 5 }),
      () => client.direct('bob', 'psst'),
      () => client.nick('al'),
      () => client.listRooms(),
      () => client.request('echo', 1),
      () => client.search('x'),
      () => lobby?.send('hello'),
      () => lobby?.history(),
      () => lobby?.leave(),
    ];
    client.markRead();
    lobby?.markRead();
    // What the server makes of it is not promised; that it says so by a rejection is.
    calls[which]?.()?.catch((error: unknown) => expect(error).toBeInstanceOf(Error));
    client.ready().catch((error: unknown) => expect(error).toBeInstanceOf(ClientError));
  }
}
