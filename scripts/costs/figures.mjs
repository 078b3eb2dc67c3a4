// From what workloads cost to what a delivery costs: differences between workloads, so that what they have in common cancels out.

import { jsonOverWebSocket, linesOverTcp } from './tongues.mjs';
import { burst, names, perRoom, small } from './workloads.mjs';

/** @typedef {Record<string, number>} Costs By workload, or by figure. */
/** @typedef {readonly [factor: number, workload: string]} Term */
/** @typedef {{ name: string, terms: readonly Term[] }} Formula */

const { others, rooms, lines } = small;
const [fewLines = 0, manyLines = 0] = lines;

/** @type {readonly Formula[]} */
const formulas = [
  ...[jsonOverWebSocket, linesOverTcp].flatMap(({ name }) => [
    share(`${name}: a message`, 1, [names.said(name, 1, 0)], [names.nothing]),
    share(`${name}: each delivery`, others, [names.said(name, 1, others)], [names.said(name, 1, 0)]),
    share(
      `${name}: each further message of a burst`,
      burst - 1,
      [names.said(name, burst, 0)],
      [names.said(name, 1, 0)],
    ),
    share(
      `${name}: each further delivery of a burst`,
      (burst - 1) * others,
      [names.said(name, burst, others), names.said(name, 1, 0)],
      [names.said(name, burst, 0), names.said(name, 1, others)],
    ),
    share(`${name}: to join and leave`, 1, [names.joined(name, 0)], [names.nothing, names.nothing]),
    share(`${name}: each who sees that`, others, [names.joined(name, others)], [names.joined(name, 0)]),
  ]),
  ...[false, true].map((acknowledged) =>
    share(
      `many rooms: a message to ${perRoom}${acknowledged ? ', acknowledged' : ''}`,
      rooms * perRoom,
      [names.manyRooms(rooms, acknowledged)],
      [names.nothing],
    ),
  ),
  share('a line echoed', manyLines - fewLines, [names.echoed(manyLines)], [names.echoed(fewLines)]),
];

/**
 * @param {Costs} costs of each workload
 * @returns {Costs} by figure
 */
export function figuresOf(costs) {
  return Object.fromEntries(formulas.map(({ name, terms }) => [name, sum(terms, (workload) => costs[workload])]));
}

/**
 * The functions that make up a figure, those with the most calls first.
 * @param {Record<string, Costs>} calls of each function, by workload
 * @param {string} figure
 * @returns {[name: string, calls: number][]}
 */
export function functionsOf(calls, figure) {
  const { terms } = /** @type {Formula} */ (formulas.find(({ name }) => name === figure));
  const functions = new Set(terms.flatMap(([, workload]) => Object.keys(calls[workload] ?? {})));
  return [...functions]
    .map((name) => /** @type {[string, number]} */ ([name, sum(terms, (workload) => calls[workload]?.[name] ?? 0)]))
    .filter(([, count]) => count !== 0)
    .sort(([, a], [, b]) => b - a);
}

/**
 * What some workloads take more than others do, by so many that share it.
 * @param {string} name
 * @param {number} by
 * @param {readonly string[]} more
 * @param {readonly string[]} less
 * @returns {Formula}
 */
function share(name, by, more, less) {
  const signed = (/** @type {readonly string[]} */ workloads, /** @type {number} */ sign) =>
    workloads.map((workload) => /** @type {const} */ ([sign / by, workload]));
  return { name, terms: [...signed(more, 1), ...signed(less, -1)] };
}

/**
 * @param {readonly Term[]} terms
 * @param {(workload: string) => number | undefined} costOf
 */
function sum(terms, costOf) {
  let total = 0;
  for (const [factor, workload] of terms) {
    const cost = costOf(workload);
    if (cost === undefined) throw new Error(`Nobody counted "${workload}"`);
    total += factor * cost;
  }
  return Math.round(total * 100) / 100;
}
