// Those who stay through the whole soak, and those who come and go.

import { setTimeout as pause } from 'node:timers/promises';
import { Dice } from './dice.mjs';
import { live, talk } from './habits.mjs';
import { Person } from './person.mjs';
import { homes, rooms, users } from './places.mjs';
import { Program } from './program.mjs';
import { wordsOf } from './words.mjs';

const [programs, people] = [16, 6];
/** Milliseconds between what each resident does, and between visitors. */
const pace = 1_000;
const arrivals = 200;
/** More than a log keeps. */
const inbox = 60;

export class Town {
  dice;
  counts = { visits: 0, resumed: 0, connections: 0, deeds: 0 };
  /** What ended badly, of all that must not. @type {string[]} */
  faults = [];
  #web;
  #port;
  /** @type {{ program: Program, home: string, name: string, comesBack: boolean }[]} */
  #programs = [];
  /** @type {{ person: Person, home: string, name: string }[]} */
  #people = [];
  /** @type {Map<string, string>} */
  #strangers = new Map();
  /** @type {Set<Promise<void>>} */
  #busy = new Set();
  #lastStranger = 0;
  #isOpen = false;

  /** @param {{ web: string, port: number }} address @param {number} seed */
  constructor({ web, port }, seed) {
    this.#web = web;
    this.#port = port;
    this.dice = new Dice(seed);
  }

  get population() {
    return programs + people;
  }

  names = () => [...this.#programs.map(({ program }) => program.name), ...this.#people.map(({ name }) => name)];
  strangers = () => [...this.#strangers.values()];

  /** The residents come. Every user has been everywhere, and every inbox is full, so that what is kept of them is as much as it will be. */
  async settle() {
    for (let index = 0; index < programs; index++) {
      const program = new Program(this.#web);
      const name = `program-${index}`;
      await program.connect(index % 2 === 0 ? { token: name } : { name });
      this.#programs.push({ program, home: homes[index % homes.length] ?? '', name, comesBack: index % 4 === 3 });
    }
    for (let index = 0; index < people; index++) {
      const person = new Person(this.#port);
      await person.connect();
      this.#people.push({ person, home: homes[index % homes.length] ?? '', name: `person-${index}` });
    }
    await this.rest();
    for (const { person, name } of this.#people)
      for (let count = 0; count < inbox; count++) person.say(`/msg ${name} ${wordsOf(this.dice)}`);
    const notes = this.#programs.map(({ program, name }) => this.#fillInbox(program, name));
    await Promise.all([...notes, ...users.map((user) => this.#haveBeenEverywhere(user))]);
    await this.rest();
  }

  /** @param {string} token */
  async #haveBeenEverywhere(token) {
    const program = new Program(this.#web);
    await program.connect({ token });
    for (const room of rooms) {
      const { epoch, offset } = await program.ask({ type: 'join', room });
      await program.ask({ type: 'read', room, epoch, offset });
    }
    await this.#fillInbox(program, token);
    await program.close(1000);
  }

  /** @param {Program} program @param {string} to */
  async #fillInbox(program, to) {
    for (let count = 0; count < inbox; count++) await program.ask({ type: 'direct', to, text: wordsOf(this.dice) });
  }

  /** Everybody does this and that for so many milliseconds. */
  async bustle(/** @type {number} */ ms) {
    this.#isOpen = true;
    const until = performance.now() + ms;
    for (const { program, comesBack } of this.#programs) this.#begin(this.#reside(program, comesBack));
    for (const { person } of this.#people) this.#begin(this.#stay(person));
    while (performance.now() < until) {
      this.#begin(this.dice.chance(70) ? this.#visit() : this.#call());
      await pause(this.dice.between(arrivals / 2, arrivals * 1.5));
    }
    this.#isOpen = false;
    while (this.#busy.size > 0) await Promise.all(this.#busy);
    await this.rest();
  }

  /** Residents are at home, by their own names; nobody else is there. */
  async rest() {
    for (const { program, home, name } of this.#programs) {
      await program.ask({ type: 'join', room: home });
      for (const room of program.positions.keys()) if (room !== home) await program.ask({ type: 'leave', room });
      await program.ask({ type: 'nick', name });
      if (!program.isOpen) this.faults.push(`${name} is not there`);
    }
    for (const { person, home, name } of this.#people) {
      person.join(home);
      for (const room of person.rooms) if (room !== home) person.leave(room);
      person.say(`/nick ${name}`);
      if (!person.isOpen) this.faults.push(`${name} is not there`);
    }
  }

  leave() {
    this.#isOpen = false;
    for (const { program } of this.#programs) void program.cut();
    for (const { person } of this.#people) void person.hangUp('resetAndDestroy');
  }

  /** @param {Promise<void>} life */
  #begin(life) {
    const lived = life.catch((error) => void this.faults.push(String(error))).finally(() => this.#busy.delete(lived));
    this.#busy.add(lived);
  }

  /** @param {Program} program @param {boolean} comesBack */
  async #reside(program, comesBack) {
    while (this.#isOpen) {
      await live(program, this);
      this.counts.deeds++;
      if (comesBack && this.dice.chance(5)) await this.#comeBack(program, this.dice.between(0, 1_000));
      await pause(this.dice.between(pace / 2, pace * 1.5));
    }
  }

  /** @param {Person} person */
  async #stay(person) {
    while (this.#isOpen) {
      talk(person, this);
      this.counts.deeds++;
      await pause(this.dice.between(pace / 2, pace * 1.5));
    }
  }

  /** A program comes, as a guest or a user, does a few things, and goes in one of many ways. */
  async #visit() {
    const program = new Program(this.#web);
    const id = ++this.#lastStranger;
    const welcome = await program.connect(
      this.dice.chance(50) ? { name: `visitor-${id}` } : { token: this.dice.of(users) },
    );
    this.counts.visits++;
    if (welcome.type !== 'welcome') throw new Error(`No welcome, but ${JSON.stringify(welcome)}`);
    this.#strangers.set(`${id}`, program.name);
    for (let deeds = this.dice.between(2, 8); deeds > 0 && program.isOpen; deeds--) {
      await live(program, this);
      this.counts.deeds++;
      await pause(this.dice.between(50, 500));
      if (this.dice.chance(10)) await this.#comeBack(program, this.dice.between(0, 500));
    }
    const end = this.dice.of(['quit', 'leave', 'done', 'cut', 'return', 'return too late']);
    if (end === 'quit') await program.ask({ type: 'quit' });
    else if (end === 'leave') await program.close(1001);
    else if (end === 'done') await program.close(1000);
    else if (end === 'cut') await program.cut();
    else {
      await this.#comeBack(program, end === 'return' ? this.dice.between(0, 2_000) : 4_000);
      await program.close(1000);
    }
    this.counts.connections += program.connections;
    this.#strangers.delete(`${id}`);
  }

  /** A person does the same. */
  async #call() {
    const person = new Person(this.#port);
    await person.connect();
    this.counts.visits++;
    this.counts.connections++;
    const id = ++this.#lastStranger;
    person.say(`/nick caller-${id}`);
    person.join(this.dice.of(rooms));
    this.#strangers.set(`${id}`, `caller-${id}`);
    if (this.dice.chance(30)) person.say(`/auth ${this.dice.of(users)}`);
    for (let deeds = this.dice.between(2, 8); deeds > 0; deeds--) {
      talk(person, this);
      this.counts.deeds++;
      await pause(this.dice.between(50, 500));
    }
    const how = this.dice.of(['/quit', '/quit so long', 'end', 'resetAndDestroy', 'return']);
    if (how === 'end' || how === 'resetAndDestroy') await person.hangUp(how);
    else if (how === 'return') {
      await person.hangUp('resetAndDestroy');
      const again = new Person(this.#port);
      await again.connect();
      this.counts.connections++;
      again.say(`/resume ${person.token}`);
      await pause(200);
      await again.hangUp('end');
    } else person.say(how);
    this.#strangers.delete(`${id}`);
  }

  /** The connection breaks, and the session is taken up after a while: from where it stood, or anew. @param {Program} program @param {number} ms */
  async #comeBack(program, ms) {
    const { token } = program;
    await program.cut();
    await pause(ms);
    if (this.dice.chance(30)) program.positions.clear();
    const welcome = await program.connect({ session: program.session, ...(token === undefined ? {} : { token }) });
    if (welcome.type !== 'welcome') throw new Error(`Came back to ${JSON.stringify(welcome)}`);
    if (welcome.resumed) this.counts.resumed++;
  }
}
