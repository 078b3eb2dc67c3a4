/** The keys and channels of one log and of the facts of its room: all in one hash slot, so that one script may touch them. */
export interface LogKeys {
  /** Hash: epoch, head, the last entry's id and time. */
  readonly meta: string;
  /** List: the entries that are kept, the oldest first. */
  readonly entries: string;
  /** Hash: where the messages stand, by their ids. */
  readonly ids: string;
  /** Hash: the shared state of the scope of this name. */
  readonly state: string;
  /** Where entries are published. */
  readonly channel: string;
  /** Where changes of the shared state are published. */
  readonly stateChannel: string;
  /** String: what an append with a key came to. */
  receipt(key: string): string;
}

/** What Redis calls what. Names that come from people are encoded: none can stand for another key, another slot or a command. */
export class Keys {
  /** The beginning of all that has to do with presence: one slot, so that every script can check lease and fence. */
  readonly presence: string;
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
    this.presence = `${prefix}{presence}:`;
  }

  log(name: string): LogKeys {
    const base = `${this.#prefix}{${encodeName(name)}}:`;
    return {
      meta: `${base}meta`,
      entries: `${base}log`,
      ids: `${base}ids`,
      state: `${base}state`,
      channel: `${base}entries`,
      stateChannel: `${base}facts`,
      receipt: (key) => `${base}key:${key}`,
    };
  }

  /** What finds the entries of all logs, as `SCAN` has patterns. */
  get everyLog(): string {
    return `${this.#prefix.replace(/[\\*?[\]]/g, '\\$&')}{*}:log`;
  }

  /** The name of a log, by the key of its entries. */
  logOf(key: string): string {
    return decodeName(key.slice(this.#prefix.length + 1, -'}:log'.length));
  }

  /** The channel of a signal topic. */
  topic(topic: string): string {
    return `${this.#prefix}signal:{${encodeName(topic)}}`;
  }

  /** The channel of a room's comings and goings. */
  room(room: string): string {
    return `${this.presence}c:${JSON.stringify(room)}`;
  }
}

/** Letters of any script stay readable for whoever looks at the keys; the rest is percent-encoded, half surrogate pairs as `%uD800`. */
function encodeName(name: string): string {
  // Redis would not take empty braces for a hash tag.
  if (name === '') return '%';
  return name.replace(/[^\p{L}\p{N}_@.-]/gu, (sign) => {
    const unit = sign.charCodeAt(0);
    const isHalf = sign.length === 1 && unit >= 0xd800 && unit <= 0xdfff;
    if (isHalf) return `%u${unit.toString(16).toUpperCase()}`;
    return Array.from(new TextEncoder().encode(sign), hex).join('');
  });
}

/** What {@link encodeName} made of a name, as it was. */
function decodeName(encoded: string): string {
  if (encoded === '%') return '';
  return encoded.replace(/(?:%[\dA-F]{2})+|%u([\dA-F]{4})/g, (signs, half: string | undefined) =>
    half === undefined ? decodeURIComponent(signs) : String.fromCharCode(Number.parseInt(half, 16)),
  );
}

const hex = (byte: number): string => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
