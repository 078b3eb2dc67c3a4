/** An entry of a log, as plainly as can be. */
export interface NaiveEntry {
  readonly kind: 'message' | 'direct' | 'edit' | 'delete' | 'react' | 'take back';
  readonly offset: number;
  readonly user: string;
  /** What the user was called then. */
  readonly name: string;
  text: string;
  /** The offset of the message that it is about; of a direct message, whom it is to. */
  readonly about: number | string;
}

/** A message as it is by now. */
export interface NaiveMessage {
  text: string;
  edited: boolean;
  deleted: boolean;
  readonly reactions: string[];
}

/** What was said in a room, or to and by a user. */
export class NaiveLog {
  readonly entries: NaiveEntry[] = [];
  readonly messages = new Map<number, NaiveMessage>();
  /** Offsets by who said it, and by which key. */
  readonly keys = new Map<string, number>();
  readonly #room: string;

  constructor(room: string) {
    this.#room = room;
  }

  get head(): number {
    return this.entries.length;
  }

  add(kind: NaiveEntry['kind'], user: string, name: string, text: string, about: number | string = 0): NaiveEntry {
    const entry = { kind, offset: this.head + 1, user, name, text, about };
    this.entries.push(entry);
    if (kind === 'message') this.messages.set(entry.offset, { text, edited: false, deleted: false, reactions: [] });
    const message = this.messages.get(Number(about));
    if (message === undefined) return entry;
    if (kind === 'edit' || kind === 'delete') {
      // What was said before is said nowhere any more.
      for (const earlier of this.entries)
        if (earlier.kind === 'edit' && earlier.about === about && earlier !== entry) earlier.text = '';
      message.text = kind === 'edit' ? text : '';
      message.edited ||= kind === 'edit';
    }
    if (kind === 'delete') {
      message.deleted = true;
      message.reactions.length = 0;
    }
    const at = message.reactions.indexOf(user);
    if (at >= 0 && (kind === 'react' || kind === 'take back')) message.reactions.splice(at, 1);
    if (kind === 'react') message.reactions.push(user);
    return entry;
  }

  /** The message that stands at this place among all that there were; undefined where there is none any more. */
  standing(place: number): number | undefined {
    const offset = this.offsetOf(place);
    return offset !== undefined && this.messages.get(offset)?.deleted === false ? offset : undefined;
  }

  offsetOf(place: number): number | undefined {
    const offsets = [...this.messages.keys()];
    return offsets.length === 0 ? undefined : offsets[place % offsets.length];
  }

  /** How many messages of others stand above an offset. */
  unread(user: string, above: number): number {
    return this.entries.filter((entry) => {
      const isSaid = entry.kind === 'direct' || this.messages.get(entry.offset)?.deleted === false;
      return isSaid && entry.user !== user && entry.offset > above;
    }).length;
  }

  /** The last messages below an offset, and whether there are more. */
  page(limit: number, below = Number.POSITIVE_INFINITY): { readonly lines: string[]; readonly more: boolean } {
    const said = this.entries.filter(({ kind, offset }) => kind === 'message' && offset < below);
    return { lines: said.slice(-limit).map((entry) => this.line(entry)), more: said.length > limit };
  }

  /** An entry as it is told by now; `then`: as it was told at first. */
  line(entry: NaiveEntry, then = false): string {
    const { kind, offset, name, text, about } = entry;
    const place = `${this.#room} ${offset} ${name}`;
    switch (kind) {
      case 'message': {
        const now = then ? { text, edited: false, deleted: false, reactions: [] } : this.messages.get(offset)!;
        const reactions = now.reactions.length === 0 ? '' : ` (${[...now.reactions].sort()})`;
        return `${place}: ${now.text}${now.edited ? ' edited' : ''}${now.deleted ? ' deleted' : ''}${reactions}`;
      }
      case 'direct':
        return `${place} to ${about}: ${text}`;
      case 'edit':
        return `${place} edits ${about}: ${text}`;
      case 'delete':
        return `${place} deletes ${about}`;
      default:
        return `${place} ${kind === 'react' ? 'reacts' : 'takes back'} ${about}`;
    }
  }
}
