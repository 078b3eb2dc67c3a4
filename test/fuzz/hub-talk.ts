import { ChatHub, type Engine, errorCodes, json, type Protocol } from 'chathub';
import { type MemoryPeer, memoryTransport, virtualClock } from 'chathub/testing';
import { expect } from 'vitest';
import { type Frame, wire } from './commands.js';

/** What somebody asks for or does, and what happens meanwhile. */
export interface Step {
  readonly who: number;
  readonly command?: Frame;
  readonly about?: number;
  readonly turns?: number;
  readonly waits?: number;
  readonly cuts?: boolean;
}

const noLimit = Number.POSITIVE_INFINITY;
const rates = { sendsPerSecond: noLimit, commandsPerSecond: noLimit, badFrames: noLimit };

/** A hub where nearly everything is allowed, and three who ask things of it. */
export class Talk {
  readonly #clock = virtualClock();
  readonly #errors: unknown[] = [];
  readonly #hub: ChatHub<{ readonly id: string }>;
  readonly #transport;
  readonly #peers: MemoryPeer[] = [];
  readonly #asked = new Map<MemoryPeer, number[]>();
  #lastId = 0;

  constructor(engine: Engine, protocol: Protocol = json()) {
    this.#transport = memoryTransport({ protocol });
    this.#hub = new ChatHub({
      engine,
      clock: this.#clock,
      limits: { ...rates, history: 20, roomsPerMember: 4, presenceDetail: 2, messageBytes: 64, dataBytes: 64 },
      policies: {
        authenticate: ({ token }) => (token ? { id: token } : null),
        moderate: () => true,
        read: ({ room }) => room !== 'ops',
      },
    });
    this.#hub.handle('echo', ({ data }) => data);
    this.#hub.on('error', ({ error }) => this.#errors.push(error));
    // What an application may read of all that.
    this.#hub.on('message', ({ member, message }) => [member.name, message?.text]);
  }

  async begin(): Promise<void> {
    await this.#hub.listen(this.#transport);
    for (const index of [0, 1, 2]) this.#connect(index);
    await this.#turns(8);
  }

  async take({ who, command, about = 0, turns = 0, waits, cuts }: Step): Promise<void> {
    if (cuts !== undefined || this.#peers[who]?.isOpen !== true) {
      if (cuts === true) this.#peers[who]?.cut();
      else this.#peers[who]?.end();
      this.#connect(who);
    }
    if (command !== undefined)
      this.#send(this.#peers[who] as MemoryPeer, { ...command, ...this.#real(command, about) });
    if (waits !== undefined) await this.#clock.advance(waits);
    await this.#turns(turns);
  }

  async type(who: number, text: string): Promise<void> {
    if (this.#peers[who]?.isOpen !== true) this.#connect(who);
    this.#peers[who]?.send(text.replaceAll('\n', ''));
    await this.#turns(1);
  }

  async end(): Promise<void> {
    await this.#turns(20);
    for (let rounds = 0; rounds < 20 && this.#isWaiting; rounds++) await this.#clock.advance(1_000);
    for (const peer of this.#peers) this.#look(peer);
    const closed = this.#hub.close();
    for (let rounds = 0; rounds < 12; rounds++) await this.#clock.advance(1_000);
    await closed;
    expect(this.#errors).toEqual([]);
    expect(this.#clock.pending).toBe(0);
  }

  #connect(index: number): void {
    const peer = this.#transport.connect();
    this.#asked.set(peer, []);
    this.#peers[index] = peer;
    this.#send(peer, { type: 'hello', ...(index < 2 ? { token: `u${index}` } : {}) });
    this.#send(peer, { type: 'join', room: 'lobby' });
  }

  #send(peer: MemoryPeer, command: object): void {
    const id = ++this.#lastId;
    // What is sent behind a goodbye is not heard.
    if ((command as Frame).type !== 'quit') this.#asked.get(peer)?.push(id);
    if (peer.isOpen) peer.send(wire({ ...command, id }));
  }

  /** A room, somebody, a message, a session that there is, mostly, in place of any. */
  #real(command: Frame, about: number): object {
    const frames = this.#peers.flatMap(({ received }) => received).filter((frame) => frame.startsWith('{'));
    const events = frames.slice(-60).map((frame) => JSON.parse(frame) as Frame);
    const told = (type: string, field: string) =>
      events.filter((event) => event.type === type).at(-1 - (about % 4))?.[field];
    const somebody = ['u0', 'u1', told('message', 'from')][about % 3];
    const there: Frame = {
      type: command.type,
      room: about % 7 === 0 ? '@' : 'lobby',
      ...{ message: told('sent', 'message'), session: told('welcome', 'session') },
      ...{ to: somebody, member: somebody, with: somebody },
    };
    const wanted = Object.entries(there).filter(([name, value]) => command[name] !== undefined && value !== undefined);
    return about % 5 === 0 ? {} : Object.fromEntries(wanted);
  }

  get #isWaiting(): boolean {
    return this.#peers.some((peer) => peer.isOpen && this.#answers(peer).length < (this.#asked.get(peer)?.length ?? 0));
  }

  #answers({ received }: MemoryPeer): number[] {
    if (received[0]?.startsWith('{') !== true) return [];
    return received.flatMap((frame) => (JSON.parse(frame) as { readonly re?: number }).re ?? []);
  }

  #look(peer: MemoryPeer): void {
    for (const frame of peer.received) {
      expect(frame).not.toMatch(/INTERNAL/);
      if (!frame.startsWith('{')) continue;
      const { type, code } = JSON.parse(frame) as Frame;
      if (type === 'error') expect(errorCodes).toHaveProperty(String(code));
    }
    const asked = this.#asked.get(peer) ?? [];
    const answers = this.#answers(peer);
    expect(new Set(answers).size).toBe(answers.length);
    if (peer.isOpen && answers.length > 0) expect([...answers].sort((a, b) => a - b)).toEqual(asked);
  }

  async #turns(count: number): Promise<void> {
    for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve));
  }
}
