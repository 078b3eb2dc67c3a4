import { type ClientOptions, WebSocket } from 'ws';
import { ClientError, type WebSocketConstructor } from '../../client/index.js';
import type { Command, ServerEvent } from '../../index.js';
import { answerMs } from './chat.js';
import { whyNoUpgrade, whyUnreachable } from './failures.js';

/** The longest frame that is taken: servers give 256 KiB of the past at once, and some. */
const longestFrame = 4_194_304;

const lost = () => new ClientError('TIMEOUT', 'The connection was lost: it may be done, or not.', true);

interface Asked {
  resolve(event: ServerEvent): void;
  reject(error: ClientError): void;
}

/**
 * The WebSockets of a client, one after the other, seen from outside: hears what comes, before the client does, and asks for what the
 * client has no method for. Ids of commands may be texts (`docs/protocol.md`); the client's own are numbers, so that neither takes the
 * other's answers.
 */
export class Wire {
  /** For the client. */
  readonly WebSocket: WebSocketConstructor;
  /** Why the last attempt came to nothing, in a sentence; undefined where that is not known. */
  failure: string | undefined;
  readonly #asked = new Map<string, Asked>();
  readonly #hear: (event: ServerEvent) => void;
  #socket: WebSocket | undefined;
  #lastId = 0;
  #frameBytes = Number.POSITIVE_INFINITY;

  /**
   * @param name - of the server, for people
   * @param ca - who may have signed its certificate; those whom Node.js knows, unless given
   * @param hear - is given each event, replies included
   */
  constructor(name: string, ca: string | undefined, hear: (event: ServerEvent) => void) {
    this.#hear = hear;
    const options: ClientOptions = { maxPayload: longestFrame, handshakeTimeout: 10_000, ...(ca && { ca }) };
    const watch = (socket: WebSocket) => this.#watch(socket, name);
    this.WebSocket = class extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, options);
        watch(this);
      }
    } as WebSocketConstructor;
  }

  /**
   * Asks for something, over the connection that there is.
   *
   * @returns the reply
   * @throws ClientError what the server said; `TIMEOUT` when no answer came
   */
  ask(command: Command): Promise<ServerEvent> {
    return new Promise((resolve, reject) => {
      const id = `typed-${++this.#lastId}`;
      const frame = JSON.stringify({ ...command, id });
      if (this.#socket?.readyState !== WebSocket.OPEN) return reject(lost());
      // The server would close the connection.
      if (Buffer.byteLength(frame) > this.#frameBytes)
        return reject(new ClientError('TOO_LONG', `Over ${this.#frameBytes} bytes.`));
      const timer = setTimeout(() => settle(reject)(lost()), answerMs);
      const settle = <T>(how: (result: T) => void) => {
        return (result: T) => {
          clearTimeout(timer);
          this.#asked.delete(id);
          how(result);
        };
      };
      this.#asked.set(id, { resolve: settle(resolve), reject: settle(reject) });
      this.#socket.send(frame);
    });
  }

  /** Whoever has left does not wait for the other side to agree. */
  cut(): void {
    const socket = this.#socket;
    setTimeout(() => socket?.terminate(), 1_000).unref();
  }

  #watch(socket: WebSocket, name: string): void {
    this.#socket = socket;
    this.failure = undefined;
    socket.on('message', (data) => {
      try {
        this.#receive(String(data));
      } catch {
        this.failure = `What ${name} sends makes no sense.`;
        socket.terminate();
      }
    });
    socket.on('error', (error) => {
      this.failure ??= whyUnreachable(error, name);
    });
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      this.failure = whyNoUpgrade(statusCode, name);
      // With a listener here, to end it is ours to do.
      socket.terminate();
    });
    socket.on('close', () => {
      for (const { reject } of [...this.#asked.values()]) reject(lost());
    });
  }

  #receive(frame: string): void {
    const event = eventIn(frame);
    // The client drops the connection.
    if (event === undefined) return;
    if (event.type === 'welcome') this.#frameBytes = event.limits.frameBytes ?? Number.POSITIVE_INFINITY;
    this.#hear(event);
    const asked = 're' in event ? this.#asked.get(String(event.re)) : undefined;
    if (event.type === 'error') asked?.reject(new ClientError(event.code, event.message, event.retryable));
    else asked?.resolve(event);
  }
}

function eventIn(frame: string): ServerEvent | undefined {
  try {
    const event: unknown = JSON.parse(frame);
    return typeof event === 'object' && event !== null && 'type' in event ? (event as ServerEvent) : undefined;
  } catch {
    return undefined;
  }
}
