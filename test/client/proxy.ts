import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Dice } from '../hub/model/dice.js';

/** How each side learns that a connection is cut; `never`: the server is not told, and holds what is dead for alive. */
type Ending = 'reset' | 'end' | 'never';

type Direction = 'up' | 'down';

/** What happens to one connection, once so many bytes have gone in one direction: any place in a frame. */
interface Plan {
  readonly counted: Direction;
  bytes: number;
  readonly kind: 'cut' | 'lose' | 'stall';
  /** Which directions lose what comes, or stand still. */
  readonly lanes: readonly Direction[];
  /** For how long, in milliseconds, before what comes of it. */
  readonly ms: number;
}

/** A network that does its worst to the connections through it, up to so many cuts. It never changes or reorders bytes. */
export class BadNetwork {
  readonly #lines = new Set<Line>();
  readonly #server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  readonly #target: URL;
  readonly #dice: Dice;
  #left = 0;
  #spent: () => void = () => undefined;
  /** How often each kind of thing was done. */
  readonly did = { cut: 0, lose: 0, stall: 0, reset: 0, end: 0, never: 0 };
  cuts = 0;

  constructor(target: string, dice: Dice) {
    this.#target = new URL(target);
    this.#dice = dice;
  }

  /** Begins to pass connections on; the address to connect to instead. */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const url = new URL(this.#target);
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** Does harm until this many more connections are cut, and resolves then; from there on all goes well. */
  harm(cuts: number): Promise<void> {
    this.#left = cuts;
    for (const line of this.#lines) line.follow(this.#plan());
    return new Promise((resolve) => {
      this.#spent = resolve;
    });
  }

  close(): void {
    this.#left = 0;
    this.#server.close();
    for (const line of this.#lines) line.destroy();
  }

  #accept(client: Socket): void {
    const server = connect({ port: Number(this.#target.port), host: this.#target.hostname, allowHalfOpen: true });
    const line = new Line(client, server, {
      next: () => this.#plan(),
      did: (kind) => this.did[kind]++,
      endings: () => this.#endings(),
      cut: () => this.#cut(),
      gone: () => this.#lines.delete(line),
    });
    this.#lines.add(line);
    line.follow(this.#plan());
  }

  #plan(): Plan | undefined {
    if (this.#left === 0) return undefined;
    const dice = this.#dice;
    const kind = dice.weighted([
      [3, 'cut'],
      [4, 'lose'],
      [3, 'stall'],
    ] as const);
    // Most stand still in the middle of what was missed, so that repeats go out before the rest of it comes.
    if (kind === 'stall' && dice.chance(70))
      return { counted: 'down', bytes: dice.between(300, 4_000), kind, lanes: ['down'], ms: dice.between(1, 10) };
    const counted = dice.pick(['up', 'down'] as const);
    // Some within the handshake and the greeting, most among messages.
    const bytes = dice.chance(10) ? dice.below(1_200) : dice.between(1_200, counted === 'up' ? 3_000 : 10_000);
    const lanes =
      kind === 'lose'
        ? [dice.pick(['up', 'down', 'down'] as const)]
        : dice.pick([['up'], ['down'], ['up', 'down']] as const);
    return { counted, bytes, kind, lanes: lanes as Direction[], ms: dice.between(1, kind === 'lose' ? 40 : 25) };
  }

  #endings(): readonly [client: Ending, server: Ending] {
    const dice = this.#dice;
    return [dice.pick(['reset', 'end'] as const), dice.pick(['reset', 'end', 'never'] as const)];
  }

  #cut(): void {
    this.cuts++;
    if (this.#left > 0 && --this.#left === 0) {
      // What is half dead already shall not be what the rest waits for.
      for (const line of this.#lines) line.settle();
      this.#spent();
    }
  }
}

interface LineHost {
  next(): Plan | undefined;
  did(kind: keyof BadNetwork['did']): void;
  endings(): readonly [client: Ending, server: Ending];
  cut(): void;
  gone(): void;
}

/** One connection through the proxy. */
class Line {
  readonly #sockets: { readonly [direction in Direction]: { readonly from: Socket; readonly to: Socket } };
  readonly #host: LineHost;
  readonly #held: { [direction in Direction]?: Buffer[] } = {};
  readonly #losing = new Set<Direction>();
  #plan: Plan | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isCut = false;

  constructor(client: Socket, server: Socket, host: LineHost) {
    this.#host = host;
    this.#sockets = { up: { from: client, to: server }, down: { from: server, to: client } };
    let open = 2;
    for (const direction of ['up', 'down'] as const) {
      const { from, to } = this.#sockets[direction];
      from.setNoDelay(true);
      from.on('data', (bytes) => this.#pass(direction, bytes));
      from.on('end', () => (this.#isCut ? from : to).end());
      // Of a cut that this test made.
      from.on('error', () => from.destroy());
      from.on('close', () => {
        if (!this.#isCut) to.destroy();
        if (--open === 0) this.#close();
      });
    }
  }

  follow(plan: Plan | undefined): void {
    this.#plan = plan;
  }

  /** Ends what is going on, the connection itself where bytes of it are lost. */
  settle(): void {
    this.#plan = undefined;
    if (this.#losing.size > 0) this.#cut();
    else this.#release();
  }

  destroy(): void {
    for (const { from } of Object.values(this.#sockets)) from.destroy();
  }

  #pass(direction: Direction, bytes: Buffer): void {
    const plan = this.#plan;
    if (plan?.counted !== direction) return this.#write(direction, bytes);
    if (bytes.length < plan.bytes) {
      plan.bytes -= bytes.length;
      return this.#write(direction, bytes);
    }
    this.#plan = undefined;
    this.#write(direction, bytes.subarray(0, plan.bytes));
    this.#begin(plan);
    this.#write(direction, bytes.subarray(plan.bytes));
  }

  #begin({ kind, lanes, ms }: Plan): void {
    this.#host.did(kind);
    if (kind === 'cut') return this.#cut();
    if (kind === 'stall') for (const lane of lanes) this.#held[lane] = [];
    else for (const lane of lanes) this.#losing.add(lane);
    this.#timer = setTimeout(() => (kind === 'lose' ? this.#cut() : this.#release()), ms);
  }

  #write(direction: Direction, bytes: Buffer): void {
    if (this.#isCut || this.#losing.has(direction) || bytes.length === 0) return;
    const held = this.#held[direction];
    if (held !== undefined) held.push(bytes);
    else this.#sockets[direction].to.write(bytes);
  }

  #release(): void {
    clearTimeout(this.#timer);
    for (const direction of ['up', 'down'] as const) {
      const held = this.#held[direction] ?? [];
      delete this.#held[direction];
      for (const bytes of held) this.#write(direction, bytes);
    }
    this.#plan ??= this.#host.next();
  }

  #cut(): void {
    if (this.#isCut) return;
    this.#isCut = true;
    clearTimeout(this.#timer);
    const endings = this.#host.endings();
    for (const [index, socket] of [this.#sockets.up.from, this.#sockets.down.from].entries()) {
      const ending = endings[index] ?? 'reset';
      this.#host.did(ending);
      if (ending === 'reset') socket.resetAndDestroy();
      else if (ending === 'end') socket.end();
    }
    this.#host.cut();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#host.gone();
  }
}
