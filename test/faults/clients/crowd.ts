import { Dice } from '../../hub/model/dice.js';
import { Ways } from '../network/ways.js';
import { pause } from '../pause.js';
import { hall, privateRooms, talkRooms } from '../settings.js';
import type { World } from '../world/world.js';
import { Bystanders } from './bystanders.js';
import { LibraryPerson } from './library-person.js';
import { nothing, type Person, type Role } from './person.js';
import { ProtocolPerson } from './protocol-person.js';
import { Reader } from './reader.js';
import { Stranger } from './stranger.js';
import { Wanderer } from './wanderer.js';

const talkers = 30;
const listeners = 40;
const wanderers = 2;
const readersAtOnce = 3;
const roomsOfEach = 4;

/** Who is at two of the nodes only: the third has no more file descriptors for them. */
const listenersAt = 2;

const names = Array.from({ length: talkers }, (_, index) => `p${index + 1}`);
const hasToken = (index: number) => index % 4 < 2;

/** All who take part: thirty who talk, half of them by each client and half of them logged in, forty who listen in a hall, and others. */
export class Crowd {
  readonly talkers: readonly Person[];
  readonly listeners: readonly Person[];
  /** Of each talker. */
  readonly ways: readonly Ways[];
  /** Of all listeners together. */
  readonly hallWays: Ways;
  readonly readers: Reader[] = [];
  readonly met = nothing();
  readonly #world: World;
  readonly #seed: number;

  private constructor(world: World, seed: number, ways: readonly Ways[], hallWays: Ways) {
    this.#world = world;
    this.#seed = seed;
    this.ways = ways;
    this.hallWays = hallWays;
    const { met } = this;
    const { ledger } = world;
    this.talkers = ways.map((way, index) => {
      const Kind = index % 2 === 0 ? LibraryPerson : ProtocolPerson;
      return new Kind(talker(index), way, met, ledger);
    });
    this.listeners = Array.from(
      { length: listeners },
      (_, index) => new ProtocolPerson(listener(index), hallWays, met, ledger),
    );
  }

  static async create(world: World, seed: number): Promise<Crowd> {
    const places = world.nodes.map(({ number, web }) => ({ node: number, port: web }));
    const ways = names.map((_, index) => Ways.to(places, dice(seed, index)));
    const hallWays = await Ways.to(places.slice(0, listenersAt), dice(seed, talkers));
    return new Crowd(world, seed, await Promise.all(ways), hallWays);
  }

  get people(): readonly Person[] {
    return [...this.talkers, ...this.listeners];
  }

  /** All logs that somebody writes to. */
  get logs(): readonly string[] {
    const inboxes = this.talkers.filter(({ role }) => role.token !== undefined).map(({ inbox }) => inbox);
    return [...talkRooms, ...Object.keys(privateRooms), hall, ...inboxes];
  }

  async enter(): Promise<void> {
    await Promise.all(this.people.map((person) => person.enter()));
  }

  /** Goes on until it is told to stop. With dice of their own: how fast they are shall not decide what breaks. */
  async talk(signal: AbortSignal): Promise<void> {
    const { nodes, ledger, concerns } = this.#world;
    const others = 2 * talkers + 2 * listeners;
    await Promise.all([
      ...this.people.map((person, index) => person.talk(dice(this.#seed, talkers + 1 + index), signal)),
      ...nodes.map((node, index) => new Stranger(node, ledger, dice(this.#seed, others + index)).pry(signal)),
      ...nodes.map((node) => new Bystanders(node, ledger, concerns).talk(signal)),
      ...Array.from({ length: wanderers }, (_, index) =>
        new Wanderer(`w${index + 1}`, nodes, ledger, dice(this.#seed, others + 10 + index)).wander(signal),
      ),
      this.#read(signal),
    ]);
    for (const reader of this.readers) reader.close();
  }

  /** Somebody at a terminal of that node, in a room at random. */
  readAt(node: World['nodes'][number], room: string): Reader {
    const reader = new Reader(`reader${this.readers.length + 1}`, node.tcp, room, this.#world.ledger);
    this.readers.push(reader);
    return reader;
  }

  /** Who is not there, or does not know of something what became of it. */
  unsettled(): string[] {
    return this.people.flatMap(({ name, online, pending }) =>
      online && pending === 0
        ? []
        : [`${name} is ${online ? 'online' : 'offline'}, with ${pending} messages unanswered`],
    );
  }

  async close(): Promise<void> {
    for (const person of this.people) person.close();
    for (const reader of this.readers) reader.close();
    await Promise.all([...this.ways, this.hallWays].map((way) => way.close()));
  }

  async #read(signal: AbortSignal): Promise<void> {
    const own = dice(this.#seed, 999);
    while (!signal.aborted) {
      const node = own.pick(this.#world.nodes)!;
      if (this.readers.filter(({ open }) => open).length < readersAtOnce) this.readAt(node, own.pick(talkRooms)!);
      await pause(500);
    }
  }
}

function dice(seed: number, number: number): Dice {
  return new Dice(seed * 1_000 + number);
}

function talker(index: number): Role {
  const name = names[index]!;
  // Each room has as many: the next ones in the circle.
  const open = Array.from({ length: roomsOfEach }, (_, step) => talkRooms[(index + 3 * step) % talkRooms.length]!);
  const closed = Object.keys(privateRooms).filter((room) => privateRooms[room]!.includes(name));
  const friends = names.filter((_, other) => other !== index && hasToken(other)).map((other) => `user-${other}`);
  const isUser = hasToken(index);
  return {
    name,
    token: isUser ? name : undefined,
    rooms: [...open, ...closed],
    friends: isUser ? friends : [],
    ...{ pace: [20, 320], atOnce: 6 },
  };
}

function listener(index: number): Role {
  return { name: `a${index + 1}`, token: undefined, rooms: [hall], friends: [], pace: [8_000, 12_000], atOnce: 1 };
}
