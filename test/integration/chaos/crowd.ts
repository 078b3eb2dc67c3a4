import { Dice } from '../../hub/model/dice.js';
import { pause } from './faults.js';
import { LibraryPerson } from './library-person.js';
import { nothing, type Person } from './person.js';
import { ProtocolPerson } from './protocol-person.js';
import { Reader } from './reader.js';
import { Ways } from './ways.js';
import type { World } from './world.js';

const size = 30;
const roomsOfEach = 4;
export const roomNames = Array.from({ length: 10 }, (_, index) => `room${index}`);

/** Thirty who talk, half of them by each client and half of them logged in; and some who read by telnet. */
export class Crowd {
  readonly people: readonly Person[];
  readonly ways: readonly Ways[];
  readonly readers: Reader[] = [];
  readonly met;
  readonly #world: World;
  readonly #seed: number;

  private constructor(world: World, seed: number, ways: readonly Ways[]) {
    this.#world = world;
    this.#seed = seed;
    this.ways = ways;
    this.met = nothing();
    this.people = ways.map((way, index) => {
      const name = `p${index + 1}`;
      const Kind = index % 2 === 0 ? LibraryPerson : ProtocolPerson;
      const token = index % 4 < 2 ? name : undefined;
      // Each room has as many: the next ones in the circle.
      const rooms = Array.from({ length: roomsOfEach }, (_, step) => roomNames[(index + 3 * step) % roomNames.length]!);
      return new Kind(name, token, rooms, way, this.met);
    });
  }

  static async create(world: World, seed: number): Promise<Crowd> {
    const ports = world.nodes.map(({ web }) => web);
    const ways = Array.from({ length: size }, (_, index) => Ways.to(ports, new Dice(seed * 1_000 + index)));
    return new Crowd(world, seed, await Promise.all(ways));
  }

  async enter(): Promise<void> {
    await Promise.all(this.people.map((person) => person.enter()));
  }

  /** Talks and reads until it is told to stop. With dice of their own: how fast they are shall not decide what breaks. */
  async talk(signal: AbortSignal): Promise<void> {
    const talking = this.people.map((person, index) => person.talk(new Dice(this.#seed * 1_000 + 500 + index), signal));
    await Promise.all([...talking, this.#read(signal)]);
    for (const reader of this.readers) reader.close();
  }

  /** Who is not there, or does not know of something what became of it. */
  unsettled(): string[] {
    const { people } = this;
    return people.flatMap(({ name, online, pending }) =>
      online && pending === 0 ? [] : [`${name}: ${online}, ${pending} pending`],
    );
  }

  async close(): Promise<void> {
    for (const person of this.people) person.close();
    for (const reader of this.readers) reader.close();
    await Promise.all(this.ways.map((way) => way.close()));
  }

  async #read(signal: AbortSignal): Promise<void> {
    const dice = new Dice(this.#seed * 1_000 + 999);
    while (!signal.aborted) {
      const { tcp } = dice.pick(this.#world.nodes)!;
      if (this.readers.filter(({ open }) => open).length < 3) this.readers.push(new Reader(tcp, dice.pick(roomNames)!));
      await pause(500);
    }
  }
}
