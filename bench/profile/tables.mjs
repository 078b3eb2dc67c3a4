// What a profile says in a few lines.

import { origins } from './origins.mjs';

/** @typedef {import('./tree.mjs').Branch} Branch */
/** Seconds of processor time of the thread that runs JavaScript, and of `others`.
 * @typedef {{ title: string, cpu: number, others: number, seconds: number, deliveries: number }} Facts */

/**
 * @param {Branch} root
 * @param {Facts} facts
 */
export function printTop(root, { title, cpu, seconds, deliveries }) {
  const busy = ((cpu / seconds) * 100).toFixed(0);
  console.log(`\n${title}: ${micros(cpu, deliveries)} µs of CPU a delivery, the server's processor ${busy} % busy`);
  console.log(`\n${'self'.padStart(8)}${'total'.padStart(9)}${'µs'.padStart(8)}`);
  const found = [...functions(root).values()].sort((a, b) => b.self - a.self).slice(0, 25);
  for (const { name, where, self, total } of found) {
    const figures = `${percent(self, cpu).padStart(8)}${percent(total, cpu).padStart(9)}`;
    console.log(`${figures}${micros(self, deliveries).padStart(8)}  ${name.padEnd(28)} ${where}`);
  }
}

/**
 * @param {Branch} root
 * @param {Facts} facts
 */
export function printShares(root, { cpu, others, deliveries }) {
  /** @type {Map<string, number>} */
  const shares = new Map(origins.map(({ name }) => [name, 0]));
  const walk = (/** @type {Branch} */ { origin, self, children }) => {
    shares.set(origin.name, (shares.get(origin.name) ?? 0) + self);
    for (const child of children.values()) walk(child);
  };
  walk(root);
  console.log(`\n${'origin'.padEnd(28)}${'self'.padStart(8)}${'µs a delivery'.padStart(16)}`);
  for (const [name, share] of shares) {
    if (share === 0) continue;
    console.log(`${name.padEnd(28)}${percent(share, cpu).padStart(8)}${micros(share, deliveries).padStart(16)}`);
  }
  const rest = 'other threads, beside that: collector, compiler, and the one that takes samples';
  console.log(`${rest}: ${micros(others, deliveries)} µs a delivery`);
}

/**
 * Each function, wherever it was called.
 *
 * @param {Branch} root
 */
function functions(root) {
  /** @type {Map<string, { name: string, where: string, self: number, total: number }>} */
  const found = new Map();
  const walk = (/** @type {Branch} */ branch, /** @type {ReadonlySet<string>} */ above) => {
    const key = `${branch.name} ${branch.where}`;
    const one = found.get(key) ?? { name: branch.name, where: branch.where, self: 0, total: 0 };
    found.set(key, one);
    one.self += branch.self;
    // What calls itself is not counted twice.
    if (!above.has(key)) one.total += branch.total;
    const here = above.has(key) ? above : new Set(above).add(key);
    for (const child of branch.children.values()) walk(child, here);
  };
  for (const child of root.children.values()) walk(child, new Set());
  return found;
}

/**
 * @param {number} part
 * @param {number} whole
 */
export function percent(part, whole) {
  return `${((part / whole) * 100).toFixed(2)} %`;
}

/**
 * @param {number} seconds
 * @param {number} deliveries
 */
export function micros(seconds, deliveries) {
  return ((seconds * 1e6) / deliveries).toFixed(3);
}
