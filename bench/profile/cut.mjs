// The part of a profile that was measured: the start of the server, the connections and the warm-up are left out.

/** @typedef {{ functionName: string, scriptId: string, url: string, lineNumber: number, columnNumber: number }} CallFrame
 *   Lines and columns count from 0. */
/** @typedef {{ id: number, callFrame: CallFrame, hitCount?: number, children?: number[] }} ProfileNode */
/** What V8 writes, and DevTools read. Times are in microseconds of the monotonic clock.
 * @typedef {{ nodes: ProfileNode[], startTime: number, endTime: number, samples: number[], timeDeltas: number[] }} Profile */

/**
 * @param {Profile} profile
 * @param {{ from: number, to: number }} window - in microseconds of the monotonic clock
 * @returns {Profile}
 */
export function cut(profile, { from, to }) {
  /** @type {number[]} */
  const samples = [];
  /** @type {number[]} */
  const timeDeltas = [];
  /** @type {Map<number, number>} */
  const hits = new Map();
  let at = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    const delta = profile.timeDeltas[index] ?? 0;
    at += delta;
    if (at <= from || at > to) continue;
    samples.push(id);
    timeDeltas.push(samples.length === 1 ? at - from : delta);
    hits.set(id, (hits.get(id) ?? 0) + 1);
  }
  return { nodes: seen(profile.nodes, hits), startTime: from, endTime: to, samples, timeDeltas };
}

/**
 * The nodes that have samples, and those above them.
 *
 * @param {readonly ProfileNode[]} nodes
 * @param {ReadonlyMap<number, number>} hits
 */
function seen(nodes, hits) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @type {ProfileNode[]} */
  const kept = [];
  // V8 writes the root first.
  const [root] = nodes;
  if (root !== undefined) keep(root);
  return kept;

  /**
   * @param {ProfileNode} node
   * @returns {boolean} whether anything was seen there
   */
  function keep({ id, callFrame, children = [] }) {
    const at = kept.length;
    const hitCount = hits.get(id) ?? 0;
    /** @type {ProfileNode} */
    const copy = { id, callFrame, hitCount, children: [] };
    kept.push(copy);
    copy.children = children.filter((child) => keep(/** @type {ProfileNode} */ (byId.get(child))));
    if (hitCount > 0 || copy.children.length > 0 || at === 0) return true;
    kept.length = at;
    return false;
  }
}
