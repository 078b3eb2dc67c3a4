import { type Accept, type ChatError, type Connection, limitTable, type TransportContext } from 'chathub';
import { type WebSocketOptions, webSocket } from 'chathub/websocket';
import { onTestFinished } from 'vitest';
import { Watched } from '../../integration/watched.js';
import { Side } from '../tcp/stage.js';
import { type Headers, type RawSocket, upgraded } from './raw-frames.js';

type TransportLimits = TransportContext['limits'];

const defaults: TransportLimits = {
  frameBytes: limitTable.frameBytes.value,
  fragments: limitTable.fragments.value,
  helloTimeout: limitTable.helloTimeout.value,
  heartbeat: limitTable.heartbeat.value,
  heartbeatTimeout: limitTable.heartbeatTimeout.value,
  idleTimeout: limitTable.idleTimeout.value,
};

/** A transport with a hub that records what it hears. */
export class Stage extends Watched {
  readonly transport;
  readonly sides: Side[] = [];
  readonly errors: unknown[] = [];
  /** Whether anybody looks at who comes. */
  authenticates = true;
  /** Of which addresses it was asked whether they are let in. */
  readonly asked: (string | undefined)[] = [];
  /** Why nobody would be let in. */
  refusal: ChatError | undefined;
  readonly #limits: TransportLimits;

  constructor(options: WebSocketOptions, limits: Partial<TransportLimits> = {}) {
    super();
    this.transport = webSocket(options);
    this.#limits = { ...defaults, ...limits };
    onTestFinished(async () => {
      for (const { connection } of this.sides) connection.terminate();
      await this.transport.stop();
    });
  }

  async start(accept: Accept = this.accept): Promise<this> {
    await this.transport.start(accept, {
      limits: this.#limits,
      authenticates: this.authenticates,
      refusal: (address) => {
        this.asked.push(address);
        return this.refusal;
      },
      onError: (error) => void this.errors.push(error),
    });
    return this;
  }

  readonly accept = (connection: Connection): Side => {
    const side = new Side(connection);
    this.sides.push(side);
    this.changed();
    return side;
  };

  get address(): string {
    return String(this.transport.addresses[0]);
  }

  /** Resolves with what the hub knows of the connection with this index. */
  side(index: number): Promise<Side> {
    return this.until('connection', () => this.sides[index]);
  }

  /** Both ends of a new connection. */
  async link(headers: Headers = {}): Promise<{ readonly client: RawSocket; readonly side: Side }> {
    const before = this.sides.length;
    const client = await upgraded(this.address, headers);
    return { client, side: await this.side(before) };
  }

  protected describe(): string {
    return `${this.sides.length} connections.`;
  }
}

/** A transport that listens on a port of its own. */
export function stage(options: WebSocketOptions = {}, limits: Partial<TransportLimits> = {}): Promise<Stage> {
  return new Stage({ port: 0, ...options }, limits).start();
}
