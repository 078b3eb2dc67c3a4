import type { Checker } from './checker/checker.js';
import type { Met } from './clients/person.js';

/** What a run met. */
export interface Encountered {
  readonly met: Met;
  /** How often each fault was done. */
  readonly done: ReadonlyMap<string, number>;
  /** The faults that a run of this length is to meet. */
  readonly expected: readonly string[];
  readonly checker: Checker;
}

/** The fewest that prove something. */
const fewest = { acks: 1_000, resumed: 20, duplicates: 1, directs: 10 } as const;

/** Messages between bystanders that nothing should have held up. */
const fewestEchoes = 100;

/** A run that met too little of what it is about proves nothing: says what is missing. */
export function tooLittle({ met, done, expected, checker }: Encountered): string[] {
  const counts = (Object.keys(fewest) as (keyof typeof fewest)[]).flatMap((what) =>
    met[what] < fewest[what] ? [`${met[what]} ${what}, at least ${fewest[what]} expected`] : [],
  );
  const { count } = checker.bystanders;
  if (count < fewestEchoes)
    counts.push(`${count} messages of unconcerned bystanders, at least ${fewestEchoes} expected`);
  return [...counts, ...expected.filter((name) => !done.has(name)).map((name) => `no fault of this kind: ${name}`)];
}
