import { describe, expect, test } from 'vitest';
import { decreased, parseExposition, problemsOf } from './exposition.js';

// What the other tests rely on: a judge that objects to nothing would find every scrape good.

const head = '# HELP a_total Counts something.\n# TYPE a_total counter\n';

describe('no text of Prometheus is', () => {
  test.each([
    ['a sample without HELP and TYPE', 'a_total 1\n'],
    ['TYPE without HELP', '# TYPE a_total counter\na_total 1\n'],
    ['a type that there is not', '# HELP a_total Counts.\n# TYPE a_total count\n'],
    ['a metric twice', `${head}a_total 1\n${head}`],
    ['a series twice', `${head}a_total{x="1"} 1\na_total{x="1"} 2\n`],
    ['a series of another metric', `${head}b_total 1\n`],
    ['a label without quotes', `${head}a_total{x=1} 1\n`],
    ['a label twice', `${head}a_total{x="1",x="1"} 1\n`],
    ['a label that is reserved', `${head}a_total{__x="1"} 1\n`],
    ['a quote that is not escaped', `${head}a_total{x="""} 1\n`],
    ['a value that is no number', `${head}a_total one\n`],
    ['a last line without an end', `${head}a_total 1`],
  ])('%s', (_what, text) => {
    expect(() => parseExposition(text)).toThrow();
  });
});

const histogram = (lines: string) => `# HELP h_seconds How long it took.\n# TYPE h_seconds histogram\n${lines}`;

describe('a scrape is objected to with', () => {
  test.each([
    ['a counter that does not end in _total', '# HELP a Counts something.\n# TYPE a counter\na 1\n'],
    ['a gauge that does', '# HELP a_total Counts something.\n# TYPE a_total gauge\na_total 1\n'],
    ['milliseconds', '# HELP a_ms Lasts how long.\n# TYPE a_ms gauge\na_ms 1\n'],
    [
      'a unit in the middle',
      '# HELP a_bytes_read_total Bytes read.\n# TYPE a_bytes_read_total counter\na_bytes_read_total 1\n',
    ],
    [
      'buckets that are not cumulative',
      histogram('h_seconds_bucket{le="1"} 2\nh_seconds_bucket{le="+Inf"} 1\nh_seconds_sum 1\nh_seconds_count 1\n'),
    ],
    ['a count other than all', histogram('h_seconds_bucket{le="+Inf"} 1\nh_seconds_sum 1\nh_seconds_count 2\n')],
    ['no bucket for all', histogram('h_seconds_bucket{le="1"} 1\nh_seconds_sum 1\nh_seconds_count 1\n')],
    ['no sum', histogram('h_seconds_bucket{le="+Inf"} 1\nh_seconds_count 1\n')],
  ])('%s', (_what, text) => {
    expect(problemsOf(parseExposition(text))).toHaveLength(1);
  });

  test('counters that were more before, or are gone', () => {
    const [more, less, gone] = [`${head}a_total 2\n`, `${head}a_total 1\n`, head].map(parseExposition);
    expect(decreased(more!, less!)).toHaveLength(1);
    expect(decreased(more!, gone!)).toHaveLength(1);
    expect(decreased(less!, more!)).toEqual([]);
  });
});
