import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { LineClient } from './line-client.js';
import { Program } from './program.js';

const welcome =
  /^\* Welcome, (?<name>guest-[0-9a-f]{4})\. \/help lists the commands\. \(\/resume (?<token>\S+) takes this session up again\)$/;

/** What somebody is told on arrival. */
export interface Arrival {
  readonly name: string;
  /** What `/resume` wants. */
  readonly token: string;
}

/** A real telnet, which needs no terminal as long as its standard input stays open. */
export async function telnet(port: number): Promise<Program> {
  const program = new Program('telnet', ['127.0.0.1', String(port)]);
  await program.hears('Trying 127.0.0.1...', 'Connected to 127.0.0.1.', "Escape character is '^]'.");
  return program;
}

/** A real netcat. With `-N` it says so to the server when its standard input ends. */
export function netcat(port: number, ...options: readonly string[]): Program {
  return new Program('nc', [...options, '127.0.0.1', String(port)]);
}

/** Reads the welcome. */
export async function arrive(client: LineClient): Promise<Arrival> {
  const { name = '', token = '' } = welcome.exec(await client.hears(welcome))?.groups ?? {};
  return { name, token };
}

/** Comes in as a guest, and takes a name. */
export async function enter(client: LineClient, name: string, here: number): Promise<Arrival> {
  const arrival = await arrive(client);
  await client.hears(`* Joined lobby (${here} here).`);
  client.say(`/nick ${name}`);
  await client.hears(`* You are now known as ${name}.`);
  return arrival;
}

/** A socket of this process, for what no program does: to break its connection off. */
export class RawClient extends LineClient {
  readonly #socket: Socket;
  readonly #chunks: Buffer[] = [];
  #closed = false;

  constructor(port: number, host = '127.0.0.1') {
    super();
    this.#socket = connect({ port, host });
    this.#socket.on('data', (chunk) => {
      this.#chunks.push(chunk);
      this.changed();
    });
    this.#socket.on('close', () => {
      this.#closed = true;
      this.changed();
    });
    this.#socket.on('error', () => {});
    onTestFinished(() => void this.#socket.destroy());
  }

  get output(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get stdout(): string {
    return String(this.output);
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Reads nothing any more, and does not hang up when the server does. */
  stall(): void {
    this.#socket.pause();
  }

  /** Breaks off with a RST, as a network that is gone looks to the server. */
  cut(): void {
    this.#socket.resetAndDestroy();
  }

  /** Resolves when the connection is closed. */
  closed(): Promise<true> {
    return this.until('close', () => this.#closed || undefined);
  }

  protected override get over(): boolean {
    return this.#closed;
  }

  protected override describe(): string {
    return `It was sent ${JSON.stringify(this.stdout)}`;
  }
}
