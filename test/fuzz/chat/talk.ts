import { ChatHub, type Engine, json, type ServerEvent } from 'chathub';
import { type MemoryPeer, memoryTransport, virtualClock } from 'chathub/testing';
import { expect } from 'vitest';
import { NaiveChat, sanctionSeconds } from './naive-chat.js';
import { clients, moderator, type Step } from './steps.js';
import { Teller } from './told.js';

const noLimit = Number.POSITIVE_INFINITY;

/** A hub and its model, which do the same things, one after another. */
export class Talk {
  readonly #model: NaiveChat;
  readonly #teller = new Teller();
  readonly #clock = virtualClock();
  readonly #errors: unknown[] = [];
  readonly #transport = memoryTransport({ protocol: json() });
  readonly #hub: ChatHub<{ readonly id: string; readonly name: string }>;
  readonly #peers: (MemoryPeer | undefined)[] = clients.map(() => undefined);
  /** The secrets of sessions that may be taken up. */
  readonly #secrets = new Map<number, string>();
  readonly #epochs = new Map<string, string>();
  readonly #ids = new Map<string, string>();
  #number = 0;

  constructor(engine: Engine, lasting: boolean) {
    this.#model = new NaiveChat(lasting);
    this.#hub = new ChatHub({
      engine,
      clock: this.#clock,
      lastingMembership: lasting,
      limits: { sendsPerSecond: noLimit, commandsPerSecond: noLimit, keyWindow: noLimit },
      policies: {
        authenticate: ({ token }) => ({
          id: token ?? '',
          name: clients.find(({ user }) => user === token)?.name ?? '',
        }),
        moderate: ({ member }) => member.user.id === moderator,
      },
    });
    this.#hub.on('error', ({ error }) => this.#errors.push(error));
  }

  /** Everybody comes, and all but one join: otherwise most of what is done would come to nothing. */
  async begin(): Promise<void> {
    await this.#hub.listen(this.#transport);
    for (const who of clients.keys()) await this.take({ who, does: 'comes' });
    for (const who of [0, 2, 3]) await this.take({ who, does: 'join', room: 'lobby', history: 0 });
  }

  async take(step: Step): Promise<void> {
    if (!this.#model.canBe(step)) return;
    const number = ++this.#number;
    const text = `t${number}`;
    const before = this.#peers.map((peer) => peer?.received.length ?? 0);
    if (step.does === 'comes') before[step.who] = 0;
    const command = step.does === 'comes' ? this.#hello(step.who) : this.#command(step, text);
    const outcome = this.#model.take(step, text);
    if (command !== undefined) this.#peers[step.who]?.send(JSON.stringify({ ...command, id: number }));
    if (step.does === 'cut') this.#peers[step.who]?.cut();
    await this.#clock.advance(step.does === 'wait' ? step.ms : 0);
    this.#compare(step, outcome, before);
  }

  async end(): Promise<void> {
    const closed = this.#hub.close({ signal: AbortSignal.abort() });
    await this.#clock.advance(60_000);
    await closed;
    expect(this.#errors).toEqual([]);
    expect(this.#clock.pending).toBe(0);
  }

  #compare(step: Step, { reply, told }: ReturnType<NaiveChat['take']>, before: readonly number[]): void {
    const what = `${clients[step.who]?.name} (${step.who}) ${JSON.stringify(step)}`;
    for (const [who, peer] of this.#peers.entries()) {
      const frames = peer?.received.slice(before[who]) ?? [];
      const events = frames.map((frame) => JSON.parse(frame) as ServerEvent);
      for (const event of events) this.#learn(who, event);
      const lines = events.map((event) => this.#teller.line(event));
      const replies = lines.filter((line) => line.startsWith('='));
      expect(replies, `the reply to ${who} when ${what}`).toEqual(
        who === step.who && reply !== undefined ? [reply] : [],
      );
      const unasked = lines.filter((line) => !line.startsWith('='));
      expect(byRoom(unasked), `what ${who} is told when ${what}`).toEqual(byRoom(told[who] ?? []));
    }
  }

  #hello(who: number): object {
    this.#peers[who] = this.#transport.connect();
    const session = this.#secrets.get(who);
    const token = clients[who]?.user;
    if (session === undefined) return { type: 'hello', token };
    const positions = [...(this.#model.hall.reached.get(who) ?? [])].map(([room, offset]) => {
      return [room, { epoch: this.#epochs.get(room === '@' ? `@${token}` : room), offset }] as const;
    });
    return { type: 'hello', token, session, rooms: Object.fromEntries(positions) };
  }

  #command(step: Step, text: string): object | undefined {
    switch (step.does) {
      case 'wait':
      case 'cut':
      case 'comes':
        return undefined;
      case 'quit':
        this.#secrets.delete(step.who);
        return { type: 'quit' };
      case 'send':
        return { type: 'send', room: step.room, text, ...(step.key === null ? {} : { key: step.key }) };
      case 'edit':
      case 'delete':
      case 'react': {
        const message = this.#ids.get(`${step.room} ${this.#model.hall.log(step.room).offsetOf(step.at)}`) ?? 'none';
        const more = step.does === 'react' ? { reaction: '👍', remove: step.remove } : {};
        return { type: step.does, room: step.room, message, ...(step.does === 'edit' ? { text } : more) };
      }
      case 'asks topic':
        return { type: 'topic', room: step.room };
      case 'direct':
        return { type: 'direct', to: step.to, text };
      case 'history':
        return {
          type: 'history',
          room: step.room,
          limit: step.limit,
          ...(step.before === null ? {} : { before: step.before }),
        };
      case 'signal':
        return { type: 'signal', room: step.room, name: 'typing' };
      case 'kick':
      case 'ban':
      case 'mute': {
        const lasts = step.does === 'kick' ? {} : { seconds: sanctionSeconds };
        return { type: step.does, room: step.room, member: step.whom, ...lasts };
      }
      default: {
        const { who: _, does, ...fields } = step;
        return { type: does, ...fields };
      }
    }
  }

  /** What a client must know to go on: secrets, ids, and in which epoch offsets count. */
  #learn(who: number, event: ServerEvent): void {
    if (event.type === 'welcome') {
      this.#secrets.set(who, event.session);
      for (const [room, { epoch }] of Object.entries(event.rooms)) this.#inEpoch(who, room, epoch);
    }
    if (event.type === 'joined') this.#inEpoch(who, event.room, event.epoch);
    if (event.type === 'sent') this.#inEpoch(who, event.room ?? '@', event.epoch);
    if (event.type === 'message') this.#ids.set(`${event.room} ${event.offset}`, event.id);
  }

  #inEpoch(who: number, room: string, epoch: string): void {
    const log = room === '@' ? `@${clients[who]?.user}` : room;
    // One that holds nothing may begin anew.
    if (this.#model.hall.log(log).head > 0) expect(this.#epochs.get(log) ?? epoch, `the epoch of ${log}`).toBe(epoch);
    this.#epochs.set(log, epoch);
  }
}

/** In order within each room; between rooms there is none. */
function byRoom(lines: readonly string[]): Record<string, string[]> {
  const rooms: Record<string, string[]> = {};
  for (const line of lines) {
    const room = /lobby|games|@/.exec(line)?.[0] ?? '';
    rooms[room] = [...(rooms[room] ?? []), line];
  }
  return rooms;
}
