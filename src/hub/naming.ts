import type { Author } from '../model/entry.js';
import type { ServerEvent } from '../model/events.js';
import type { Fence } from '../ports/engine.js';
import type { AnyUser, Context } from './context.js';
import type { Member } from './member.js';
import { isOthersId } from './names.js';

/** The session that goes by the name. */
interface Named {
  readonly id: string;
  readonly user: AnyUser;
  readonly guest: boolean;
  readonly fence: Fence;
  readonly over: boolean;
  readonly handle: Member<AnyUser>;
  /** @throws ChatError once the session is over */
  mustLive(): void;
  tell(event: ServerEvent): void;
}

/** What a session is known as: the name of its user, which all the user's sessions share. */
export class Naming {
  readonly #named: Named;
  readonly #context: Context;
  #author: Author;
  /** Readings of the name, and takings, that were begun, and the latest of them that counts: replies may come in another order. */
  #begun = 0;
  #taken = 0;

  constructor(named: Named, name: string, context: Context) {
    this.#named = named;
    this.#context = context;
    this.#author = { id: named.id, user: named.user.id, name };
  }

  get author(): Author {
    return this.#author;
  }

  get name(): string {
    return this.#author.name;
  }

  /**
   * Takes a name for the user. False: it is another's.
   *
   * @param tell - how the client is told
   */
  async claim(key: string, name: string, tell: (event: ServerEvent) => void): Promise<boolean> {
    const { presence } = this.#context.engine;
    const { user, fence } = this.#named;
    if (await isOthersId(name, user.id, presence)) return false;
    const number = ++this.#begun;
    const claimed = await presence.claimName({ key, name, fence });
    if (!claimed) {
      // Somebody may have ended the session by now: its fence holds no more, and the name need not be taken.
      this.#named.mustLive();
      return false;
    }
    // What was read before knows nothing of it.
    this.#taken = Math.max(this.#taken, number);
    this.#author = { ...this.#author, name };
    tell({ type: 'renamed', name });
    await this.#tellOthers();
    // Another session took one at the same time, or it was read: which name stands, the engine knows.
    if (number !== this.#begun) await this.refresh();
    return true;
  }

  /** Another session of the user took a name. Whether it is still the one that stands, the engine knows. */
  async hear(name: string): Promise<void> {
    this.change(name);
    await this.refresh();
  }

  /** The user has another name, whoever gave it: the client is told, and the application where it was not this user that asked. */
  change(name: string, tellsApplication = false): void {
    const was = this.name;
    if (name === was) return;
    this.#author = { ...this.#author, name };
    this.#named.tell({ type: 'renamed', name });
    if (tellsApplication) this.#context.events.emit('rename', { member: this.#named.handle, name, was });
  }

  /** Goes by what the engine says. False: the user has no name. */
  async refresh(): Promise<boolean> {
    const number = ++this.#begun;
    const name = await this.#context.engine.presence.nameOf(this.#named.user.id);
    if (name === undefined) return false;
    if (number >= this.#taken && !this.#named.over) {
      this.#taken = number;
      this.change(name);
    }
    return true;
  }

  /** Tells the user's other sessions, wherever they are. Guests have no others. */
  async #tellOthers(): Promise<void> {
    const { guest, user, id } = this.#named;
    if (!guest) await this.#context.engine.signals.publish(`user/${user.id}`, { renamed: this.name, by: id });
  }
}
