// A flame graph as a picture that needs nothing else: wide is what took long, and below a function stands what it called.

import { origins } from './origins.mjs';
import { micros, percent } from './tables.mjs';

/** @typedef {import('./tree.mjs').Branch} Branch */

const width = 1_400;
const margin = 10;
const rowHeight = 18;
/** Narrower than this nothing is seen. */
const narrowest = 0.4;
const letter = 6.7;
const top = 76;

/**
 * @param {Branch} root
 * @param {import('./tables.mjs').Facts} facts
 */
export function flameGraph(root, facts) {
  const scale = (width - 2 * margin) / root.total;
  /** @type {string[]} */
  const boxes = [];
  let deepest = 0;
  draw(root, margin, 0);
  const height = top + (deepest + 1) * rowHeight + margin;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
  <title>${escaped(facts.title)}</title>
  <style>
    text { font: 11px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328 }
    g text { pointer-events: none }
    .name { font: 600 16px system-ui, sans-serif }
    .fact { font: 12px system-ui, sans-serif }
    rect { stroke: #ffffff; stroke-width: 0.6 }
    g:hover > rect { stroke: #1f2328; stroke-width: 1.5 }
${origins.map(({ colour }, index) => `    .o${index} { fill: ${colour} }`).join('\n')}
  </style>
  <rect fill="#ffffff" width="${width}" height="${height}"/>
  <text class="name" x="${margin}" y="24">${escaped(facts.title)}</text>
  <text class="fact" x="${margin}" y="43">${micros(facts.cpu, facts.deliveries)} µs of CPU a delivery. Point at a box for its figures.</text>
${legend(root)}
${boxes.join('\n')}
</svg>
`;

  /**
   * @param {Branch} branch
   * @param {number} x
   * @param {number} depth
   */
  function draw(branch, x, depth) {
    const wide = branch.total * scale;
    if (wide < narrowest) return;
    deepest = Math.max(deepest, depth);
    const y = top + depth * rowHeight;
    const letters = Math.floor((wide - 6) / letter);
    const label = [`${branch.name}  ${branch.where}`, branch.name, `${branch.name.slice(0, letters - 1)}…`].find(
      ({ length }) => length <= letters,
    );
    const text = letters < 3 ? '' : `<text x="${(x + 3).toFixed(1)}" y="${y + 13}">${escaped(label ?? '')}</text>`;
    const box = `<rect class="o${origins.indexOf(branch.origin)}" x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${rowHeight}"/>`;
    boxes.push(`  <g><title>${escaped(tip(branch))}</title>${box}${text}</g>`);
    let at = x;
    for (const child of [...branch.children.values()].sort((a, b) => b.total - a.total)) {
      draw(child, at, depth + 1);
      at += child.total * scale;
    }
  }

  /** @param {Branch} branch */
  function tip({ name, where, origin, self, total }) {
    const figures = `${percent(total, root.total)} of the CPU, ${micros(total, facts.deliveries)} µs a delivery`;
    const own = `without what it called ${percent(self, root.total)}, ${micros(self, facts.deliveries)} µs`;
    return [name, where, origin.name, figures, own].filter((line) => line !== '').join('\n');
  }
}

/** @param {Branch} root */
function legend(root) {
  /** @type {Set<string>} */
  const seen = new Set();
  const walk = (/** @type {Branch} */ { origin, children }) => {
    seen.add(origin.name);
    for (const child of children.values()) walk(child);
  };
  for (const child of root.children.values()) walk(child);
  let x = margin;
  return origins
    .map(({ name }, index) => {
      if (!seen.has(name)) return '';
      const at = x;
      x += 34 + name.length * 6.2;
      return `  <rect class="o${index}" x="${at.toFixed(0)}" y="54" width="12" height="12"/><text class="fact" x="${(at + 17).toFixed(0)}" y="64">${name}</text>`;
    })
    .filter((entry) => entry !== '')
    .join('\n');
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
