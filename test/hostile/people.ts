import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { JsonLinesClient, type Received, WebSocketClient } from '../integration/json-client.js';
import { LineClient } from '../integration/line-client.js';

let places = 0;

/** A name that nobody else has, for a room or somebody in it. */
export function fresh(what: string): string {
  return `${what}-${++places}`;
}

/** A socket that is written to as it pleases, and what came over it as lines. */
export class LineSocket extends LineClient {
  readonly socket: Socket;
  #heard = '';
  #closed = false;

  /** @param from - the address of this machine that it comes from */
  constructor(port: number, from = '127.0.0.1') {
    super();
    this.socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true }).setEncoding('utf8');
    this.socket.on('data', (text: string) => {
      this.#heard += text;
      this.changed();
    });
    this.socket.on('close', () => {
      this.#closed = true;
      this.changed();
    });
    // A reset is one way to end, and 'close' follows.
    this.socket.on('error', () => {});
  }

  get stdout(): string {
    return this.#heard;
  }

  get lines(): readonly string[] {
    return this.#heard.split(/\r?\n/).slice(0, -1);
  }

  write(bytes: string | Uint8Array): void {
    this.socket.write(bytes);
  }

  /** Each in a packet of its own, as far as the system lets them. */
  async writeEach(bytes: Uint8Array): Promise<void> {
    for (const byte of bytes) await new Promise((resolve) => this.socket.write(Buffer.of(byte), resolve));
  }

  /** Resolves with the first line that matches, of those that came and will come. */
  sees(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(String(pattern), () => {
      for (const line of this.lines) {
        const found = pattern.exec(line);
        if (found !== null) return found;
      }
      if (this.#closed) throw new Error(`The connection was closed. ${this.describe()}`);
      return undefined;
    });
  }

  closed(): Promise<true> {
    return this.until('close', () => this.#closed || undefined);
  }

  protected get over(): boolean {
    return this.#closed;
  }

  protected describe(): string {
    return `Lines: ${JSON.stringify(this.lines.slice(-10))}`;
  }
}

/** Somebody at a terminal, until the test ends. */
export class Person extends LineSocket {
  #entered = 0;
  #room = '';
  #settled = 0;

  constructor(port: number) {
    super(port);
    onTestFinished(() => void this.socket.destroy());
  }

  /** Somebody with a name in a room of their own, and in no other. */
  static async enter(port: number, name: string, room: string): Promise<Person> {
    const person = new Person(port);
    // Behind the lobby, which the server itself puts everybody into.
    await person.sees(/^\* Joined lobby /);
    person.say('/leave lobby', `/nick ${name}`, `/join ${room}`);
    await person.sees(new RegExp(`^\\* Joined ${room} `));
    person.#room = room;
    person.#entered = person.lines.length;
    return person;
  }

  /** What came since it entered, once all is done that it asked for. */
  async settled(): Promise<readonly string[]> {
    const told = `* Now in ${this.#room}.`;
    const count = ++this.#settled;
    this.say(`/switch ${this.#room}`);
    await this.until('answer', () => this.lines.filter((line) => line === told).length >= count || undefined);
    return this.lines.slice(this.#entered).filter((line) => line !== told);
  }
}

/** Somebody's program over WebSocket, with a name in a room of its own and in no other. */
export async function program(chat: string, name: string, room: string): Promise<WebSocketClient> {
  return settleIn(new WebSocketClient(chat), { name }, room);
}

/** The same over TCP, an object in each line. */
export async function lineProgram(port: number, name: string, room: string): Promise<JsonLinesClient> {
  return settleIn(new JsonLinesClient(port), { name }, room);
}

async function settleIn<Client extends WebSocketClient | JsonLinesClient>(
  client: Client,
  hello: object,
  room: string,
): Promise<Client> {
  await client.request('welcome', { ...hello, type: 'hello' });
  await client.request('joined', { type: 'join', room });
  return client;
}

/** The texts of the messages that it was sent of a room. */
export function texts({ events }: { readonly events: readonly Received[] }, room: string): readonly unknown[] {
  return events.filter((event) => event.type === 'message' && event.room === room).map(({ text }) => text);
}
