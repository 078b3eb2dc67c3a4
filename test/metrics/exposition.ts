/** A time series and its value. */
export interface Sample {
  readonly name: string;
  readonly labels: { readonly [name: string]: string };
  readonly value: number;
}

/** A metric, with all its series. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly Sample[];
}

const types = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];
const sampleLine = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})? (?<value>\S+)$/;
const oneLabel = /^(?<name>[a-zA-Z_][a-zA-Z0-9_]*)="(?<value>(?:[^"\\\n]|\\\\|\\"|\\n)*)"(?:,|$)/;

/**
 * Reads the text format of Prometheus, version 0.0.4, and nothing that is not of its grammar: each metric is one group, with HELP and
 * TYPE once and first; each series is there once.
 */
export function parseExposition(text: string): ReadonlyMap<string, Family> {
  const families = new Map<string, Family & { readonly samples: Sample[] }>();
  const series = new Set<string>();
  let help: readonly [name: string, text: string] | undefined;
  let family: (Family & { readonly samples: Sample[] }) | undefined;
  if (!text.endsWith('\n')) throw new Error('The last line has no end.');
  for (const [index, line] of text.split('\n').entries()) {
    const wrong = (why: string) => new Error(`line ${index + 1}: ${why}: ${line}`);
    if (line === '') continue;
    if (line.startsWith('# HELP ')) {
      const [, name = '', words = ''] = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (\S.*)$/.exec(line) ?? [];
      if (name === '') throw wrong('no help');
      help = [name, words];
      family = undefined;
    } else if (line.startsWith('# TYPE ')) {
      const [, name = '', type = ''] = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) ([a-z]+)$/.exec(line) ?? [];
      if (!types.includes(type)) throw wrong('no such type');
      if (help?.[0] !== name) throw wrong('not right behind its HELP');
      if (families.has(name)) throw wrong('a second time');
      families.set(name, (family = { name, help: help[1], type, samples: [] }));
      help = undefined;
    } else if (line.startsWith('#')) throw wrong('a comment that says nothing');
    else {
      const sample = sampleOf(line, wrong);
      if (family === undefined || !namesOf(family).includes(sample.name)) throw wrong('not of the metric before');
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (series.has(key)) throw wrong('a second time');
      series.add(key);
      family.samples.push(sample);
    }
  }
  return families;
}

function namesOf({ name, type }: Family): readonly string[] {
  if (type === 'histogram') return ['_bucket', '_sum', '_count'].map((suffix) => name + suffix);
  return type === 'summary' ? ['', '_sum', '_count'].map((suffix) => name + suffix) : [name];
}

function sampleOf(line: string, wrong: (why: string) => Error): Sample {
  const { name = '', labels = '', value = '' } = sampleLine.exec(line)?.groups ?? {};
  const number = numberOf(value);
  if (name === '' || number === undefined) throw wrong('no sample');
  const read: Record<string, string> = {};
  for (let rest = labels; rest !== ''; ) {
    const found = oneLabel.exec(rest);
    const { name: label = '', value: text = '' } = found?.groups ?? {};
    if (found === null || label.startsWith('__')) throw wrong('no label');
    if (Object.hasOwn(read, label)) throw wrong('a label twice');
    read[label] = text.replace(/\\(.)/g, (_, sign: string) => (sign === 'n' ? '\n' : sign));
    rest = rest.slice(found[0].length);
  }
  return { name, labels: read, value: number };
}

/** As Go reads them, whatever the case. */
function numberOf(text: string): number | undefined {
  if (/^nan$/i.test(text)) return Number.NaN;
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  const number = Number(text);
  return Number.isNaN(number) ? undefined : number;
}

/** What `promtool check metrics` objects to, and what makes no histogram. */
export function problemsOf(families: ReadonlyMap<string, Family>): readonly string[] {
  return [...families.values()].flatMap((family) => [
    ...namingProblems(family),
    ...(family.type === 'histogram' ? histogramProblems(family) : []),
  ]);
}

/** Prometheus: "Metric and label naming". */
function namingProblems({ name, help, type, samples }: Family): readonly string[] {
  const is = (problem: boolean, sentence: string) => (problem ? [`${name} ${sentence}`] : []);
  const words = name.split('_');
  const unit = words.at(type === 'counter' ? -2 : -1) ?? '';
  const named = ['seconds', 'bytes'].filter((base) => words.includes(base));
  return [
    ...is(!/^[a-z][a-z0-9_]*$/.test(name), 'is not in lower case'),
    ...is(help.length < 10, 'has no help'),
    ...is((type === 'counter') !== name.endsWith('_total'), 'ends in _total, or does not, against its type'),
    ...is(type !== 'histogram' && /_(count|sum|bucket)$/.test(name), 'is named as a part of a histogram'),
    ...is(words.includes(type), 'has its type in its name'),
    ...is(
      /_(ms|millis\w*|micro\w*|nano\w*|minutes|hours|kb|kib|mb|kilobytes|megabytes|percent)(_|$)/.test(name),
      'is in no base unit',
    ),
    ...is(named.length > 0 && !named.includes(unit), 'does not end in its unit'),
    ...is(
      samples.some(({ labels }) => Object.keys(labels).some((label) => !/^[a-z][a-z_]*$/.test(label))),
      'has a label that is not in lower case',
    ),
    ...is(type !== 'histogram' && samples.some(({ labels }) => 'le' in labels), 'has a label of histograms'),
    ...is(type !== 'summary' && samples.some(({ labels }) => 'quantile' in labels), 'has a label of summaries'),
  ];
}

function histogramProblems({ name, samples }: Family): readonly string[] {
  const of = (suffix: string) => samples.filter((sample) => sample.name === name + suffix);
  const buckets = of('_bucket').map(({ labels: { le = '' }, value }) => ({
    le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le),
    value,
  }));
  const rises = (values: readonly number[]) =>
    values.every((value, index) => index === 0 || value >= (values[index - 1] ?? 0));
  const is = (problem: boolean, sentence: string) => (problem ? [`${name} ${sentence}`] : []);
  return [
    ...is(
      buckets.some(({ le }) => Number.isNaN(le)),
      'has a bucket without a bound',
    ),
    ...is(!rises(buckets.map(({ le }) => le)), 'has buckets in no order'),
    ...is(!rises(buckets.map(({ value }) => value)), 'has buckets that are not cumulative'),
    ...is(buckets.at(-1)?.le !== Number.POSITIVE_INFINITY, 'has no bucket for all'),
    ...is(
      of('_count').length !== 1 || of('_count')[0]?.value !== buckets.at(-1)?.value,
      'counts other than its last bucket',
    ),
    ...is(of('_sum').length !== 1, 'has no sum'),
  ];
}

/** Series of counters and histograms that were more, or were there, in an earlier scrape. */
export function decreased(before: ReadonlyMap<string, Family>, after: ReadonlyMap<string, Family>): readonly string[] {
  return [...before.values()]
    .filter(({ type }) => type === 'counter' || type === 'histogram')
    .flatMap(({ name, samples }) => {
      const later = after.get(name)?.samples ?? [];
      return samples.filter((sample) => !later.some((other) => isSame(sample, other) && other.value >= sample.value));
    })
    .map(({ name, labels, value }) => `${name}${JSON.stringify(labels)} was ${value}`);
}

/** The value of one series; `undefined` when there is none. */
export function sampleValue(
  families: ReadonlyMap<string, Family>,
  name: string,
  labels: Sample['labels'] = {},
): number | undefined {
  for (const { samples } of families.values()) {
    const found = samples.find((sample) => isSame(sample, { name, labels }));
    if (found !== undefined) return found.value;
  }
  return undefined;
}

function isSame(a: Pick<Sample, 'name' | 'labels'>, b: Pick<Sample, 'name' | 'labels'>): boolean {
  const names = Object.keys(a.labels);
  return (
    a.name === b.name &&
    names.length === Object.keys(b.labels).length &&
    names.every((name) => a.labels[name] === b.labels[name])
  );
}
