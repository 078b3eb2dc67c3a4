import type { Command } from '../model/commands.js';
import type { ServerEvent, WelcomeEvent } from '../model/events.js';
import { ClientError } from './client-error.js';
import type { WebSocketConstructor, WebSocketLike } from './options.js';

/**
 * A command as JSON has it: without its `id`, which the link gives it, and with what is undefined left out. `hello` has
 * its positions as an object.
 */
export type Outgoing<C = Command> = C extends Command
  ? Undefinable<Omit<C, 'id' | 'rooms'>> & { readonly rooms?: object }
  : never;

type Undefinable<T> = { readonly [Name in keyof T]: T[Name] | (undefined extends T[Name] ? undefined : never) };

/** How long an answer to a ping may take. */
const pongMs = 10_000;

/** Who hears of a link. */
export interface LinkHost {
  /** The connection stands: greet. */
  opened(link: Link): void;
  /** An event came, reply or not; those who asked hear of it afterwards. */
  received(event: ServerEvent): void;
  /** The connection is no more. Told once. */
  lost(code: number, reason: string): void;
}

interface Waiter {
  resolve(event: ServerEvent): void;
  reject(error: ClientError): void;
}

/** What becomes of calls that a lost connection did not answer. */
export const lost = new ClientError('TIMEOUT', 'Connection lost.', true);

/** One connection: objects go, objects come, answers find who asked. Says nothing of who is at its ends. */
export class Link {
  readonly #socket: WebSocketLike;
  readonly #host: LinkHost;
  readonly #waiters = new Map<number, Waiter>();
  #lastId = 0;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #welcome: WelcomeEvent | undefined;

  constructor(url: string, WebSocket: WebSocketConstructor, host: LinkHost) {
    this.#host = host;
    this.#socket = new WebSocket(url, ['chathub.v1.json']);
    this.#socket.onopen = () => host.opened(this);
    this.#socket.onmessage = ({ data }: { data: string }) => this.#receive(data);
    this.#socket.onclose = ({ code, reason }: { code: number; reason: string }) => this.#end(code, reason);
    // 'close' follows, and browsers tell no more than that.
    this.#socket.onerror = () => undefined;
    // A connection that never comes to stand must not be waited for.
    this.#wait(pongMs, () => this.drop(4000, 'HELLO_TIMEOUT'));
  }

  /** The server has said what it takes, and how long it may be silent. */
  welcomed(event: WelcomeEvent): void {
    this.#welcome = event;
    this.#listen();
  }

  /** Sends a command, and resolves with its reply; rejects with a {@link ClientError}, {@link lost} when none came. */
  call(command: Outgoing): Promise<ServerEvent> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const error = this.#send({ ...command, id });
      if (error) reject(error);
      else this.#waiters.set(id, { resolve, reject });
    });
  }

  /** Sends a command whose reply is of no interest. */
  tell(command: Outgoing): void {
    this.#send(command);
  }

  /** Ends the connection from here, without waiting for the other side. */
  drop(code: number, reason: string): void {
    this.#socket.close(code, reason);
    this.#end(code, reason);
  }

  #send(command: object): ClientError | undefined {
    if (this.#over) return lost;
    const frame = JSON.stringify(command);
    // Beyond this the server closes the connection, and would again each time that this is repeated.
    const { frameBytes } = this.#welcome?.limits ?? {};
    if (frameBytes && new TextEncoder().encode(frame).length > frameBytes)
      return new ClientError('TOO_LONG', `Over ${frameBytes} bytes.`);
    this.#socket.send(frame);
    return undefined;
  }

  #receive(frame: string): void {
    if (this.#over) return;
    if (this.#welcome) this.#listen();
    try {
      const event = JSON.parse(frame) as ServerEvent & { readonly re?: number };
      this.#host.received(event);
      this.#settle(event);
    } catch {
      // It is no event of this protocol, and must not throw in the application's event loop.
      this.drop(4000, 'BAD_FRAME');
    }
  }

  #settle(event: ServerEvent & { readonly re?: number }): void {
    const { re } = event;
    if (re === undefined) return;
    const waiter = this.#waiters.get(re);
    if (event.type === 'error') waiter?.reject(new ClientError(event.code, event.message, event.retryable));
    else waiter?.resolve(event);
    this.#waiters.delete(re);
  }

  /** Whoever says nothing for `heartbeat` is asked, and given up when no answer comes. */
  #listen(): void {
    const ask = () => {
      this.tell({ type: 'ping' });
      this.#wait(pongMs, () => this.drop(4000, 'HEARTBEAT_LOST'));
    };
    // Without a heartbeat (null, as JSON has no Infinity) nobody is asked for days; nor with one beyond what timers can wait.
    const heartbeat = this.#welcome?.heartbeat ?? 0;
    this.#wait(heartbeat > 0 && heartbeat < 1e9 ? heartbeat : 1e9, ask);
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #end(code: number, reason: string): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#host.lost(code, reason);
    for (const { reject } of this.#waiters.values()) reject(lost);
  }
}
