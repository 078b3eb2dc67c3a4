import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net';
import type { TransportContext } from 'chathub';
import { type Accept, type BadFrame, type Connection, type ConnectionHandler, type Framing, plainText } from 'chathub';
import { type TcpOptions, tcp } from 'chathub/tcp';
import { onTestFinished } from 'vitest';

const limits = {
  frameBytes: 65_536,
  fragments: 64,
  helloTimeout: 10_000,
  heartbeat: 25_000,
  heartbeatTimeout: 10_000,
  idleTimeout: Number.POSITIVE_INFINITY,
};

/** Something that happens bit by bit, and can be waited for. */
class Changing {
  #waiting: (() => void)[] = [];

  /** Resolves when this is true, and looks again each time something happened. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => void this.#waiting.push(resolve));
  }

  protected changed(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** What a hub hears of one connection. */
export class Side extends Changing implements ConnectionHandler {
  readonly connection: Connection;
  readonly frames: (string | BadFrame)[] = [];
  framing: Framing;
  drains = 0;
  ends = 0;
  readonly endings: string[] = [];
  /** Called with each frame. */
  onFrame: (frame: string | BadFrame) => void = () => {};

  constructor(connection: Connection) {
    super();
    this.connection = connection;
    this.framing = connection.framing;
  }

  receive(frame: string | BadFrame, framing: Framing): void {
    this.frames.push(frame);
    this.framing = framing;
    this.onFrame(frame);
    this.changed();
  }

  drained(): void {
    this.drains++;
    this.changed();
  }

  ended(): void {
    this.ends++;
    this.changed();
  }

  closed(how: 'normal' | 'ended' | 'lost'): void {
    this.endings.push(how);
    this.changed();
  }

  /** Sends lines as the last one that came was framed. */
  say(...lines: readonly string[]): void {
    this.connection.write(this.framing.frame(lines).bytes);
  }

  async closing(): Promise<string> {
    await this.until(() => this.endings.length > 0);
    return this.endings.join();
  }
}

/** The other end of a connection: raw bytes. */
export class Client extends Changing {
  readonly socket: Socket;
  /** All that came, as Latin-1. */
  received = '';
  ended = false;
  closed = false;

  constructor(socket: Socket) {
    super();
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.received += bytes.toString('latin1');
      this.changed();
    });
    socket.on('end', () => {
      this.ended = true;
      this.changed();
    });
    socket.on('close', () => {
      this.closed = true;
      this.changed();
    });
    socket.on('error', () => {});
    onTestFinished(() => void socket.destroy());
  }

  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  }

  /** Resolves when nothing more will come. */
  gone(): Promise<void> {
    return this.until(() => this.ended || this.closed);
  }

  /** Resolves when these bytes, as Latin-1, are all that came. */
  async got(expected: string): Promise<void> {
    await this.until(() => this.received.length >= expected.length || this.ended || this.closed);
    if (this.received !== expected)
      throw new Error(`Expected ${JSON.stringify(expected)}, got ${JSON.stringify(this.received)}`);
  }
}

/** A transport with a hub that records what it hears. */
export class Stage extends Changing {
  readonly transport;
  readonly sides: Side[] = [];
  readonly errors: unknown[] = [];
  readonly #limits: Partial<TransportContext['limits']>;

  constructor(options: TcpOptions, limits: Partial<TransportContext['limits']> = {}) {
    super();
    this.transport = tcp({ protocol: plainText(), ...options });
    this.#limits = limits;
    onTestFinished(async () => {
      for (const side of this.sides) side.connection.terminate();
      await this.transport.stop();
    });
  }

  async start(accept: Accept = this.accept): Promise<this> {
    await this.transport.start(accept, {
      limits: { ...limits, ...this.#limits },
      authenticates: true,
      refusal: () => undefined,
      onError: (error) => void this.errors.push(error),
    });
    return this;
  }

  readonly accept = (connection: Connection): ConnectionHandler => {
    const side = new Side(connection);
    this.sides.push(side);
    this.changed();
    return side;
  };

  get port(): number {
    return Number(new URL(String(this.transport.addresses[0])).port);
  }

  client(options: { readonly allowHalfOpen?: boolean; readonly host?: string } = {}): Client {
    return new Client(connectSocket({ host: '127.0.0.1', port: this.port, allowHalfOpen: true, ...options }));
  }

  /** Both ends of a new connection. */
  async link(): Promise<{ readonly client: Client; readonly side: Side }> {
    const before = this.sides.length;
    const client = this.client();
    await this.until(() => this.sides.length > before);
    return { client, side: this.sides[before] as Side };
  }
}

/** A transport of plain text that listens on a port of its own. */
export function stage(options: TcpOptions = {}, limits: Partial<TransportContext['limits']> = {}): Promise<Stage> {
  return new Stage({ port: 0, ...options }, limits).start();
}

export function portOf(server: { address(): AddressInfo | string | null }): number {
  return (server.address() as AddressInfo).port;
}
