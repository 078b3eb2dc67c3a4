/** Numbers, for people. */
export function countOf(count: number): string {
  return count.toLocaleString();
}

/** How often a second. */
export function rateOf(rate: number | undefined): string {
  if (rate === undefined) return '–';
  return rate.toLocaleString(undefined, { maximumFractionDigits: rate < 10 ? 1 : 0 });
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytesOf(bytes: number | undefined): string {
  if (bytes === undefined) return '–';
  let unit = 0;
  let number = bytes;
  while (number >= 1_024 && unit < units.length - 1) {
    number /= 1_024;
    unit++;
  }
  return `${number.toLocaleString(undefined, { maximumFractionDigits: unit > 0 && number < 10 ? 1 : 0 })} ${units[unit]}`;
}

export function milliseconds(ms: number | undefined): string {
  if (ms === undefined) return '–';
  return `${ms.toLocaleString(undefined, { maximumFractionDigits: ms < 10 ? 1 : 0 })} ms`;
}

export function percent(share: number): string {
  return share.toLocaleString(undefined, { style: 'percent' });
}

const steps = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The two largest parts of a duration: `3 d 4 h`. */
export function durationOf(ms: number): string {
  const first = steps.findIndex(([, step]) => ms >= step);
  if (first === -1) return '0 s';
  let rest = ms;
  const parts = steps.slice(first, first + 2).map(([unit, step]) => {
    const count = Math.floor(rest / step);
    rest -= count * step;
    return count === 0 ? '' : `${count} ${unit}`;
  });
  return parts.join(' ').trim();
}

const timeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** @param at - in milliseconds since 1970 */
export function timeOf(at: number): string {
  // A ban may end later than what a date can be.
  return Number.isNaN(new Date(at).getTime()) ? 'far in the future' : timeFormat.format(at);
}
