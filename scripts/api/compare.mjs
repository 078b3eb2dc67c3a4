// How two texts differ, for people.

/** How many lines are shown around what differs. */
const around = 3;

/** @typedef {{ sign: ' ' | '-' | '+', line: string }} Step */

/**
 * What is wrong with reports, a text for each; none when they are as they were.
 * @param {ReadonlyMap<string, string>} before by the names of their files
 * @param {ReadonlyMap<string, string>} now
 * @returns {string[]}
 */
export function differences(before, now) {
  const names = [...new Set([...before.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => {
    const [was, is] = [before.get(name), now.get(name)];
    if (was === is) return [];
    if (is === undefined) return [`${name}: there is no such entry point any more.`];
    return was === undefined ? [`${name}: a new entry point.`] : [`${name}:\n\n${difference(was, is)}`];
  });
}

/**
 * The lines that differ, with some before and after. Those that are left out are told by the export that they stand in.
 * @param {string} before
 * @param {string} now
 */
export function difference(before, now) {
  const steps = stepsBetween(before.split('\n'), now.split('\n'));
  const differing = steps.flatMap(({ sign }, index) => (sign === ' ' ? [] : [index]));
  const shown = steps.map((_, index) => differing.some((place) => Math.abs(place - index) <= around));
  return steps
    .flatMap(({ sign, line }, index) => {
      if (!shown[index]) return [];
      const begins = shown[index - 1] ? [] : [`@@ ${titleAt(steps, index)}`.trimEnd()];
      return [...begins, `${sign} ${line}`.trimEnd()];
    })
    .join('\n');
}

/**
 * What the next line that differs stands in.
 * @param {readonly Step[]} steps
 * @param {number} index
 */
function titleAt(steps, index) {
  const place = steps.findIndex(({ sign }, later) => later >= index && sign !== ' ');
  return steps.slice(0, place + 1).findLast(({ sign, line }) => sign !== '+' && /^\w/.test(line))?.line ?? '';
}

/**
 * The shortest way from one to the other, by the longest common subsequence; what is before and after all that differs is left
 * out of the table.
 *
 * @param {readonly string[]} before
 * @param {readonly string[]} now
 * @returns {Step[]}
 */
function stepsBetween(before, now) {
  const start = commonLength(before, now);
  const end = commonLength(before.slice(start).reverse(), now.slice(start).reverse());
  const same = (/** @type {string} */ line) => /** @type {Step} */ ({ sign: ' ', line });
  return [
    ...before.slice(0, start).map(same),
    ...throughTable(before.slice(start, before.length - end), now.slice(start, now.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

/**
 * @param {readonly string[]} a
 * @param {readonly string[]} b
 */
function commonLength(a, b) {
  const differs = a.findIndex((line, index) => line !== b[index]);
  return differs < 0 ? a.length : differs;
}

/**
 * @param {readonly string[]} before
 * @param {readonly string[]} now
 * @returns {Step[]}
 */
function throughTable(before, now) {
  const table = lengths(before, now);
  const at = (/** @type {number} */ i, /** @type {number} */ j) => table[i]?.[j] ?? 0;
  /** @type {Step[]} */
  const steps = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < now.length) {
    const [was, is] = [before[i], now[j]];
    if (was !== undefined && was === is) {
      steps.push({ sign: ' ', line: was });
      i++;
      j++;
    } else if (was !== undefined && (is === undefined || at(i + 1, j) >= at(i, j + 1))) {
      steps.push({ sign: '-', line: was });
      i++;
    } else {
      steps.push({ sign: '+', line: is ?? '' });
      j++;
    }
  }
  return steps;
}

/**
 * How long the longest common subsequence is of what begins at each pair of lines.
 * @param {readonly string[]} before
 * @param {readonly string[]} now
 */
function lengths(before, now) {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = now.length - 1; j >= 0; j--) {
      const [row, next] = [table[i] ?? new Uint32Array(), table[i + 1] ?? new Uint32Array()];
      row[j] = before[i] === now[j] ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}
