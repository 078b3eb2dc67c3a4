// Labels that would cover each other.

/**
 * Heights as near to those that are wanted as can be, with a distance between any two.
 *
 * @param {readonly number[]} wanted
 * @param {number} distance
 * @param {{ from: number, to: number }} bounds
 * @returns {number[]} in the order of `wanted`
 */
export function spread(wanted, distance, { from, to }) {
  /** Labels that touch each other, the middle of each where it is wanted on average.
   * @type {{ indexes: number[], middle: number }[]} */
  const groups = [];
  for (const index of [...wanted.keys()].sort((a, b) => at(a) - at(b) || a - b)) {
    groups.push({ indexes: [index], middle: at(index) });
    for (
      let [above, below] = groups.slice(-2);
      above && below && touch(above, below);
      [above, below] = groups.slice(-2)
    ) {
      const indexes = [...above.indexes, ...below.indexes];
      groups.splice(-2, 2, { indexes, middle: within(indexes) });
    }
  }
  /** @type {number[]} */
  const heights = [];
  for (const { indexes, middle } of groups) {
    for (const [place, index] of indexes.entries())
      heights[index] = Math.round((middle + (place - (indexes.length - 1) / 2) * distance) * 10) / 10;
  }
  return heights;

  /** @param {number} index */
  function at(index) {
    return wanted[index] ?? 0;
  }

  /** @param {number[]} indexes */
  function within(indexes) {
    const half = ((indexes.length - 1) / 2) * distance;
    const mean = indexes.reduce((sum, index) => sum + at(index), 0) / indexes.length;
    return Math.min(to - half, Math.max(from + half, mean));
  }

  /**
   * @param {{ indexes: number[], middle: number }} above
   * @param {{ indexes: number[], middle: number }} below
   */
  function touch(above, below) {
    return below.middle - above.middle < ((above.indexes.length + below.indexes.length) / 2) * distance;
  }
}
