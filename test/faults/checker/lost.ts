import { limits } from '../settings.js';
import type { FactOf, Timed } from './facts.js';
import { isOf, placed, type Rule, type Say } from './rule.js';
import type { Seen, SeenLog } from './seen.js';

/** I1: what was acknowledged stands in the store, there and nowhere else; and no log begins anew without a reason. */
export class Lost implements Rule {
  readonly #seen: Seen;
  readonly #say: Say;
  #pending: Timed<FactOf<'acked'>>[] = [];
  readonly #acked: Timed<FactOf<'acked'>>[] = [];
  readonly #epochs = new Map<string, string>();

  constructor(seen: Seen, say: Say) {
    this.#seen = seen;
    this.#say = say;
  }

  take(fact: Timed): void {
    if (isOf(fact, 'acked')) {
      this.#pending.push(fact);
      this.#acked.push(fact);
    }
    if (isOf(fact, 'looked')) this.#judgeBefore(fact.began);
    if (isOf(fact, 'acked', 'told', 'stored', 'began', 'reset')) this.#look(fact);
  }

  /** What was acknowledged before that must have been seen. */
  #judgeBefore(began: number): void {
    const due = this.#pending.filter(({ t }) => t < began);
    this.#pending = this.#pending.filter(({ t }) => t >= began);
    for (const acked of due) this.#judge(acked);
  }

  end(): void {
    this.#judgeBefore(Number.POSITIVE_INFINITY);
    for (const room of this.#seen.rooms) {
      const epochs = this.#seen.epochs(room);
      for (const [index, log] of epochs.entries()) if (index > 0) this.#compare(epochs[index - 1]!, log);
    }
  }

  #judge(acked: Timed<FactOf<'acked'>>): void {
    const { who, text, id, at, t } = acked;
    const said = this.#seen.said(text);
    const stored = this.#storedAt(acked);
    // It was stored at the time that is told, or in the other inbox before that.
    const isLied = this.#seen.lies.mayLose(at) || this.#seen.lies.within(said?.t ?? t, t, 0);
    const mayBeGone = isLied || this.#isTrimmed(acked);
    if (!mayBeGone && !this.#isWhereItBelongs(acked))
      this.#say('I1', `room=${said?.room} has no "${text}" (${id}), acknowledged to ${who}`);
    if (stored === id || mayBeGone) return;
    const there = stored === undefined ? 'where nothing is stored' : `where ${stored} is stored`;
    this.#say('I1', `${placed(acked)} acknowledged to ${who} for "${text}" (${id}), ${there}`);
  }

  /** So much was said behind it, all at once, that it is kept no longer. */
  #isTrimmed({ room, epoch, offset }: FactOf<'acked'>): boolean {
    return offset <= (this.#seen.log(room, epoch)?.head ?? 0) - limits.history;
  }

  #storedAt({ room, epoch, offset }: FactOf<'acked'>): string | undefined {
    return this.#seen.log(room, epoch)?.stored.get(offset);
  }

  /** Of a direct message it is said where it stands in the sender's inbox: it stands in the other one, too. */
  #isWhereItBelongs({ room, text, id }: FactOf<'acked'>): boolean {
    const meant = this.#seen.said(text)?.room ?? room;
    return this.#seen.epochs(meant).some(({ ids }) => ids.has(id));
  }

  /** An epoch that nobody has spoken of before. */
  #look({ room, epoch, fact, ...rest }: Timed<FactOf<'acked' | 'told' | 'stored' | 'began' | 'reset'>>): void {
    const key = `${room} ${epoch}`;
    if (this.#epochs.has(key)) return;
    this.#epochs.set(key, room);
    const before = this.#seen.epochs(room).at(-2);
    if (before === undefined || this.#seen.lies.between(before.grew, rest.t).length > 0) return;
    const by = 'who' in rest ? rest.who : 'Redis';
    this.#say(
      'I1',
      `room=${room} goes over from ${before.epoch} to ${epoch} (${fact}, ${by}); the store has lost nothing`,
    );
  }

  /** A store that was rolled back has what was there before: in the epoch that begins then, at the same places. */
  #compare(before: SeenLog, log: SeenLog): void {
    const lies = this.#seen.lies.between(before.grew, log.began);
    const keeps = Math.min(...lies.map((lie) => lie.keeps ?? 0));
    if (lies.length === 0 || log.stored.size === 0) return;
    const oldest = Math.min(...log.stored.keys());
    for (const { room, epoch, offset, id, text, who, at } of this.#acked) {
      if (room !== log.room || epoch !== before.epoch || at >= keeps || offset < oldest) continue;
      if (log.stored.get(offset) === id) continue;
      const place = placed({ room, epoch: log.epoch, offset });
      this.#say('I1', `${place} is another than "${text}", acknowledged to ${who} before ${lies.at(-1)?.what}`);
    }
  }
}
