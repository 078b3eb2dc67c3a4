import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { WebSocket } from 'ws';
import type { Received } from '../integration/json-client.js';
import { Watched } from '../integration/watched.js';
import { fresh, LineSocket } from './people.js';

/** Soon enough that nobody notices. It takes a few milliseconds; on a machine that has far too much to do, some hundred. */
const soonMs = 1_000;

/** Slower than `sendsPerSecond`, which would have them wait. */
const paceMs = 110;

/** Two who talk in a room of their own, one at a terminal and one by a program, and hear nothing but each other. */
export class Bystanders {
  /** The longest that a remark and its answer took, in milliseconds. */
  slowest = 0;
  /** This process makes the attacks, and may itself be what is late. */
  readonly #late = monitorEventLoopDelay({ resolution: 10 });
  readonly #room: string;
  readonly #typist: Typist;
  readonly #browser: Browser;
  #remarks = 0;
  #last = 0;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(room: string, typist: Typist, browser: Browser) {
    this.#room = room;
    this.#typist = typist;
    this.#browser = browser;
    this.#late.enable();
  }

  /**
   * @param port - of lines
   * @param chat - of WebSockets
   */
  static async enter(port: number, chat: string): Promise<Bystanders> {
    // Of their own, even where several processes share a chat.
    const room = fresh('aside');
    const typist = await Typist.enter(port, room);
    const browser = await Browser.enter(chat, room);
    await typist.hears(`[${room}] * ${browser.name} joined (2 here)`);
    return new Bystanders(room, typist, browser);
  }

  /** They talk for as long as the work goes on. */
  async during(work: Promise<void>): Promise<void> {
    let over = false;
    const done = work.finally(() => {
      over = true;
    });
    const talk = async () => {
      await Promise.race([pause(paceMs), work.catch(() => {})]);
      while (!over) await this.exchange();
    };
    const both = await Promise.allSettled([done, talk()]);
    for (const result of both) if (result.status === 'rejected') throw result.reason;
  }

  /** They talk, and neither has to wait. One remark comes after another, whoever asks for them. */
  exchange(): Promise<void> {
    const exchange = this.#turn.then(() => this.#exchange());
    this.#turn = exchange.catch(() => {});
    return exchange;
  }

  leave(): void {
    this.#late.disable();
    this.#typist.leave();
    this.#browser.leave();
  }

  async #exchange(): Promise<void> {
    await pause(this.#last + paceMs - performance.now());
    const number = ++this.#remarks;
    this.#late.reset();
    const began = performance.now();
    this.#last = began;
    this.#typist.say(`remark ${number}`);
    await this.#browser.hears(`remark ${number}`);
    this.#browser.say(`answer ${number}`);
    await this.#browser.hears(`answer ${number}`);
    await this.#typist.hears(`[${this.#room}] ${this.#browser.name}: answer ${number}`);
    const took = Math.max(0, performance.now() - began - this.#late.max / 1e6);
    this.slowest = Math.max(this.slowest, took);
    if (took > soonMs) throw new Error(`Others had to wait for ${Math.round(took)} ms.`);
  }
}

/** At a terminal. Each line that comes must be the one that is expected. */
class Typist extends LineSocket {
  static async enter(port: number, room: string): Promise<Typist> {
    const typist = new Typist(port);
    await typist.hears(/^\* Welcome, /, /^\* Joined lobby /);
    typist.say(`/join ${room}`);
    await typist.hears(`* Joined ${room} (1 here).`);
    typist.say('/leave lobby');
    await typist.hears('* Left lobby.');
    return typist;
  }

  leave(): void {
    this.socket.end('/quit\n');
  }
}

/** A program. Each event that comes must be the one that is expected. */
class Browser extends Watched {
  name = '';
  readonly #ws: WebSocket;
  readonly #events: Received[] = [];
  #room = '';
  #taken = 0;
  #over = false;

  private constructor(chat: string) {
    super();
    this.#ws = new WebSocket(chat, { perMessageDeflate: false });
    this.#ws.on('message', (data) => {
      this.#events.push(JSON.parse(String(data)) as Received);
      this.changed();
    });
    this.#ws.on('close', () => {
      this.#over = true;
      this.changed();
    });
    this.#ws.on('error', () => {});
  }

  static async enter(chat: string, room: string): Promise<Browser> {
    const browser = new Browser(chat);
    await once(browser.#ws, 'open');
    browser.#tell({ type: 'hello' });
    const { member } = await browser.#meets('welcome');
    browser.name = String((member as Received).name);
    await browser.#meets('joined');
    browser.#tell({ type: 'leave', room: 'lobby' });
    await browser.#meets('left');
    browser.#tell({ type: 'join', room });
    await browser.#meets('joined');
    browser.#room = room;
    return browser;
  }

  say(text: string): void {
    this.#tell({ type: 'send', room: this.#room, text });
  }

  async hears(expected: string): Promise<void> {
    const { text } = await this.#meets('message');
    if (text !== expected) throw new Error(`Expected ${JSON.stringify(expected)}. ${this.describe()}`);
  }

  leave(): void {
    this.#ws.close(1000);
  }

  protected describe(): string {
    return `The program was sent ${JSON.stringify(this.#events.slice(-5))}`;
  }

  #tell(command: object): void {
    this.#ws.send(JSON.stringify(command));
  }

  async #meets(type: string): Promise<Received> {
    const index = this.#taken++;
    const event = await this.until(`"${type}"`, () => {
      if (index >= this.#events.length && this.#over) throw new Error(`It was closed. ${this.describe()}`);
      return this.#events[index];
    });
    if (event.type !== type) throw new Error(`Expected "${type}". ${this.describe()}`);
    return event;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}
