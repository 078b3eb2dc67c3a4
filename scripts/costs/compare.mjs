// Which figures rose, and what is said of it.

import { functionsOf } from './figures.mjs';

/** @typedef {import('./figures.mjs').Costs} Costs */
/** @typedef {'writes' | 'sent' | 'calls' | 'bytes' | 'instructions'} Kind */
/** @typedef {Partial<Record<Kind, Costs>>} Figures */
/** @typedef {'same' | 'rose' | 'fell' | 'new' | 'gone'} Verdict */
/** @typedef {{ kind: Kind, name: string, before: number | undefined, now: number | undefined, verdict: Verdict }} Row */

/**
 * `share`: by how much a figure may rise or fall. `least`: what a count may be off by, and matters only where a figure is about
 * nothing; the smallest object has 16 bytes.
 *
 * @type {Record<Kind, { title: string, share: number, least: number }>}
 */
const kinds = {
  writes: { title: 'writes to sockets', share: 0, least: 0 },
  sent: { title: 'bytes to sockets', share: 0.1, least: 0 },
  calls: { title: 'calls of functions', share: 0.1, least: 0 },
  bytes: { title: 'bytes allocated', share: 0.1, least: 8 },
  instructions: { title: 'instructions', share: 0.1, least: 100 },
};

const howTo = 'run `npm run check:costs -- --update`';
const mostFunctions = 30;

/**
 * Of those kinds that were counted this time.
 * @param {Figures} before
 * @param {Figures} now
 * @returns {Row[]}
 */
export function compare(before, now) {
  return /** @type {Kind[]} */ (Object.keys(now)).flatMap((kind) => {
    const [old, found] = [before[kind] ?? {}, now[kind] ?? {}];
    return [...new Set([...Object.keys(old), ...Object.keys(found)])].map((name) => {
      const [was, is] = [old[name], found[name]];
      return { kind, name, before: was, now: is, verdict: verdictOf(kind, was, is) };
    });
  });
}

/**
 * @param {Kind} kind
 * @param {number | undefined} before
 * @param {number | undefined} now
 * @returns {Verdict}
 */
function verdictOf(kind, before, now) {
  if (before === undefined) return 'new';
  if (now === undefined) return 'gone';
  const { share, least } = kinds[kind];
  if (Math.abs(now - before) <= Math.max(share * Math.abs(before), least)) return 'same';
  return now < before ? 'fell' : 'rose';
}

/**
 * @param {readonly Row[]} rows
 * @param {Record<string, Costs> | undefined} functions calls of each, by workload
 * @param {boolean} all whether to say it of figures that are the same, too
 */
export function report(rows, functions, all) {
  const of = (/** @type {Verdict[]} */ ...verdicts) => rows.filter(({ verdict }) => verdicts.includes(verdict));
  const [rose, fell, other] = [of('rose'), of('fell'), of('new', 'gone')];
  const shown = all ? rows : [...rose, ...fell, ...other];
  const text = [
    shown.length > 0 ? table(shown) : '',
    ...(all ? rows : rose).map((row) => (functions && row.kind === 'calls' ? callees(functions, row) : '')),
    rose.length > 0 ? `${figures(rose)} rose. If that is the price of something, ${howTo} and say what for.` : '',
    other.length > 0 ? `New or gone: ${figures(other)}. If that is meant, ${howTo}.` : '',
    fell.length > 0 ? `${figures(fell)} fell: ${howTo}, so that they stay so low.` : '',
    `${of('same').length} of ${rows.length} figures are as they were`,
  ];
  return { text: text.filter((part) => part !== '').join('\n\n'), failed: rose.length + other.length > 0 };
}

/** @param {readonly Row[]} rows */
function figures({ length }) {
  return length === 1 ? '1 figure' : `${length} figures`;
}

/**
 * A line for each figure.
 * @param {readonly Row[]} rows
 */
export function table(rows) {
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  const line = (/** @type {string[]} */ [kind = '', name = '', ...numbers]) =>
    `${kind.padEnd(18)}  ${name.padEnd(width)}${numbers.map((number) => number.padStart(12)).join('')}`.trimEnd();
  return [
    line(['', '', 'before', 'now', 'change']),
    ...rows.map(({ kind, name, before, now, verdict }) =>
      line([
        kinds[kind].title,
        name,
        number(before),
        number(now),
        change(before, now),
        verdict === 'same' ? '' : verdict,
      ]),
    ),
  ].join('\n');
}

/**
 * What a figure is made up of.
 * @param {Record<string, Costs>} functions
 * @param {Row} row
 */
function callees(functions, { name }) {
  const found = functionsOf(functions, name).slice(0, mostFunctions);
  return [
    `${name}: the most calls`,
    ...found.map(([callee, calls]) => `${number(calls).padStart(10)}  ${callee}`),
  ].join('\n');
}

/** @param {number | undefined} value */
function number(value) {
  return value === undefined ? '-' : value.toLocaleString('en', { maximumFractionDigits: value < 1_000 ? 2 : 0 });
}

/**
 * @param {number | undefined} before
 * @param {number | undefined} now
 */
function change(before, now) {
  if (before === undefined || now === undefined || before === 0 || before === now) return '';
  const percent = (now / before - 1) * 100;
  return `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
}
