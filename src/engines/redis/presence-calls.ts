import type { Ears } from './ears.js';
import type { Keys } from './keys.js';
import type { Link } from './link.js';
import type { Script } from './scripts/script.js';

/** What a script of presence answers. */
export interface Answer {
  readonly status: string;
  /** What was told of rooms: room, message, room, message … */
  readonly told: readonly string[];
  readonly rest: readonly unknown[];
}

/** Calls scripts of presence, in the name of a lease. */
export class PresenceCalls {
  readonly #link: Link;
  readonly #ears: Ears;
  readonly #keys: Keys;

  constructor(link: Link, ears: Ears, keys: Keys) {
    this.#link = link;
    this.#ears = ears;
    this.#keys = keys;
  }

  async call(script: Script, lease: string, ...args: readonly string[]): Promise<Answer> {
    const reply = await this.#link.call(script, [this.#keys.presence], [this.#ears.publish, lease, ...args]);
    const [status, told, ...rest] = reply as [string, string[], ...unknown[]];
    return { status, told, rest };
  }
}

/** Names and ids go to Redis as JSON: without line feeds and tabs, and no two alike. */
export const quoted = (text: string): string => JSON.stringify(text);

export const unquoted = (json: string): string => JSON.parse(json) as string;
