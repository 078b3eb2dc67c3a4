import { describe, expect, it } from 'vitest';
import { compare, type Figures, report } from '../../scripts/costs/compare.mjs';

const verdicts = (before: Figures, now: Figures) =>
  compare(before, now).map(({ name, verdict }) => `${name} ${verdict}`);

describe('the guard of costs', () => {
  it('takes what is within 10 % for the same', () => {
    expect(verdicts({ calls: { up: 20, down: 20 } }, { calls: { up: 22, down: 18 } })).toEqual([
      'up same',
      'down same',
    ]);
    expect(verdicts({ calls: { up: 20, down: 20 } }, { calls: { up: 22.1, down: 17.9 } })).toEqual([
      'up rose',
      'down fell',
    ]);
  });

  it('lets no write to a socket pass', () => {
    expect(verdicts({ writes: { burst: 100 } }, { writes: { burst: 101 } })).toEqual(['burst rose']);
    expect(verdicts({ writes: { burst: 100 } }, { writes: { burst: 99 } })).toEqual(['burst fell']);
  });

  it('sees what was free, and is so no more', () => {
    expect(verdicts({ calls: { line: 0 } }, { calls: { line: 1 } })).toEqual(['line rose']);
    expect(verdicts({ bytes: { line: 0 } }, { bytes: { line: 16 } })).toEqual(['line rose']);
    // A figure is a difference of two counts, and each may be off by a little.
    expect(verdicts({ bytes: { line: 0 } }, { bytes: { line: 4 } })).toEqual(['line same']);
  });

  it('looks only at what was counted this time', () => {
    expect(verdicts({ calls: { line: 1 }, instructions: { line: 1_000 } }, { calls: { line: 1 } })).toEqual([
      'line same',
    ]);
  });

  it('fails when a figure rose, and shows by how much and through which functions', () => {
    const before: Figures = { calls: { 'a line echoed': 5 } };
    const functions = { '100 lines echoed': { push: 1 }, '500 lines echoed': { push: 1, decode: 2_400 } };
    const { text, failed } = report(compare(before, { calls: { 'a line echoed': 6 } }), functions, false);
    expect(failed).toBe(true);
    expect(text).toMatch(/^calls of functions +a line echoed +5 +6 +\+20\.0 % +rose$/m);
    expect(text).toMatch(/^ +6 +decode$/m);
    expect(text).not.toContain('push');
    expect(text).toContain('1 figure rose.');
  });

  it('fails when the file lacks a figure, or has one that nobody counts any more', () => {
    const { text, failed } = report(compare({ calls: { old: 1 } }, { calls: { young: 1 } }), undefined, false);
    expect(failed).toBe(true);
    expect(text).toMatch(/^calls of functions +old +1 +- +gone$/m);
    expect(text).toMatch(/^calls of functions +young +- +1 +new$/m);
  });

  it('does not fail when a figure fell, and says that the file should be brought up to date', () => {
    const { text, failed } = report(compare({ calls: { line: 5 } }, { calls: { line: 4 } }), undefined, false);
    expect(failed).toBe(false);
    expect(text).toMatch(/^calls of functions +line +5 +4 +-20\.0 % +fell$/m);
    expect(text).toContain('1 figure fell: run `npm run check:costs -- --update`');
  });

  it('says little when nothing changed', () => {
    const { text, failed } = report(compare({ calls: { line: 5 } }, { calls: { line: 5.1 } }), undefined, false);
    expect([text, failed]).toEqual(['1 of 1 figures are as they were', false]);
  });
});
