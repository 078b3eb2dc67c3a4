import assert from 'node:assert/strict';
import { type Accept, type Connection, limitTable, type Protocol, type Transport } from '../../index.js';
import { type Check, until } from '../checks.js';
import { HubSide } from './hub-side.js';
import type { RawPeer, TransportConformanceOptions, TransportUnderTest } from './options.js';

/** Both ends of one connection. */
export interface Link {
  readonly peer: RawPeer;
  readonly hub: HubSide;
}

/** The largest frame that the transports under test may let through, in bytes. */
export const frameBytes = limitTable.frameBytes.value;

/** A transport that was started with a hub that records what it hears. */
export class Stage {
  readonly transport: Transport;
  readonly sides: HubSide[] = [];
  readonly errors: unknown[] = [];
  /** Called with each connection before the transport has its handler; false refuses it. */
  onAccept: (connection: Connection) => boolean | undefined = () => undefined;
  readonly #connect: () => Promise<RawPeer>;
  readonly #peers: RawPeer[] = [];

  constructor({ transport, connect }: TransportUnderTest) {
    this.transport = transport;
    this.#connect = connect;
  }

  start(): Promise<void> {
    return this.transport.start(this.#accept, {
      limits: {
        frameBytes,
        fragments: limitTable.fragments.value,
        helloTimeout: limitTable.helloTimeout.value,
        heartbeat: limitTable.heartbeat.value,
        heartbeatTimeout: limitTable.heartbeatTimeout.value,
        idleTimeout: limitTable.idleTimeout.value,
      },
      refusal: () => undefined,
      onError: (error) => void this.errors.push(error),
    });
  }

  /** Connects a peer, which the transport may not have told of yet. */
  async connect(): Promise<RawPeer> {
    const peer = await within('connecting', this.#connect());
    this.#peers.push(peer);
    return peer;
  }

  /** Connects a peer and waits for the hub to hear of it. */
  async link(): Promise<Link> {
    const before = this.sides.length;
    const peer = await this.connect();
    await until('accept() is called', () => this.sides.length > before);
    const hub = this.sides[before];
    assert.ok(hub);
    return { peer, hub };
  }

  async tearDown(): Promise<void> {
    for (const { connection } of this.sides) connection.terminate();
    for (const peer of this.#peers) peer.cut();
    await within('stop()', this.transport.stop());
  }

  readonly #accept: Accept = (connection) => {
    if (this.onAccept(connection) === false) return undefined;
    const side = new HubSide(connection);
    this.sides.push(side);
    return side;
  };
}

/** A check with a started transport of its own, whose hub must have heard nothing that the contract forbids. */
export function onStage(
  { create }: TransportConformanceOptions,
  name: string,
  run: (stage: Stage) => Promise<void>,
): Check {
  return {
    name,
    async run() {
      const stage = new Stage(await create(kitProtocol));
      try {
        await within('start()', stage.start());
        await run(stage);
      } finally {
        await stage.tearDown();
      }
      await until('closed() is called for each connection', () => stage.sides.every((side) => side.endings.length > 0));
      for (const side of stage.sides) assert.deepEqual(side.faults, []);
      assert.deepEqual(stage.errors, []);
    },
  };
}

/** Transports look at its `terminal` alone; the checks are what reads and writes here. */
export const kitProtocol: Protocol = {
  name: 'conformance',
  echo: true,
  terminal: false,
  limited: false,
  slowConsumer: 'disconnect',
  resumable: [],
  encode: () => null,
  open: () => ({ receive: () => null }),
};

/** The promise, unless it takes too long: then an error that says what did. */
export async function within<T>(what: string, promise: Promise<T>, ms = 5_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms} ms in vain: ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** So many frames from a peer. */
export async function take(peer: RawPeer, count: number): Promise<readonly string[]> {
  const frames: string[] = [];
  while (frames.length < count) frames.push(await within(`frame ${frames.length + 1} of ${count}`, peer.next()));
  return frames;
}

/** `frame 1`, `frame 2` … */
export function numbered(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `frame ${index + 1}`);
}
