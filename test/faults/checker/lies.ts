import type { FactOf, Timed } from './facts.js';

/** A time in which the store forgot what it had acknowledged. */
export interface Lie {
  readonly what: string;
  readonly from: number;
  /** It may have gone on to forget until then. */
  to: number;
  /** What was stored before that is still there; nothing is, where it is null. */
  readonly keeps: number | null;
}

/** Who looks at Redis all the time is never further behind than this. */
const lookTime = 3_000;

/** The clock of Redis, and of whoever lets it lie, may say so much another time. */
const blur = 20;

/** So long after it nodes may not have noticed. */
const noticeTime = 10_000;

/** When the store lied: what was acknowledged then may be gone, but it has to be said. */
export class Lies {
  readonly all: Lie[] = [];

  take(fact: Timed<FactOf<'lie' | 'truth'>>): void {
    if (fact.fact === 'lie') {
      const { what, keeps, t } = fact;
      this.all.push({ what, from: t, to: Number.POSITIVE_INFINITY, keeps });
      return;
    }
    const open = this.all.findLast(({ what, to }) => what === fact.what && to === Number.POSITIVE_INFINITY);
    if (open !== undefined) open.to = fact.t;
  }

  /** Whether what was stored then may be gone before anybody looked. */
  mayLose(at: number): boolean {
    return this.all.some(({ from, to, keeps }) => at >= (keeps ?? from - lookTime) - blur && at <= to + blur);
  }

  /** The one, not before `since`, by which the store was rolled back behind what was stored then. */
  rollBackOf(at: number, since = 0): Lie | undefined {
    const isIt = ({ from, keeps }: Lie) => keeps !== null && from >= since && at >= keeps - blur && at <= from + blur;
    return this.all.find(isIt);
  }

  /** Those for which a room may have gone over from an epoch that grew until one time to one that was seen from another on. */
  between(grew: number, began: number): readonly Lie[] {
    return this.all.filter(({ from, to }) => from <= began && grew <= to + noticeTime);
  }

  /** Whether there was one in this time, or what it did to what nodes hold may not have been made good yet. */
  within(from: number, to: number, aftermath: number): boolean {
    return this.all.some((lie) => lie.from <= to && lie.to + aftermath >= from);
  }
}
