import {
  type ChatClient,
  ClientError,
  type ClientRoom,
  type ClientState,
  connect,
  type SavedSession,
} from '../../client/index.js';
import {
  ChatError,
  type Command,
  type CommandOf,
  type Entry,
  type ErrorCode,
  type JoinedFacts,
  lines,
  type ProtocolSession,
  type ServerEvent,
  type WelcomeEvent,
} from '../../index.js';
import { oneLine } from '../../protocols/lines/terminal-text.js';
import { normalRoom, withoutToken } from './place.js';
import { Reading } from './reading.js';
import { Wire } from './wire.js';

const { encode, open } = lines();

/** As whom to connect, and where. */
export interface TalkOptions {
  readonly name: string;
  readonly url: string;
  readonly ca: string | undefined;
  readonly nick: string | undefined;
  readonly token: string | undefined;
  readonly resume?: SavedSession;
}

/** Who is told of a talk. */
export interface TalkHost {
  /** A line to be shown. */
  line(text: string): void;
  /** The room to talk in that was chosen, and stays so wherever the server puts one; undefined where none was. */
  readonly chosen: string | undefined;
  /** Who is in a room. */
  people(room: string, names: readonly string[]): void;
  /** The connection is another than it was; `error` says why. */
  state(state: ClientState, error: ClientError | undefined): void;
  /** A command that takes another talk. */
  another(command: CommandOf<'auth' | 'hello'>): Promise<void>;
}

/** What a frame says that the client gives in order, and once. */
const givenByClient: ReadonlySet<string> = new Set([
  ...['message', 'direct', 'edit', 'delete', 'reaction', 'gap', 'reset', 'left', 'sent', 'error'],
]);

/**
 * One client of `chathub/client`, talked to in lines. The protocol object that servers have for telnet reads what was typed, and writes what
 * is shown: the words are the same over either wire, and so is what they do.
 */
export class Talk {
  readonly client: ChatClient;
  readonly #wire: Wire;
  readonly #host: TalkHost;
  readonly #typist: ProtocolSession;
  readonly #reading: Reading;
  /** The ids of our sessions: what we said ourselves is not shown again. */
  readonly #own = new Set<string>();
  /** Rooms that this session is known to be in. */
  readonly #rooms = new Set<string>();
  /** Rooms that are joined again after a session was lost. */
  readonly #missing = new Set<string>();
  #known = false;
  /** There were no direct messages, and there are none: that their log is another one is of no interest. */
  #inboxEmpty = false;
  #settled: (() => void)[] = [];

  constructor({ name, url, ca, nick, token, resume }: TalkOptions, host: TalkHost) {
    this.#host = host;
    this.#wire = new Wire(name, ca, (event) => this.#hear(event));
    this.#typist = open({
      transport: 'websocket',
      limits: { jsonDepth: 8 },
      reply: (event) => this.#show(event),
    });
    this.client = connect(url, { name: nick, token, WebSocket: this.#wire.WebSocket, ...(resume && { resume }) });
    this.#reading = new Reading(this.client);
    this.#listen();
  }

  /** Why the last attempt to connect came to nothing, in a sentence; undefined where that is not known. */
  get failure(): string | undefined {
    return this.#wire.failure;
  }

  /** Whether nobody knows who one is: a guest's user has the id of its session. */
  get guest(): boolean {
    const { me } = this.client;
    return me !== undefined && me.user === me.id;
  }

  /** Whether the rooms are those of before the connection was lost, as far as that can be. */
  get settled(): boolean {
    return this.client.state === 'online' && this.#missing.size === 0;
  }

  /** Resolves when it is, or never will be. */
  async settle(): Promise<void> {
    while (!this.settled && this.client.state !== 'closed')
      await new Promise<void>((resolve) => this.#settled.push(resolve));
  }

  /** Does what was typed; resolves with what is against it, which is shown, too. */
  async say(line: string): Promise<readonly string[]> {
    try {
      const command = this.#typist.receive(line);
      if (command !== null) await this.#do(command);
      return [];
    } catch (error) {
      return [this.#complain(error)];
    }
  }

  /** Leaves, for good. */
  close(): void {
    this.#reading.now();
    this.client.close();
    this.#wire.cut();
  }

  async #do(command: Command): Promise<void> {
    switch (command.type) {
      case 'send':
        return this.#sent(
          command.room,
          await this.#room(command).send(command.text, { action: command.action === true }),
        );
      case 'edit':
        return this.#sent(command.room, await this.#room(command).edit(command.message, command.text));
      case 'delete':
        return this.#sent(command.room, await this.#room(command).delete(command.message));
      case 'direct':
        await this.client.direct(command.to, command.text);
        return;
      case 'join':
        return this.#join(command);
      case 'auth':
      case 'hello':
        return this.#host.another(command);
      case 'quit':
        return this.close();
      default:
        await this.#wire.ask(command);
    }
  }

  #room({ room }: { readonly room: string }): ClientRoom {
    const found = this.client.rooms.get(room);
    if (found === undefined) throw new ChatError('NOT_A_MEMBER');
    return found;
  }

  #sent(room: string, { id: message, epoch, offset, at }: { id: string; epoch: string; offset: number; at: number }) {
    this.#typist.answered?.({ type: 'sent', room, message, epoch, offset, at, duplicate: false });
  }

  /** To join again what one is in would begin at its end, and skip what is on its way: its last messages are asked for instead. */
  async #join(command: CommandOf<'join'>): Promise<void> {
    const room = this.client.rooms.get(normalRoom(command.room));
    if (room === undefined) {
      await this.#wire.ask(command);
      return;
    }
    const { name, position, count } = room;
    this.#tell({ type: 'joined', room: name, ...position, recovered: true, more: false, entries: [], count });
    const { history: limit = 0 } = command;
    if (limit > 0) await this.#wire.ask({ type: 'history', room: name, limit: Math.min(limit, 200) });
  }

  #complain(error: unknown): string {
    const { code, message } = error instanceof ChatError || error instanceof ClientError ? error : unknown(error);
    const text = oneLine(encode({ type: 'error', code, message, retryable: false }) ?? '');
    this.#host.line(text);
    return text;
  }

  // ---- What comes

  #hear(event: ServerEvent): void {
    if (event.type === 'welcome') this.#welcome(event);
    else if (event.type === 'joined') this.#joined(event);
    else if (event.type === 'ok') {
      // The client's own commands are answered, too.
      if (typeof event.re === 'string') this.#typist.answered?.(event);
    } else if (event.type === 'history') {
      this.#tell(event);
      if (event.room !== undefined) this.#reading.shown(event.room);
    } else if (!givenByClient.has(event.type)) this.#show(event);
  }

  /** What is in its rooms comes from the client. */
  #welcome(event: WelcomeEvent): void {
    const { rooms, member } = event;
    this.#own.add(member.id);
    const positions = [this.client.save()?.rooms['@'], rooms['@']];
    this.#inboxEmpty = positions.every((position) => position?.offset === 0);
    this.#missing.clear();
    this.#rooms.clear();
    for (const room of Object.keys(rooms)) this.#rooms.add(room);
    if (!event.resumed)
      for (const room of this.client.rooms.keys()) if (!Object.hasOwn(rooms, room)) this.#missing.add(room);
    this.#typist.answered?.(event);
    const shown = Object.entries(rooms).map(([room, facts]) => {
      const told = { ...facts, ...this.#withoutPast(facts) };
      this.#reading.waits(room, told.unread ?? 0);
      return [room, told];
    });
    // Nothing comes twice: the client sees to that.
    this.#show({ ...event, resumed: false, rooms: Object.fromEntries(shown) });
    for (const [room, { members = [] }] of Object.entries(rooms)) this.#people(room, members);
    this.#known = true;
  }

  #joined(event: ServerEvent & { readonly type: 'joined' }): void {
    const { chosen } = this.#host;
    const asked = event.re !== undefined;
    const isNew = !this.#rooms.has(event.room);
    // Put into a room that one is in: nobody is told so, and nothing is said there that was not before.
    if (asked || isNew) this.#typist.answered?.(event);
    // A new session may be put into a room, and asks for it as well.
    if (isNew) this.#show({ ...event, ...this.#withoutPast(event) });
    this.#rooms.add(event.room);
    this.#people(event.room, event.members ?? []);
    this.#found(event.room);
    // Nobody here asked for it: what is meant for one room must not go to another.
    if (!asked && chosen !== undefined && chosen !== event.room) void this.say(`/switch ${chosen}`);
  }

  /** Who comes back has read what was there, as far as the server knows. */
  #withoutPast({ unread, entries }: JoinedFacts): Partial<JoinedFacts> {
    return { entries: [], unread: this.#known ? 0 : Math.max(0, (unread ?? 0) - entries.length) };
  }

  #people(room: string, members: readonly { readonly name: string }[]): void {
    this.#host.people(
      room,
      members.map(({ name }) => oneLine(name)),
    );
  }

  #listen(): void {
    const { client } = this;
    client.on('state', ({ state, error }) => {
      this.#host.state(state, error);
      this.#wake();
    });
    client.on('join', ({ room }) => this.#follow(room));
    client.on('leave', ({ room: { name: room }, code, reason }) => {
      this.#rooms.delete(room);
      this.#found(room);
      if (client.state !== 'closed')
        this.#tell({ type: 'left', room, ...(code && { code }), ...(reason && { reason }) });
    });
    client.on('direct', (entry) => this.#showEntry(entry));
    client.on('missed', () => this.#inboxEmpty || this.#host.line('-- earlier direct messages may be missing --'));
    client.on('error', ({ error }) => this.#complain(error));
  }

  #follow(room: ClientRoom): void {
    const { name } = room;
    room.on('message', (entry) => this.#showEntry(entry));
    room.on('entry', (entry) => this.#showEntry(entry));
    room.on('gap', ({ from, to }) => this.#show({ type: 'gap', room: name, epoch: room.position.epoch, from, to }));
    room.on('reset', (position) => this.#tell({ type: 'reset', room: name, ...position }));
  }

  /** A room that was missing is there again, or is not to be had. */
  #found(room: string): void {
    this.#missing.delete(room);
    this.#wake();
  }

  #wake(): void {
    if (this.settled || this.client.state === 'closed') for (const resolve of this.#settled.splice(0)) resolve();
  }

  /** Shows what the typist must know of. */
  #tell(event: ServerEvent): void {
    this.#typist.answered?.(event);
    this.#show(event);
  }

  #showEntry(entry: Entry): void {
    // What came may have no author, whatever its type says.
    const { from } = entry as Partial<Entry>;
    if (from !== undefined && this.#own.has(from.id)) return;
    this.#show(entry);
    this.#reading.soon();
  }

  #show(event: ServerEvent): void {
    for (const line of linesOf(event)) this.#host.line(withoutToken(line));
  }
}

/**
 * Nothing for what is not known yet, or makes no sense: whatever a server sends must not be the end of us. Safe as a whole: `lines()` takes
 * codes and counts for its own, and here they may be any text.
 */
function linesOf(event: ServerEvent): readonly string[] {
  try {
    return encode(event)?.split('\n').map(oneLine) ?? [];
  } catch {
    return [];
  }
}

function unknown(error: unknown): { readonly code: ErrorCode; readonly message: string } {
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) };
}
