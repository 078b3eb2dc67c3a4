import { connect, type Socket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { Watched } from './watched.js';

/** An object as it came over the wire: this client knows no more of it than that. */
export type Received = { readonly [member: string]: unknown };

/** How a connection ended: the code and reason of WebSocket, which TCP has not. */
export interface Ending {
  readonly code: number | undefined;
  readonly reason: string;
}

/** A program that sends and receives objects, and knows of the server what docs/protocol.md says. */
abstract class JsonClient extends Watched {
  readonly #events: Received[] = [];
  /** Those that `next()` has given. */
  readonly #taken = new Set<Received>();
  #lastId = 0;
  #ending: Ending | undefined;

  constructor() {
    super();
    onTestFinished(() => this.cut());
  }

  /** All that came, in order. */
  get events(): readonly Received[] {
    return this.#events;
  }

  /** Sends a frame as it is. */
  abstract write(frame: string | Uint8Array): void;
  /** Breaks off as a network that is gone does: without a goodbye. */
  abstract cut(): void;

  /** Sends commands. */
  tell(...commands: readonly object[]): void {
    for (const command of commands) this.write(JSON.stringify(command));
  }

  /** Sends a command with an id, and resolves with its reply, an `error` too. */
  ask(command: object): Promise<Received> {
    const id = `q${++this.#lastId}`;
    this.tell({ ...command, id });
    return this.find(`reply to ${JSON.stringify(command)}`, ({ re }) => re === id);
  }

  /** As `ask()`, but what comes must be this type of reply. */
  async request(type: string, command: object): Promise<Received> {
    const reply = await this.ask(command);
    expect(reply, JSON.stringify(reply)).toMatchObject({ type });
    return reply;
  }

  /** The first event of this type that was not yet given. */
  async next(type: string): Promise<Received> {
    const event = await this.find(`"${type}"`, (event) => event.type === type && !this.#taken.has(event));
    this.#taken.add(event);
    return event;
  }

  /** The first event that matches, of those that came and will come. */
  find(what: string, matches: (event: Received) => boolean): Promise<Received> {
    return this.until(what, () => {
      const found = this.#events.find(matches);
      if (found === undefined && this.#ending !== undefined) throw new Error(`No ${what}. ${this.describe()}`);
      return found;
    });
  }

  /** Resolves with all that has come once the server has done all that was asked before. */
  async settled(): Promise<readonly Received[]> {
    await this.request('pong', { type: 'ping' });
    return [...this.#events];
  }

  /** Those of a type that have come. */
  of(type: string): readonly Received[] {
    return this.#events.filter((event) => event.type === type);
  }

  /** Resolves when the connection is closed. */
  closed(): Promise<Ending> {
    return this.until('close', () => this.#ending);
  }

  protected receive(frame: string): void {
    this.#events.push(JSON.parse(frame) as Received);
    this.changed();
  }

  protected end(ending: Ending): void {
    this.#ending = ending;
    this.changed();
  }

  protected override describe(): string {
    const ending = this.#ending === undefined ? '' : ` It was closed: ${JSON.stringify(this.#ending)}`;
    return `It was sent ${JSON.stringify(this.#events)}${ending}`;
  }
}

/** Over WebSocket. */
export class WebSocketClient extends JsonClient {
  readonly ws: WebSocket;
  readonly #unsent: (string | Uint8Array)[] = [];

  constructor(url: string, subprotocols: readonly string[] = []) {
    super();
    this.ws = new WebSocket(url, [...subprotocols], { perMessageDeflate: false });
    this.ws.on('open', () => {
      for (const frame of this.#unsent.splice(0)) this.ws.send(frame);
    });
    this.ws.on('message', (data, isBinary) => {
      if (isBinary) throw new Error('A binary frame came.');
      this.receive(String(data));
    });
    this.ws.on('close', (code, reason) => this.end({ code, reason: String(reason) }));
    // A refusal by HTTP, or a cut of our own; 'close' follows.
    this.ws.on('error', () => {});
  }

  write(frame: string | Uint8Array): void {
    if (this.ws.readyState === WebSocket.CONNECTING) this.#unsent.push(frame);
    else this.ws.send(frame);
  }

  /** Says goodbye with a code. */
  close(code: number): Promise<Ending> {
    this.ws.close(code);
    return this.closed();
  }

  /** Reads nothing any more, nor answers. */
  stall(): void {
    this.ws.pause();
  }

  cut(): void {
    this.ws.terminate();
  }
}

/** Over TCP, an object in each line. */
export class JsonLinesClient extends JsonClient {
  readonly #socket: Socket;
  #rest = Buffer.alloc(0);

  constructor(port: number) {
    super();
    this.#socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#socket.on('data', (chunk) => this.#read(chunk));
    this.#socket.on('end', () => this.#socket.end());
    this.#socket.on('close', () => this.end({ code: undefined, reason: '' }));
    this.#socket.on('error', () => {});
  }

  write(frame: string | Uint8Array): void {
    this.#socket.write(typeof frame === 'string' ? `${frame}\n` : frame);
  }

  /** Ends its side with a FIN, and hears the other out. */
  finish(): void {
    this.#socket.end();
  }

  /** With a RST. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  #read(chunk: Buffer): void {
    const lines = Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let at = lines.indexOf(0x0a); at >= 0; at = lines.indexOf(0x0a, start)) {
      this.receive(lines.toString('utf8', start, at));
      start = at + 1;
    }
    this.#rest = lines.subarray(start);
  }
}
