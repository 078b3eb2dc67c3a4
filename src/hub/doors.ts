import { ChatError, errorCodes, toChatError } from '../model/errors.js';
import { type Limits, limitTable } from '../model/limits.js';
import type { Clock } from '../ports/clock.js';
import type { Connection, ConnectionHandler, Transport, TransportContext } from '../ports/transport.js';
import { Admission } from './admission.js';
import type { LocalNode } from './local-node.js';
import { keepBytes } from './metrics.js';
import type { Sanctions, Who } from './sanctions.js';
import { Session, type SessionOwner } from './session.js';
import { Stalls } from './stalls.js';
import { countOne, type Tally } from './tally.js';

/** What the doors need of the hub. */
export interface DoorsHost {
  readonly limits: Limits;
  readonly clock: Clock;
  /** Whether the application looks at who connects. */
  readonly authenticates: boolean;
  readonly tally: Tally;
  report(error: unknown, stage: string): void;
}

/** How connections come in and go out: the transports, the sessions that they brought, and the time that these are given to leave. */
export class Doors {
  readonly #host: DoorsHost;
  readonly #admission: Admission;
  readonly #stalls: Stalls;
  readonly #sessions = new Map<Session, Transport>();
  readonly #transports = new Set<Transport>();
  /** Told of each connection that has gone, by whoever waits for some to go. */
  readonly #onGone = new Set<(session: Session) => void>();
  #closed = false;

  constructor(host: DoorsHost) {
    this.#host = host;
    this.#admission = new Admission(host.limits, host.clock);
    this.#stalls = new Stalls(host.clock, host.limits.writeDeadline);
  }

  get transports(): readonly Transport[] {
    return [...this.#transports];
  }

  get addresses(): readonly string[] {
    return this.transports.flatMap(({ addresses }) => addresses);
  }

  get connections(): number {
    return this.#sessions.size;
  }

  get sessions(): Iterable<Session> {
    return this.#sessions.keys();
  }

  /** Begins to accept. When one transport can't, none of these does. */
  async open(transports: readonly Transport[], node: LocalNode): Promise<void> {
    try {
      for (const transport of transports) {
        this.#transports.add(transport);
        const accept = (connection: Connection) => this.#accept(connection, transport, node);
        await transport.start(accept, this.#contextOf(transport, node));
      }
      if (this.#closed) throw new ChatError('SHUTDOWN', 'This hub is closed.');
    } catch (error) {
      await this.close(transports, 0);
      throw error;
    }
  }

  /** Accepts nobody any more, and lets those who are in leave: they are told when to come back, and have `drain` milliseconds. */
  async close(transports: readonly Transport[], drain: number, signal?: AbortSignal): Promise<void> {
    await this.#leave(transports, ([, transport]) => transports.includes(transport), drain, signal);
  }

  /** Lets nobody in for good, and closes all: those too whose transports are stopping already. */
  async closeAll(drain: number, signal?: AbortSignal): Promise<void> {
    this.#closed = true;
    await this.#leave(this.transports, () => true, drain, signal);
    this.#stalls.close();
  }

  async #leave(
    transports: readonly Transport[],
    concerns: (entry: readonly [Session, Transport]) => boolean,
    drain: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const stopped = this.#stop(transports, signal);
    const leaving = [...this.#sessions].filter(concerns).map(([session]) => session);
    const gone = this.#allGone(leaving, drain, signal);
    // Spread out, so that they do not all come back at once. For ever is no time to come back at.
    const spread = Number.isFinite(drain) ? drain : limitTable.drain.value;
    for (const session of leaving) void session.drain(Math.ceil(Math.random() * spread));
    await gone;
    for (const session of leaving) if (this.#sessions.has(session)) session.connection.terminate();
    await stopped;
  }

  #accept(connection: Connection, transport: Transport, node: LocalNode): ConnectionHandler | undefined {
    let leave: (() => void) | undefined;
    try {
      if (this.#closed) throw new ChatError('SHUTDOWN');
      node.sanctions.checkBan(somebodyFrom(connection.remoteAddress));
      leave = this.#admission.admit(connection.remoteAddress);
      const session = new Session(connection, node, this.#owner(leave));
      this.#sessions.set(session, transport);
      countOne(this.#host.tally.opened, connection.transport);
      session.open();
      return session;
    } catch (error) {
      leave?.();
      if (!(error instanceof ChatError)) this.#host.report(error, 'accept');
      const refusal = toChatError(error);
      countOne(this.#host.tally.refused, refusal.code);
      refuse(connection, refusal);
      return undefined;
    }
  }

  #owner(leave: () => void): SessionOwner {
    return {
      blocked: (session, blocked) => (blocked ? this.#stalls.add(session) : this.#stalls.delete(session)),
      closed: (session) => {
        leave();
        this.#stalls.delete(session);
        this.#sessions.delete(session);
        keepBytes(this.#host.tally, session.connection);
        for (const tell of this.#onGone) tell(session);
      },
    };
  }

  #contextOf(transport: Transport, { sanctions }: LocalNode): TransportContext {
    return {
      limits: this.#host.limits,
      authenticates: this.#host.authenticates,
      refusal: (address) => {
        const refusal = this.#closed
          ? new ChatError('SHUTDOWN')
          : (banOf(sanctions, address) ?? this.#admission.refusal(address));
        if (refusal !== undefined) countOne(this.#host.tally.refused, refusal.code);
        return refusal;
      },
      onError: (error) => this.#host.report(error, transport.name),
    };
  }

  /** Resolves when the sessions have gone, or their time is over. */
  #allGone(leaving: readonly Session[], drain: number, signal: AbortSignal | undefined): Promise<void> {
    const staying = new Set(leaving);
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        this.#onGone.delete(tell);
        resolve();
      };
      const tell = (session: Session) => {
        staying.delete(session);
        if (staying.size === 0) done();
      };
      const cancel = this.#host.clock.after(drain, done);
      this.#onGone.add(tell);
      signal?.addEventListener('abort', done);
      if (staying.size === 0 || signal?.aborted) done();
    });
  }

  async #stop(transports: readonly Transport[], signal?: AbortSignal): Promise<void> {
    for (const transport of transports) this.#transports.delete(transport);
    const stopped = await Promise.allSettled(
      transports.map((transport) => transport.stop(signal === undefined ? {} : { signal })),
    );
    for (const result of stopped) if (result.status === 'rejected') this.#host.report(result.reason, 'stop');
  }
}

/** Nobody knows yet who it is. */
function somebodyFrom(remoteAddress: string | undefined): Who {
  return { member: '', user: '', remoteAddress };
}

function banOf(sanctions: Sanctions, address: string | undefined): ChatError | undefined {
  try {
    sanctions.checkBan(somebodyFrom(address));
    return undefined;
  } catch (error) {
    return toChatError(error);
  }
}

/** Tells somebody who is not let in why, and closes. 1013: try again later (IANA's registry of close codes). */
function refuse(connection: Connection, { code, message, retryable }: ChatError): void {
  const payload = connection.protocol.encode({ type: 'error', code, message, retryable });
  if (payload !== null) connection.write(connection.framing.frame([payload]).bytes);
  connection.close({ code: retryable ? 1013 : errorCodes[code].close, reason: code });
}
