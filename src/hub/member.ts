import type { JsonValue } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';

/**
 * Options of a join.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.on('connect', ({ member }) => member.join('lobby', { history: 10 }));
 * ```
 */
export interface JoinOptions {
  /** How many of the last messages the member is shown; default 0. */
  readonly history?: number;
}

/**
 * Options of a notice.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.on('connect', ({ member }) => member.send('welcome', { data: { motd: true } }));
 * ```
 */
export interface NoticeOptions {
  /** Whatever JSON can hold; protocols for people leave it out. */
  readonly data?: JsonValue;
}

/** What a {@link Member} handle stands for. */
export interface MemberBehind<User> {
  readonly id: string;
  readonly user: User;
  readonly guest: boolean;
  readonly name: string;
  readonly rooms: readonly string[];
  readonly transport: string;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly secure: boolean;
  readonly connected: boolean;
  notify(text: string, data: JsonValue | undefined): void;
  join(room: string, history: number): Promise<void>;
  leave(room: string): Promise<void>;
  rename(name: string): Promise<void>;
  disconnect(code: ErrorCode, reason: string | undefined): Promise<void>;
}

/**
 * One live session of a user, on this node. It outlives its connection by `resumeWindow`, in case the client comes back.
 * Methods act: they ask no policy. To reach a member on whichever node it is, use `hub.member(id)`.
 *
 * @typeParam User - what the `authenticate` policy returns
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.on('connect', async ({ member }) => {
 *   await member.join('lobby');
 *   member.send(`hello ${member.name}`);
 * });
 * ```
 */
export class Member<User extends { readonly id: string } = { readonly id: string }> {
  /** Yours: whatever the application wants to remember of this session, on this node. */
  readonly data: { [key: string]: unknown } = {};
  readonly #behind: MemberBehind<User>;

  /** @internal */
  constructor(behind: MemberBehind<User>) {
    this.#behind = behind;
  }

  /** Random, and never used twice. */
  get id(): string {
    return this.#behind.id;
  }

  /** What `authenticate` returned; of a guest `{ id }` alone, with the member's id. */
  get user(): User {
    return this.#behind.user;
  }

  /** Whether nobody logged in: `authenticate` returned `null`, or there is no such policy. */
  get guest(): boolean {
    return this.#behind.guest;
  }

  /** The user's name, which all its sessions share. */
  get name(): string {
    return this.#behind.name;
  }

  /** The rooms that this session is in. */
  get rooms(): readonly string[] {
    return this.#behind.rooms;
  }

  /** The name of the transport of the present connection, or of the last one. */
  get transport(): string {
    return this.#behind.transport;
  }

  /** The peer's IP address; undefined where there is none. */
  get remoteAddress(): string | undefined {
    return this.#behind.remoteAddress;
  }

  /** The peer's port; undefined where there is none. */
  get remotePort(): number | undefined {
    return this.#behind.remotePort;
  }

  /** Whether the way to the peer is encrypted. */
  get secure(): boolean {
    return this.#behind.secure;
  }

  /** False while the session waits for its client to come back, and once it is over. */
  get connected(): boolean {
    return this.#behind.connected;
  }

  /**
   * Sends a text to this member alone. It is not stored: a member that is away does not get it. Keeps its order with other
   * `send`s to this member. Never throws.
   *
   * @param text - the text
   * @param options - data for programs
   */
  send(text: string, options?: NoticeOptions): void {
    this.#behind.notify(text, options?.data);
  }

  /**
   * Puts the member into a room; the client is told as if it had asked. Resolves when it is in.
   *
   * @throws ChatError `BAD_ROOM`, `BANNED`, `ROOM_FULL`, `TOO_MANY_ROOMS`, `ENGINE_UNAVAILABLE`; `NO_SUCH_MEMBER` once the session is over
   */
  join(room: string, options: JoinOptions = {}): Promise<void> {
    return this.#behind.join(room, options.history ?? 0);
  }

  /**
   * Takes the member out of a room; nothing happens when it is not in.
   *
   * @throws ChatError `BAD_ROOM`
   */
  leave(room: string): Promise<void> {
    return this.#behind.leave(room);
  }

  /**
   * Gives the user another name.
   *
   * @throws ChatError `BAD_NAME`, `NAME_TAKEN`
   */
  rename(name: string): Promise<void> {
    return this.#behind.rename(name);
  }

  /**
   * Ends the session: it leaves all rooms and its connection is closed with 4501, after what it was sent has left.
   *
   * @param reason - a sentence for the person; default: that a moderator did it
   */
  disconnect(reason?: string): Promise<void> {
    return this.#behind.disconnect('KICKED', reason);
  }
}
