import { ClientError, type ClientState } from '../../client/index.js';
import { ChatError, type CommandOf, errorCodes } from '../../index.js';
import { type Chat, Over, type Person, type Reader, within } from './chat.js';
import { normalRoom, type Place } from './place.js';
import { Talk, type TalkHost, type TalkOptions } from './talk.js';
import type { JsonTarget } from './target.js';

/** Milliseconds within which a server that puts people into a room has done so. */
const settlingMs = 1_000;

const nobodys = "That token is nobody's.";

/** A chat over WebSocket, by `chathub/client`. */
export class JsonChat implements Chat {
  readonly over: Promise<string | undefined>;
  readonly #target: JsonTarget;
  readonly #ca: string | undefined;
  readonly #person: Person;
  readonly #place: Place;
  readonly #reader: Reader;
  #talk: Talk;
  #token: string | undefined;
  /** It was connected once, and in its rooms. */
  #known = false;
  #away = false;
  #done = false;
  /** The room that was the current one when the connection was lost. */
  #home: string | undefined;
  #end: (why: string | undefined) => void = () => undefined;
  #waiting: (() => void)[] = [];

  constructor(target: JsonTarget, ca: string | undefined, person: Person, place: Place, reader: Reader) {
    this.#target = target;
    this.#ca = ca;
    this.#person = person;
    this.#token = person.token;
    this.#place = place;
    this.#reader = reader;
    this.over = new Promise((resolve) => {
      this.#end = (why) => {
        this.#done = true;
        resolve(why);
        this.#wake();
      };
    });
    this.#talk = this.#begin({ nick: person.name, token: person.token });
    void this.#enter();
  }

  get online(): boolean {
    return this.#known && this.#talk.settled;
  }

  async say(line: string): Promise<readonly string[]> {
    while (!this.#known && !this.#done) await this.#change();
    await this.#talk.settle();
    if (this.#done) throw new Over('The chat is over.');
    return this.#talk.say(line);
  }

  close(): void {
    this.#talk.close();
    this.#end(undefined);
  }

  /** Goes to the rooms that are wished for. */
  async #enter(): Promise<void> {
    const { rooms, strict, history } = this.#person;
    await this.#talk.settle();
    // To be let in as a guest is not what a token is given for.
    if (this.#token !== undefined && this.#talk.guest && !this.#done) this.#fail(`UNAUTHENTICATED ${nobodys}`);
    if (rooms.length > 0 || strict) await this.#settled();
    for (const room of rooms) if (!this.#place.rooms.has(normalRoom(room))) await this.#ask(`/join ${room} ${history}`);
    const last = normalRoom(rooms.at(-1) ?? '');
    if (last !== this.#place.room && this.#place.rooms.has(last)) await this.#ask(`/switch ${last}`);
    this.#known = true;
    this.#wake();
  }

  async #ask(line: string): Promise<void> {
    if (!this.#done) await this.#talk.say(line);
  }

  /** The server may put people into a room: until it has, or long enough. */
  async #settled(): Promise<void> {
    const settled = async () => {
      while (this.#place.room === undefined && !this.#done) await this.#change();
    };
    await within(settlingMs, settled());
  }

  #begin(options: Pick<TalkOptions, 'nick' | 'token' | 'resume'>, hold?: string[]): Talk {
    const { name, url } = this.#target;
    const chosen = () => (this.#known && this.#person.rooms.length > 0 ? this.#place.room : undefined);
    const host: TalkHost = {
      get chosen() {
        return chosen();
      },
      line: (text) => (this.#talk === talk || hold === undefined ? this.#line(text) : hold.push(text)),
      people: (room, names) => this.#place.list(room, names),
      state: (state, error) => {
        if (this.#talk === talk) this.#changed(state, error);
      },
      another: (command) => this.#another(command),
    };
    const talk: Talk = new Talk({ name, url, ca: this.#ca, ...options }, host);
    return talk;
  }

  #line(text: string): void {
    // What is refused before one is in is the end, where nobody is there to do something about it.
    if (this.#person.strict && !this.#known && text.startsWith('! ')) this.#fail(text.slice(2));
    else {
      this.#place.learn(text);
      this.#reader.line(text);
      this.#wake();
    }
  }

  #changed(state: ClientState, error: ClientError | undefined): void {
    if (this.#done) return;
    if (state === 'closed') this.#fail(error === undefined ? undefined : sentence(error));
    else if (state === 'offline' && !this.#known) this.#fail(this.#talk.failure ?? `${this.#target.name} hung up.`);
    else if (state === 'offline' && !this.#away) {
      this.#away = true;
      this.#home = this.#place.room;
      this.#reader.note(`${this.#talk.failure ?? 'The connection was lost.'} Coming back …`);
    } else if (state === 'online' && this.#away) {
      this.#away = false;
      this.#reader.note('Connected again.');
      void this.#goHome();
    }
  }

  async #goHome(): Promise<void> {
    const talk = this.#talk;
    await talk.settle();
    if (this.#home !== undefined && this.#home !== this.#place.room && this.#place.rooms.has(this.#home))
      await talk.say(`/switch ${this.#home}`);
  }

  #fail(why: string | undefined): void {
    this.#end(why);
    this.#talk.close();
  }

  /** Logs in, or takes a session up, over a connection of its own: if that comes to nothing, the one that there is goes on. */
  async #another(command: CommandOf<'auth' | 'hello'>): Promise<void> {
    const held: string[] = [];
    const old = this.#talk;
    const token = command.type === 'auth' ? command.token : this.#token;
    const session = command.type === 'hello' ? (command.session ?? '') : undefined;
    const resume = session === undefined ? {} : { resume: { session, rooms: {} } };
    const next = this.#begin({ nick: undefined, token, ...resume }, held);
    const failure = (await firstFailure(next)) ?? whyNot(next, command);
    if (failure !== undefined) {
      next.close();
      throw failure;
    }
    const rooms = command.type === 'auth' ? [...old.client.rooms.keys()] : [];
    this.#talk = next;
    this.#token = token;
    old.close();
    for (const line of held) this.#line(line);
    for (const room of rooms) if (!next.client.rooms.has(room)) await next.say(`/join ${room} 0`);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** Undefined when it is connected; else why it is not. */
function firstFailure(talk: Talk): Promise<ClientError | undefined> {
  return new Promise((resolve) => {
    talk.client.on('state', ({ state, error }) => {
      if (state === 'online') resolve(undefined);
      else if (error !== undefined) resolve(new ClientError(error.code, talk.failure ?? sentence(error, false)));
    });
  });
}

/** Undefined where it has come of it what was asked for. */
function whyNot({ client, guest }: Talk, command: CommandOf<'auth' | 'hello'>): ChatError | undefined {
  if (command.type === 'auth') return guest ? new ChatError('UNAUTHENTICATED', nobodys) : undefined;
  const resumed = client.save()?.session === command.session;
  return resumed ? undefined : new ChatError('UNAUTHENTICATED', 'That session is over, or was none.');
}

/** Why the server ended it, such as `BANNED You are banned.` */
function sentence({ code, message }: ClientError, withCode = true): string {
  const known = Object.hasOwn(errorCodes, code) && /^Closed \(\d+\)\.$/.test(message);
  const text = known ? errorCodes[code].text : message;
  return withCode ? `${code} ${text}` : text;
}
