import { ChatError } from '../../model/errors.js';
import type { HistoryEvent, JoinedFacts, ServerEvent } from '../../model/events.js';
import { parseRoomName } from '../../model/names.js';

/** How far back a person has seen a room. */
interface Seen {
  readonly epoch: string;
  /** The lowest offset shown so far, or the one from which all is shown; undefined when the numbers began anew. */
  readonly lowest: number | undefined;
}

/**
 * The rooms that a person is in, which of them is the current one, and how far back each was shown. Known from what
 * the server said, never from what was asked of it: a `/join` that is refused changes nothing, and a room into which
 * the application puts somebody counts like any other.
 */
export class JoinedRooms {
  /** In the order of joining. */
  readonly #seen = new Map<string, Seen>();
  /** The last message that this connection said, by room; undefined until it is known to be stored. */
  readonly #said = new Map<string, string | undefined>();
  #current: string | undefined;
  #welcomed = false;

  /**
   * The room that bare text goes to.
   *
   * @throws ChatError NOT_A_MEMBER when there is none, UNAUTHENTICATED when nobody is in yet, since guests are refused
   */
  get current(): string {
    if (this.#current !== undefined) return this.#current;
    if (this.#welcomed) throw new ChatError('NOT_A_MEMBER', 'Join a room first: /join ROOM');
    throw new ChatError('UNAUTHENTICATED', 'Log in first: /auth TOKEN');
  }

  /**
   * The current room, if something was said there over this connection.
   *
   * @throws ChatError NOT_A_MEMBER, NO_SUCH_MESSAGE
   */
  get spokenIn(): string {
    const room = this.current;
    if (!this.#said.has(room)) throw new ChatError('NO_SUCH_MESSAGE', 'You have said nothing here yet.');
    return room;
  }

  /**
   * The last message that this connection said in a room, or changed.
   *
   * @throws ChatError NO_SUCH_MESSAGE when it could not be stored
   */
  lastSaid(room: string): string {
    const message = this.#said.get(room);
    if (message === undefined) throw new ChatError('NO_SUCH_MESSAGE', 'What you said last is not stored.');
    return message;
  }

  /** Something is being said in a room: a line that comes before the answer must not be about the message before. */
  says(room: string): void {
    this.#said.set(room, undefined);
  }

  /** The offset before which `/history` goes on in a room. */
  lowestShown(room: string): number | undefined {
    return this.#seen.get(room)?.lowest;
  }

  /**
   * Makes a room the current one and returns its name.
   *
   * @param typed - the room, as a person writes it
   * @throws ChatError NOT_A_MEMBER when it is not among the joined ones
   */
  switchTo(typed: string): string {
    // The grammar alone, of any length: what is too long is not among the joined ones either.
    const room = parseRoomName(typed, { roomNameLength: Number.POSITIVE_INFINITY });
    if (room === undefined || !this.#seen.has(room)) throw new ChatError('NOT_A_MEMBER', `You are not in ${typed}.`);
    this.#current = room;
    return room;
  }

  /** Takes in what this connection was told. */
  learn(event: ServerEvent): void {
    if (event.type === 'joined') this.#join(event.room, event);
    else if (event.type === 'left') this.#leave(event.room);
    else if (event.type === 'welcome') this.#begin(event.rooms);
    else if (event.type === 'history') this.#page(event);
    else if (event.type === 'sent' && event.room !== undefined) this.#said.set(event.room, event.message);
    else if (event.type === 'reset') this.#setSeen(event.room, { epoch: event.epoch, lowest: event.offset + 1 });
  }

  /** A welcome is of a session: another one, or this one with all its rooms. */
  #begin(rooms: { readonly [room: string]: JoinedFacts }): void {
    this.#welcomed = true;
    this.#seen.clear();
    this.#said.clear();
    this.#current = undefined;
    for (const [room, facts] of Object.entries(rooms)) {
      // `@` stands for the person's own direct messages.
      if (!room.startsWith('@')) this.#join(room, facts);
    }
  }

  #join(room: string, { epoch, offset, entries }: JoinedFacts): void {
    this.#seen.delete(room);
    this.#seen.set(room, { epoch, lowest: lowestOf(entries) ?? offset + 1 });
    this.#current = room;
  }

  #leave(room: string): void {
    this.#seen.delete(room);
    this.#said.delete(room);
    if (this.#current === room) this.#current = [...this.#seen.keys()].at(-1);
  }

  #page({ room, epoch, messages }: HistoryEvent): void {
    if (room === undefined) return;
    const known = this.#seen.get(room);
    const page = lowestOf(messages);
    const lowest = known?.epoch === epoch ? least(known.lowest, page) : page;
    this.#setSeen(room, { epoch, lowest });
  }

  #setSeen(room: string, seen: Seen): void {
    if (this.#seen.has(room)) this.#seen.set(room, seen);
  }
}

/** Only messages are shown of the past; entries are in offset order. */
function lowestOf(entries: readonly { readonly type: string; readonly offset: number }[]): number | undefined {
  return entries.find(({ type }) => type === 'message')?.offset;
}

function least(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? (a ?? b) : Math.min(a, b);
}
