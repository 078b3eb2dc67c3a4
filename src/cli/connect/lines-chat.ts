import { setTimeout as sleep } from 'node:timers/promises';
import { type Chat, isFinal, Over, type Person, type Reader, Refused, retryDelay, Unsure } from './chat.js';
import { enter, type Wishes } from './entrance.js';
import { LineLink, Unsent } from './line-link.js';
import { joinedIn, type Place, tokenIn, withoutToken } from './place.js';
import type { LinesTarget } from './target.js';

const goodbye = /^\* Server is restarting; come back in (\d+) s\.$/;

/** Servers say when to come back within a minute; what says more is none. */
const longestGoodbye = 120;

/** A chat over TCP, TLS or a Unix socket, in the `lines` protocol. */
export class LinesChat implements Chat {
  readonly over: Promise<string | undefined>;
  readonly #target: LinesTarget;
  readonly #ca: string | undefined;
  readonly #person: Person;
  readonly #place: Place;
  readonly #reader: Reader;
  readonly #closing = new AbortController();
  #link: LineLink | undefined;
  #token: string | undefined;
  /** What takes this session up again. */
  #session: string | undefined;
  /** The last line of the last connection: it may say why that was closed, and when to come back. */
  #last = '';
  #done = false;
  #waiting: (() => void)[] = [];

  constructor(target: LinesTarget, ca: string | undefined, person: Person, place: Place, reader: Reader) {
    this.#target = target;
    this.#ca = ca;
    this.#person = person;
    this.#token = person.token;
    this.#place = place;
    this.#reader = reader;
    this.over = this.#run().finally(() => {
      this.#done = true;
      this.#wake();
    });
  }

  get online(): boolean {
    return this.#link !== undefined;
  }

  async say(line: string): Promise<readonly string[]> {
    const link = await this.#connected();
    try {
      const refusals = await link.exchange(line);
      const [, token] = /^\/auth\s+(\S+)\s*$/i.exec(line) ?? [];
      if (token !== undefined && refusals.length === 0) this.#token = token;
      return refusals;
    } catch (error) {
      if (!(error instanceof Unsent)) throw error;
      await link.gone;
      return this.say(line);
    }
  }

  close(): void {
    this.#closing.abort();
    this.#link?.quit();
  }

  async #run(): Promise<string | undefined> {
    let attempt = 0;
    let known = false;
    for (;;) {
      let why: string;
      try {
        await this.#visit(known);
        known = true;
        attempt = 0;
        why = 'The connection was lost.';
      } catch (error) {
        why = (error as Error).message;
        if (error instanceof Refused && !this.#closing.signal.aborted) return why;
      }
      if (this.#closing.signal.aborted) return undefined;
      if (isFinal(this.#last)) return new Refused(this.#last).message;
      if (!known) return why;
      if (attempt === 0) this.#reader.note(`${why} Coming back …`);
      await this.#pause(attempt++);
      if (this.#closing.signal.aborted) return undefined;
    }
  }

  /** One connection, from its beginning to its end. */
  async #visit(known: boolean): Promise<void> {
    const { signal } = this.#closing;
    this.#last = '';
    const link = await LineLink.open(this.#target, this.#ca, signal);
    const leave = () => link.quit();
    signal.addEventListener('abort', leave);
    try {
      const { lines, resumed } = await enter(link, known ? this.#again() : this.#atFirst());
      const { room } = this.#place;
      link.heard = (line) => this.#hear(line, link);
      if (known) this.#reader.note(resumed ? 'Connected again.' : 'Connected again, in a new session.');
      for (const line of lines) this.#hear(line, link);
      // A session that is taken up is in its rooms, and has forgotten which was the current one.
      if (room !== undefined && room !== this.#place.room && this.#place.rooms.has(room))
        await link.exchange(`/switch ${room}`);
      this.#link = link;
      this.#wake();
      await link.gone;
    } catch (error) {
      throw error instanceof Unsure || error instanceof Unsent
        ? new Error(`${this.#target.name} hung up.`, { cause: error })
        : error;
    } finally {
      this.#last = link.last;
      signal.removeEventListener('abort', leave);
      this.#link = undefined;
      link.quit();
    }
  }

  #atFirst(): Wishes {
    return { ...this.#person, session: undefined };
  }

  #again(): Wishes {
    const { name, room, named, rooms } = this.#place;
    const others = [...rooms.keys()].filter((other) => other !== room);
    return {
      token: this.#token,
      session: this.#session,
      name: named ? name : this.#person.name,
      rooms: room === undefined ? others : [...others, room],
      history: 10,
      strict: false,
    };
  }

  #hear(line: string, link: LineLink): void {
    this.#session = tokenIn(line) ?? this.#session;
    this.#place.learn(line);
    this.#reader.line(withoutToken(line));
    const room = joinedIn(line);
    if (room !== undefined && !this.#person.strict) this.#lookAround(room, link);
  }

  /** Asks who is in a room, for names to be completed. Nobody typed that: the answer is not shown. */
  #lookAround(room: string, link: LineLink): void {
    let found = false;
    const hides = (line: string) => {
      const list = !found && this.#place.isList(line);
      if (list) this.#place.list(room, line.slice(2).split(', '));
      found ||= list;
      return list || /^(?:\* \d+ here|-- some members may be missing --|! NOT_A_MEMBER .*)$/.test(line);
    };
    link.exchange(`/who ${room}`, hides).catch(() => undefined);
  }

  async #pause(attempt: number): Promise<void> {
    const seconds = Number(goodbye.exec(this.#last)?.[1] ?? Number.NaN);
    const delay = seconds <= longestGoodbye ? seconds * 1_000 : retryDelay(attempt);
    await sleep(delay, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  async #connected(): Promise<LineLink> {
    while (this.#link === undefined) {
      if (this.#done) throw new Over('The chat is over.');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    return this.#link;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
