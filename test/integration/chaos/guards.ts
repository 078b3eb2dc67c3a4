import type { ChaosReport } from './run.js';

/** A minute goes by in which a node is frozen for long, and Redis. */
const slow = 60;

/** How often each is to be met at least: a fixed number, and so many in each minute but the first. */
const expected: { readonly [what: string]: readonly [fixed: number, aMinute: number] } = {
  acks: [1_500, 1_500],
  resumed: [50, 60],
  elsewhere: [25, 30],
  duplicates: [5, 10],
  lines: [100, 100],
  'banish clients': [1, 0],
  'fence node': [1, 0],
  'kill node': [1, 1],
  'drain node': [1, 1],
  'freeze node': [1, 1],
  'kill redis': [1, 1],
  'freeze redis': [1, 0.5],
  'cut way': [1, 1],
  'stall way': [1, 1],
  'cut clients': [5, 10],
  'drop listeners': [1, 2],
  'forget scripts': [1, 2],
  'publish garbage': [1, 3],
};

/** A run that met too little of what it is about proves nothing. */
export function tooLittle({ seconds, met, broken, lines }: Omit<ChaosReport, 'faults' | 'missing'>): string[] {
  const counts = new Map<string, number>([...Object.entries(met), ...broken, ['lines', lines]]);
  const wanted = seconds >= 60 ? { ...expected, 'freeze redis long': [1, 0] as const } : expected;
  return Object.entries(wanted).flatMap(([what, [fixed, aMinute]]) => {
    const least = Math.floor(fixed + (aMinute * Math.max(0, seconds - slow)) / 60);
    const count = counts.get(what) ?? 0;
    return count < least ? [`${what}: ${count}, at least ${least} expected`] : [];
  });
}
