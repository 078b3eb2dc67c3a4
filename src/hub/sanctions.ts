import { AddressRanges, isAddressRange } from '../model/addresses.js';
import { longestDuration } from '../model/durations.js';
import type { JsonValue } from '../model/entry.js';
import { ChatError, OptionError } from '../model/errors.js';
import type { Context } from './context.js';
import { type StoredSanction, sanctionFact } from './payloads.js';

/**
 * Whom a ban or a mute is for: a user with all its sessions, now and later; one session; or whoever comes from an address, or a range of
 * them such as `192.0.2.0/24` or `2001:db8::/32`.
 *
 * @example
 * ```ts
 * import type { Sanctioned } from 'chathub';
 *
 * const network: Sanctioned = { address: '192.0.2.0/24' };
 * ```
 */
export type Sanctioned = { readonly user: string } | { readonly member: string } | { readonly address: string };

/**
 * Options of a ban or a mute.
 *
 * @example
 * ```ts
 * import { ChatHub, type SanctionOptions } from 'chathub';
 *
 * const anHour: SanctionOptions = { duration: 3_600_000, reason: 'spam' };
 * const ban = (hub: ChatHub, user: string) => hub.room('lobby').ban({ user }, anHour);
 * ```
 */
export interface SanctionOptions {
  /** Milliseconds after which it is over by itself, above 0 and at most 10^14. Default: never. */
  readonly duration?: number;
  /** A sentence for the person. */
  readonly reason?: string;
}

/**
 * A ban or a mute that is in force.
 *
 * @example
 * ```ts
 * import type { Sanction } from 'chathub';
 *
 * const isForGood = ({ until }: Sanction) => until === undefined;
 * ```
 */
export interface Sanction {
  /** A ban keeps somebody out, a mute from speaking. */
  readonly kind: 'ban' | 'mute';
  /** Whom it is for. */
  readonly whom: Sanctioned;
  /** When it ends, in milliseconds since 1970; undefined: never. */
  readonly until: number | undefined;
  /** A sentence for the person. */
  readonly reason: string | undefined;
}

/** Who is looked at. */
export interface Who {
  /** The session. */
  readonly member: string;
  readonly user: string;
  readonly remoteAddress: string | undefined;
}

interface Held extends StoredSanction {
  readonly whom: Sanctioned;
  /** Of addresses: which ones. */
  readonly ranges: AddressRanges | undefined;
}

type Kind = Sanction['kind'];

/** Who is kept out of a room, or of all of them, and who may not speak there. */
export class Sanctions {
  readonly #scope: string;
  readonly #context: Context;
  /** Made when first needed: most rooms have none. */
  #held: Map<string, Held> | undefined;
  /** Those of addresses, by key: they are looked through, the others looked up. */
  #ranged: Map<string, Held> | undefined;

  /** Goes round them, so that each is looked at for whether it is over. */
  #visits: MapIterator<string> | undefined;
  readonly #onBan: () => void;

  /**
   * @param scope - a room's name, or {@link everywhere}
   * @param onBan - told when somebody is kept out from here on
   */
  constructor(scope: string, context: Context, onBan: () => void) {
    this.#scope = scope;
    this.#context = context;
    this.#onBan = onBan;
  }

  /** How many are remembered, for tests. */
  get size(): number {
    return this.#held?.size ?? 0;
  }

  /** @throws ChatError `BANNED` */
  checkBan(who: Who): void {
    const ban = this.banOf(who);
    if (ban === undefined) return;
    const text = this.#isEverywhere ? 'You are banned' : 'You are banned from here';
    throw new ChatError('BANNED', sentence(text, ban), this.#about);
  }

  /** @throws ChatError `MUTED` */
  checkMute(who: Who): void {
    // This runs for every message: mostly there are none.
    if (this.#held === undefined) return;
    const mute = this.#find('mute', who);
    if (mute === undefined) return;
    const text = this.#isEverywhere ? 'You may not speak' : 'You may not speak here';
    throw new ChatError('MUTED', sentence(text, mute), this.#about);
  }

  /** What keeps somebody out. */
  banOf(who: Who): StoredSanction | undefined {
    return this.#find('ban', who);
  }

  /** Those in force. */
  list(): readonly Sanction[] {
    return [...(this.#held ?? [])].flatMap(([key, { whom, until, reason }]) =>
      this.#current(key) === undefined
        ? []
        : [{ kind: kindOf(key), whom, until: until ?? undefined, reason: reason ?? undefined }],
    );
  }

  /** Bans or mutes. It holds on this node when this resolves; the others hear of it from the engine. */
  async impose(kind: Kind, whom: Sanctioned, { duration, reason }: SanctionOptions): Promise<void> {
    checkDuration(duration);
    const until = duration === undefined ? null : this.#context.clock.now() + duration;
    const stored = { until, reason: reason ?? null };
    const key = keyOf(kind, whom);
    await this.#context.engine.state.set(this.#scope, key, stored, duration === undefined ? {} : { ttl: duration });
    this.learn(key, stored);
  }

  /** It is over. */
  async lift(kind: Kind, whom: Sanctioned): Promise<void> {
    const key = keyOf(kind, whom);
    await this.#context.engine.state.set(this.#scope, key, undefined);
    this.learn(key, undefined);
  }

  /** Takes in a fact of the scope's. */
  learn(key: string, value: JsonValue | undefined): void {
    const whom = whomOf(key);
    const stored = value === undefined ? undefined : sanctionFact(value);
    if (whom === undefined || (value !== undefined && stored === undefined)) return;
    this.#forget(key);
    if (stored === undefined) return;
    const ranges = 'address' in whom ? new AddressRanges([whom.address]) : undefined;
    const held = { ...stored, whom, ranges };
    this.#held ??= new Map();
    this.#held.set(key, held);
    if (ranges !== undefined) (this.#ranged ??= new Map()).set(key, held);
    this.#forgetSome();
    if (kindOf(key) === 'ban') this.#onBan();
  }

  get #isEverywhere(): boolean {
    return this.#scope === everywhere;
  }

  get #about(): { readonly room?: string } {
    return this.#isEverywhere ? {} : { room: this.#scope };
  }

  #find(kind: Kind, { user, member, remoteAddress }: Who): Held | undefined {
    if (this.#held === undefined) return undefined;
    const direct = this.#current(keyOf(kind, { user })) ?? this.#current(keyOf(kind, { member }));
    if (direct !== undefined || this.#ranged === undefined) return direct;
    for (const [key, { ranges }] of this.#ranged)
      if (kindOf(key) === kind && ranges?.has(remoteAddress)) return this.#current(key);
    return undefined;
  }

  /** Two looks with each that comes: who never tries again is forgotten all the same, in a room that is never empty. */
  #forgetSome(): void {
    for (let looked = 0; looked < 2; looked++) {
      this.#visits ??= this.#held?.keys();
      if (this.#visits === undefined) return;
      const next: IteratorResult<string, unknown> = this.#visits.next();
      if (next.done) this.#visits = undefined;
      else this.#current(next.value);
    }
  }

  #current(key: string): Held | undefined {
    const held = this.#held?.get(key);
    if (held === undefined) return undefined;
    if (held.until === null || held.until > this.#context.clock.now()) return held;
    this.#forget(key);
    return undefined;
  }

  #forget(key: string): void {
    this.#held?.delete(key);
    this.#ranged?.delete(key);
  }
}

/** Under which the engine keeps what holds in all rooms. No room can have this name. */
export const everywhere = '#';

/** @throws OptionError for what names nobody */
export function checkSanctioned(whom: Sanctioned): void {
  const given = whom as { readonly user?: unknown; readonly member?: unknown; readonly address?: unknown } | undefined;
  const named = [given?.user, given?.member, given?.address].filter((name) => name !== undefined);
  if (named.length !== 1 || typeof named[0] !== 'string' || named[0] === '')
    throw new OptionError('whom', 'a user, a member or an address, such as { user: "ali" }', whom);
  if (given?.address !== undefined && !isAddressRange(named[0]))
    throw new OptionError('whom.address', 'an address, or a range such as "192.0.2.0/24"', named[0]);
}

function checkDuration(duration: number | undefined): void {
  if (duration !== undefined && !(duration > 0 && duration <= longestDuration))
    throw new OptionError('duration', `a positive number of milliseconds, at most ${longestDuration}`, duration);
}

/** User ids may hold any character: what they stand behind tells them from the others. */
function keyOf(kind: Kind, whom: Sanctioned): string {
  if ('user' in whom) return `${kind}/${whom.user}`;
  return 'member' in whom ? `${kind}-member/${whom.member}` : `${kind}-address/${whom.address}`;
}

function whomOf(key: string): Sanctioned | undefined {
  const [, of, name = ''] = /^(?:ban|mute)(-member|-address)?\/(.*)$/s.exec(key) ?? [];
  if (name === '') return undefined;
  if (of === '-member') return { member: name };
  if (of === '-address') return isAddressRange(name) ? { address: name } : undefined;
  return { user: name };
}

function kindOf(key: string): Kind {
  return key.startsWith('ban') ? 'ban' : 'mute';
}

function sentence(what: string, { reason }: StoredSanction): string {
  return reason === null || reason === '' ? `${what}.` : `${what}: ${reason}`;
}
