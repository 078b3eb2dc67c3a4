// Call stacks, those that are alike merged.

import { median } from '../lib/measure.mjs';
import { originOf, polling } from './origins.mjs';
import { place } from './sources.mjs';

/** @typedef {import('./cut.mjs').Profile} Profile */
/** @typedef {import('./cut.mjs').ProfileNode} ProfileNode */
/** Seconds on the processor: `self` without what it called.
 * @typedef {{ name: string, where: string, origin: import('./origins.mjs').Origin, self: number, total: number, children: Map<string, Branch> }} Branch */

/**
 * @param {Profile} profile
 * @param {number} cpu - seconds that the thread was on a processor
 */
export function tree(profile, cpu) {
  const times = timesOf(profile);
  // Node says that V8 is idle from before it waits until it has read, and called back, all that it waited for. It did wait
  // for as long as the thread was not on a processor.
  const idle = [...times.values()].reduce((all, time) => all + time, 0) - cpu;
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  const [top] = profile.nodes;
  const root = branch('all', '', rootFrame);
  const polled = branch(polling, '', { ...rootFrame, functionName: '(program)' });
  for (const id of top?.children ?? []) {
    const node = /** @type {ProfileNode} */ (byId.get(id));
    const name = node.callFrame.functionName;
    if (name === '(idle)') polled.self += Math.max(0, (times.get(id) ?? 0) - Math.max(0, idle));
    else if (name === '(program)') polled.self += times.get(id) ?? 0;
    else grow(root, node);
  }
  root.children.set(polled.name, polled);
  sum(root);
  scale(root, cpu / root.total);
  return root;

  /**
   * @param {Branch} parent
   * @param {ProfileNode} node
   */
  function grow(parent, node) {
    const { functionName } = node.callFrame;
    const where = place(node.callFrame);
    const key = `${functionName} ${where}`;
    let child = parent.children.get(key);
    if (child === undefined) parent.children.set(key, (child = branch(functionName, where, node.callFrame)));
    child.self += times.get(node.id) ?? 0;
    for (const id of node.children ?? []) grow(child, /** @type {ProfileNode} */ (byId.get(id)));
  }
}

const rootFrame = { functionName: '(root)', scriptId: '', url: '', lineNumber: -1, columnNumber: -1 };

/**
 * @param {string} name
 * @param {string} where
 * @param {import('./cut.mjs').CallFrame} frame
 * @returns {Branch}
 */
function branch(name, where, frame) {
  return { name: name || '(anonymous)', where, origin: originOf(frame), self: 0, total: 0, children: new Map() };
}

/**
 * Seconds of each node.
 *
 * @param {Profile} profile
 */
function timesOf({ samples, timeDeltas }) {
  /** @type {Map<number, number>} */
  const times = new Map();
  // When it took much longer, another process had the processor.
  const longest = 2 * median(timeDeltas);
  for (const [index, id] of samples.entries()) {
    // A delta is the time since the sample before; the time until the next is what was spent there.
    const time = Math.min(longest, timeDeltas[index + 1] ?? 0) / 1e6;
    times.set(id, (times.get(id) ?? 0) + time);
  }
  return times;
}

/** @param {Branch} branch */
function sum(branch) {
  branch.total = branch.self;
  for (const child of branch.children.values()) branch.total += sum(child);
  return branch.total;
}

/**
 * Samples tell how the time is shared, the system how much it was.
 *
 * @param {Branch} branch
 * @param {number} factor
 */
function scale(branch, factor) {
  branch.self *= factor;
  branch.total *= factor;
  for (const child of branch.children.values()) scale(child, factor);
}
