import type { Author, Entry, JoinedFacts, Position, PresenceEvent } from 'chathub';

/** What one member was told of a room that it is in, checked as it comes. */
export class RoomView {
  epoch: string;
  offset: number;
  topic: string;
  readonly #people = new Map<string, Author>();
  readonly #room: string;
  readonly #fail: (what: string) => void;

  /** @param after - what the member said that it knows, if it did */
  constructor(room: string, facts: JoinedFacts, after: Position | undefined, fail: (what: string) => void) {
    this.#room = room;
    this.#fail = fail;
    this.epoch = facts.epoch;
    this.topic = facts.topic?.text ?? '';
    this.offset = facts.recovered ? (after?.offset ?? 0) : facts.offset;
    // What could not be recovered is said by that; the page that is shown instead is no part of the stream.
    if (facts.recovered) for (const entry of facts.entries) this.take(entry);
    if (facts.recovered && !facts.more) this.offset = Math.max(this.offset, facts.offset);
    this.#begin(facts.members ?? []);
  }

  get names(): string[] {
    return Array.from(this.#people.values(), ({ name }) => name).sort();
  }

  get position(): Position {
    return { epoch: this.epoch, offset: this.offset };
  }

  take({ offset }: Pick<Entry, 'offset'>): void {
    if (offset <= this.offset) this.#fail(`${this.#room}: ${offset} came again, or late, after ${this.offset}`);
    else if (offset > this.offset + 1) this.#fail(`${this.#room}: ${this.offset + 1} to ${offset - 1} left out unsaid`);
    this.offset = offset;
  }

  gap(from: number, to: number): void {
    // It may have been told more than its node was given: what it has stays.
    if (from > this.offset + 1) this.#fail(`${this.#room}: a gap from ${from} after ${this.offset}`);
    this.offset = Math.max(this.offset, to);
  }

  /** Whatever it knew is forgotten: what comes again from there has been said to. */
  reset({ epoch, offset }: Position): void {
    this.epoch = epoch;
    this.offset = offset;
  }

  presence({ members, joined, left, renamed }: PresenceEvent): void {
    if (members !== undefined) this.#begin(members);
    for (const { id } of left) this.#people.delete(id);
    for (const { id, name } of renamed) {
      const author = this.#people.get(id);
      if (author !== undefined) this.#people.set(id, { ...author, name });
    }
    for (const author of joined) this.#people.set(author.id, author);
  }

  #begin(members: readonly Author[]): void {
    this.#people.clear();
    for (const author of members) this.#people.set(author.id, author);
  }
}
