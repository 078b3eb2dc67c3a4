import type { NameOwner, SessionRecord } from '../../ports/engine.js';
import type { HeldName, NameBook } from '../shared/names.js';
import type { PresenceJournal } from '../shared/presence.js';
import type { StoreFile } from './store-file.js';
import type { Transaction, Writer } from './writer.js';

const retryAfter = 1_000;

/**
 * Sessions and names in the file, so that they are there when the process is not. What is going on in the process does not wait
 * for a file that can't be written: it is written when it can be.
 */
export class Journal implements PresenceJournal, NameBook {
  /** What has changed since it was last written; null: it is no more. */
  #sessions = new Map<string, SessionRecord | null>();
  #names = new Map<string, HeldName | null>();
  /** The same of the names, by their keys. */
  readonly #owners = new Map<string, NameOwner | null>();
  #saving: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  /** Members whose session is in the file: of others nothing need be deleted there, however long it can't be written. */
  readonly #stored = new Set<string>();
  readonly #file: StoreFile;
  readonly #writer: Writer;

  constructor(file: StoreFile, writer: Writer) {
    this.#file = file;
    this.#writer = writer;
  }

  /** The sessions that the file holds. */
  sessions(): readonly SessionRecord[] {
    const sessions = this.#file.all('SELECT record FROM sessions').map(({ record }) => JSON.parse(String(record)));
    for (const { member } of sessions as SessionRecord[]) this.#stored.add(member);
    return sessions;
  }

  saved(session: SessionRecord): void {
    this.#sessions.set(session.member, { ...session, rooms: [...session.rooms] });
  }

  ended(session: SessionRecord): void {
    if (this.#stored.has(session.member)) this.#sessions.set(session.member, null);
    else this.#sessions.delete(session.member);
  }

  ownerOf(key: string): NameOwner | undefined {
    const changed = this.#owners.get(key);
    return changed === undefined ? this.#ownerInFile(key) : (changed ?? undefined);
  }

  heldBy(user: string): HeldName | undefined {
    const changed = this.#names.get(user);
    return changed === undefined ? this.#heldInFile(user) : (changed ?? undefined);
  }

  give(user: string, held: HeldName): void {
    this.free(user);
    this.#names.set(user, held);
    this.#owners.set(held.key, { user, name: held.name });
  }

  free(user: string): void {
    const held = this.heldBy(user);
    if (held === undefined) return;
    // Where the file has none, nothing need be deleted there.
    if (this.#heldInFile(user) === undefined) this.#names.delete(user);
    else this.#names.set(user, null);
    if (this.#ownerInFile(held.key) === undefined) this.#owners.delete(held.key);
    else this.#owners.set(held.key, null);
  }

  /** Resolves when what has changed is written, or could not be and waits. */
  save(): Promise<void> {
    if (this.#saving === undefined && this.#sessions.size === 0 && this.#names.size === 0) return Promise.resolve();
    this.#saving ??= this.#writer.write((transaction) => this.#write(transaction)).catch(() => this.#tryAgain());
    return this.#saving;
  }

  #ownerInFile(key: string): NameOwner | undefined {
    const row = this.#file.get('SELECT user, name FROM names WHERE key = ?', JSON.stringify(key));
    return row && { user: JSON.parse(String(row.user)), name: JSON.parse(String(row.name)) };
  }

  #heldInFile(user: string): HeldName | undefined {
    const row = this.#file.get('SELECT key, name FROM names WHERE user = ?', JSON.stringify(user));
    return row && { key: JSON.parse(String(row.key)), name: JSON.parse(String(row.name)) };
  }

  #write(transaction: Transaction): void {
    // Whoever changes something from here on waits for the next transaction.
    this.#saving = undefined;
    const sessions = [...this.#sessions];
    const names = [...this.#names];
    for (const [member, session] of sessions) this.#writeSession(member, session);
    // All that were given up first: users may have changed names with each other.
    for (const [user] of names) this.#file.run('DELETE FROM names WHERE user = ?', JSON.stringify(user));
    for (const [user, held] of names) if (held !== null) this.#writeName(user, held);
    transaction.afterwards(() => {
      for (const [member, session] of sessions) {
        if (session === null) this.#stored.delete(member);
        else this.#stored.add(member);
        if (this.#sessions.get(member) === session) this.#sessions.delete(member);
      }
      for (const [user, held] of names) if (this.#names.get(user) === held) this.#names.delete(user);
      if (this.#names.size === 0) this.#owners.clear();
    });
  }

  #writeSession(member: string, session: SessionRecord | null): void {
    const key = JSON.stringify(member);
    if (session === null) this.#file.run('DELETE FROM sessions WHERE member = ?', key);
    else this.#file.run('INSERT OR REPLACE INTO sessions VALUES (?, ?)', key, JSON.stringify(session));
  }

  #writeName(user: string, { key, name }: HeldName): void {
    const values = [user, key, name].map((value) => JSON.stringify(value));
    this.#file.run('INSERT OR REPLACE INTO names (user, key, name) VALUES (?, ?, ?)', ...values);
  }

  #tryAgain(): void {
    this.#saving = undefined;
    if (this.#file.closed || this.#retry !== undefined) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.save();
    }, retryAfter).unref();
  }
}
