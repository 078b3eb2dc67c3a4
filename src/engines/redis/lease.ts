import { randomId } from '../../model/ids.js';
import type { EngineContext } from '../../ports/engine.js';
import type { Gate } from './gate.js';
import type { Held, HeldName, HeldSession } from './held.js';
import { type Answer, type PresenceCalls, quoted, unquoted } from './presence-calls.js';
import { presence } from './scripts/presence.js';
import type { Script } from './scripts/script.js';

/** How long a node that is not heard of stays. */
const ttl = 15_000;
const renewEvery = 5_000;

/** While it can't be renewed. */
const retryEvery = 1_000;

/** Beyond this age of its lease a node takes no commands: another may be about to declare it dead. */
const stale = 10_000;

/** A renewal that takes longer says that the way to Redis, or Redis itself, was interrupted. */
const prompt = 2_000;

/** After Redis lost everything: until then other nodes have noticed, and put back what they hold. */
const returnTime = 8_000;

/** What is held is compared with Redis so often: whatever was lost unseen is put back then. */
const restoreEvery = 60_000;

/** Sessions of one script: nobody waits long for it. */
const batch = 50;
const buried = 200;

/** Scripts as the server at hand takes them. */
interface LeaseScripts {
  readonly renew: Script;
  readonly reap: Script;
  readonly quit: Script;
}

/** What the lease needs of its surroundings. */
export interface LeaseHost {
  readonly context: EngineContext;
  readonly calls: PresenceCalls;
  readonly held: Held;
  readonly gate: Gate;
  scripts(): LeaseScripts;
  /** Hands on what was told of rooms. */
  tell(told: readonly string[]): void;
  /** Everything that is followed may have another truth now. */
  lost(): void;
  /** The lease holds, and all stands as it is to. */
  settled(): void;
  /** It can't be renewed, for that reason. `isStale`: and not for so long that nothing may be written any more. */
  failing(why: string, isStale: boolean): void;
}

/**
 * This node's right to write presence, and its duty towards the others: it renews its lease, declares dead who did not, and puts back
 * what Redis lost of what this node holds.
 */
export class Lease {
  readonly #host: LeaseHost;
  #number = 1;
  #store: string | undefined;
  #renewed = Number.NEGATIVE_INFINITY;
  /** The same by the clock of Redis. */
  #renewedAt = '0';
  #restored = 0;
  /** Nobody is declared dead before this. */
  #holdUntil = 0;
  /** Until this, others may not have put back what Redis lost. */
  #wholeAt = 0;
  #unknown: ReadonlySet<string> = new Set();
  #peers: readonly string[] = [];
  #expected: readonly string[] = [];
  #cancel: (() => void) | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  constructor(host: LeaseHost) {
    this.#host = host;
  }

  /** What this node's sessions hang on. */
  get id(): string {
    return `${this.#host.context.node}#${this.#number}`;
  }

  /** Which store it is: another name means that everything was lost. */
  get store(): string {
    return this.#store ?? '';
  }

  get fresh(): boolean {
    return this.#now() - this.#renewed < stale;
  }

  /** Whether other nodes may still be putting back what Redis lost: those, too, that this one has not heard of yet. */
  get returning(): boolean {
    return this.#now() < this.#wholeAt;
  }

  /** Nodes that were there before Redis lost everything, and have not come back yet. */
  get missing(): readonly string[] {
    if (this.#now() >= this.#wholeAt) return [];
    return [...new Set(this.#expected.filter((lease) => !this.#peers.includes(lease)).map(nodeOf))];
  }

  /** The other nodes, when they were last heard of. */
  get peers(): readonly string[] {
    const { node } = this.#host.context;
    return [...new Set(this.#peers.map(nodeOf))].filter((peer) => peer !== node);
  }

  /** The way to Redis was interrupted: who seems dead may be as alive as this node. */
  interrupted(): void {
    this.#holdUntil = this.#now() + ttl;
  }

  /** It is to be renewed now. */
  hurry(): void {
    this.#cancel?.();
    void this.#tick().finally(() => this.#goOn());
  }

  /** Nothing is renewed any more. */
  stop(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  /** Begins. @throws ChatError `ENGINE_UNAVAILABLE` */
  async begin(): Promise<void> {
    this.#holdUntil = this.#now() + ttl;
    await this.#renew();
    this.#restored = this.#now();
    this.#goOn();
  }

  /** The connection is there again: what this node holds is put where it belongs before anybody may write. */
  async reconnected(): Promise<void> {
    this.#holdUntil = this.#now() + ttl;
    await this.#work(() => this.#renew());
  }

  /** Something does not fit what is known of the store. Resolves when other nodes have had the time to put back what it lost. */
  async whole(store: string): Promise<void> {
    if (store !== this.store) await this.#work(() => this.#renew());
    const left = this.returning ? this.#wholeAt - this.#now() : 0;
    if (left > 0) await new Promise<void>((resolve) => void this.#host.context.clock.after(left, resolve));
  }

  /** A write was refused: the lease is another's to judge, or Redis has lost it. There is one again when this resolves. */
  async refused({ status }: Answer, lease: string): Promise<void> {
    // Of several writes that are refused, the first begins anew.
    if (status === 'fenced' && lease === this.id) this.#fenced();
    await this.#work(() => this.#renew());
  }

  /** Redis has lost this one, which is not among those that were put back when that was noticed. */
  async putBack(session: HeldSession): Promise<void> {
    await this.#work(() => this.#restoreSome([session]));
  }

  /** Ends it: what is held waits for its clients. */
  async end(): Promise<void> {
    this.stop();
    await this.#working?.catch(() => undefined);
    const { calls, scripts, context } = this.#host;
    for (let more = true; more; ) {
      const answer = await calls.call(scripts().quit, this.id, windowOf(context), String(buried));
      more = answer.rest[0] === '1';
    }
  }

  #goOn(): void {
    if (this.#closed) return;
    this.#cancel?.();
    this.#cancel = this.#host.context.clock.after(this.#host.gate.open ? renewEvery : retryEvery, () => {
      void this.#tick().finally(() => this.#goOn());
    });
  }

  async #tick(): Promise<void> {
    try {
      await this.#work(async () => {
        const isDue = this.#now() - this.#restored >= restoreEvery;
        await (isDue ? this.#renewAndRestore() : this.#renew());
      });
      if (this.#now() >= this.#holdUntil && !this.#closed) await this.#reap();
    } catch (error) {
      this.#holdUntil = this.#now() + ttl;
      const isStale = !this.fresh;
      if (isStale) this.#host.gate.shut();
      this.#host.failing(error instanceof Error ? error.message : String(error), isStale);
    }
  }

  /** One at a time: the second finds done what the first did. */
  #work(work: () => Promise<void>): Promise<void> {
    const working = (this.#working ?? Promise.resolve()).catch(() => undefined).then(work);
    this.#working = working;
    return working;
  }

  async #renewAndRestore(): Promise<void> {
    await this.#renew();
    await this.#restore();
    await this.#forsakeStrays();
    this.#restored = this.#now();
  }

  /**
   * Sessions that hang on this lease and that nobody here knows of: the answer that would have told of them was lost. Seen twice, a minute
   * apart: the first time it may just be on its way.
   */
  async #forsakeStrays(): Promise<void> {
    const { calls, held, context } = this.#host;
    const { rest } = await calls.call(presence.members, this.id);
    const unknown = (rest[0] as string[]).filter((member) => !held.has(unquoted(member)));
    const strays = unknown.filter((member) => this.#unknown.has(member));
    this.#unknown = new Set(unknown);
    for (let from = 0; from < strays.length; from += batch) {
      const some = strays.slice(from, from + batch);
      const answer = await calls.call(presence.forsake, this.id, windowOf(context), ...some);
      this.#host.tell(answer.told);
    }
  }

  async #renew(): Promise<void> {
    const { calls, scripts } = this.#host;
    const began = this.#now();
    const answer = await calls.call(scripts().renew, this.id, String(ttl), randomId(12));
    if (answer.status === 'fenced') {
      this.#fenced();
      return this.#renew();
    }
    const [there, over, store, peers, time] = answer.rest as [string, string, string, string[], string];
    const late = this.#now() - began > prompt || began - this.#renewed > renewEvery + prompt || over === '1';
    if (late && this.#renewed > 0) this.#holdUntil = this.#now() + ttl;
    const isKnown = this.#store !== undefined;
    const isOther = isKnown && store !== this.#store;
    if (isOther) this.#storeLost();
    this.#store = store;
    this.#peers = peers;
    this.#renewed = began;
    this.#renewedAt = time;
    const { gate } = this.#host;
    const isShut = !gate.open;
    if (isShut || (isKnown && there === '')) await this.#restore();
    if (isOther) this.#host.lost();
    if (isShut) gate.admit();
    this.#host.settled();
  }

  #storeLost(): void {
    this.#wholeAt = this.#now() + returnTime;
    this.#holdUntil = this.#now() + ttl;
    this.#expected = this.#peers;
  }

  /** Another node declared this one dead: nobody that it held is its own any more. It begins anew. */
  #fenced(): void {
    const { held, context, gate } = this.#host;
    held.clear();
    this.#number++;
    this.#holdUntil = this.#now() + ttl;
    context.onLoss?.({ lost: 'node' });
    gate.turnAway();
  }

  async #restore(): Promise<void> {
    const { held } = this.#host;
    const all = held.settled;
    // Looked at again for each batch: what has ended while the others were on their way must not be put back, nor what is just being changed.
    const isAsItWas = (session: HeldSession) => session.busy === 0 && held.isCurrent(session);
    for (let from = 0; from < all.length; from += batch)
      await this.#restoreSome(all.slice(from, from + batch).filter(isAsItWas));
  }

  async #restoreSome(sessions: readonly HeldSession[]): Promise<void> {
    if (sessions.length === 0) return;
    const { calls, held, context } = this.#host;
    const args = sessions.flatMap((session) => restoring(session, held.nameOf(session.record.user)));
    const answer = await calls.call(presence.restore, this.id, ...args);
    // Between the renewal and this it was declared dead: the next renewal finds out.
    if (answer.status !== 'ok') return;
    const results = answer.rest[0] as string[];
    for (const [index, session] of sessions.entries()) {
      const { record, generation } = session;
      // It may have ended since, or have been taken up here anew.
      if (!held.isCurrent(session)) continue;
      if (results[index] === 'taken') {
        held.drop(record.member);
        context.onLoss?.({ lost: 'session', member: record.member, generation });
      } else if (results[index] === 'name') {
        held.named(record.user, undefined);
        context.onLoss?.({ lost: 'name', member: record.member });
      }
    }
    this.#host.tell(answer.told);
  }

  async #reap(): Promise<void> {
    const { calls, scripts, context } = this.#host;
    for (let more = true; more && !this.#closed; ) {
      const answer = await calls.call(scripts().reap, this.id, windowOf(context), String(buried), this.#renewedAt);
      if (answer.status !== 'ok') return;
      this.#host.tell(answer.told);
      more = answer.rest[0] === '1';
    }
  }

  #now(): number {
    return this.#host.context.clock.monotonic();
  }
}

/** The node of a lease. */
export function nodeOf(lease: string): string {
  return lease.slice(0, lease.lastIndexOf('#'));
}

/** For how long sessions are kept; Redis knows no end that is further than this. */
function windowOf({ limits }: EngineContext): string {
  return String(Math.min(limits.resumeWindow, 3e12));
}

function restoring({ record, generation, rooms }: HeldSession, name: HeldName | undefined): string[] {
  const { member, secret, node, user, guest } = record;
  return [
    ...[quoted(member), String(generation), quoted(secret), quoted(node), quoted(user), guest ? '1' : ''],
    ...[quoted(name?.name ?? record.name), name === undefined ? '' : quoted(name.key)],
    ...[String(rooms.size), ...Array.from(rooms, quoted)],
  ];
}

/** A name as it stands in Redis: its key, a tab, and how it is written. */
export function decodeName(held: string): HeldName | undefined {
  if (held === '') return undefined;
  const [key = '""', name = '""'] = held.split('\t');
  return { key: unquoted(key), name: unquoted(name) };
}
