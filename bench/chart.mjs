// Draws docs/performance.svg of bench/curve.json. The same figures give the same picture, byte for byte.
//
//   node bench/chart.mjs

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { spread } from './chart/spread.mjs';

/** @typedef {import('./curve.mjs').Curve} Curve */
/** @typedef {import('./curve.mjs').Panel} Panel */

/** ChatHub comes last, over the others. */
const servers = [
  { name: 'socket-io-fast', label: 'Socket.IO, tuned', of: 'tuned' },
  { name: 'socket-io', label: 'Socket.IO', of: 'socketio' },
  { name: 'primus', label: 'Primus', of: 'primus' },
  { name: 'crossws', label: 'crossws', of: 'crossws' },
  { name: 'ws', label: 'ws', of: 'ws' },
  { name: 'chathub', label: 'ChatHub', of: 'chathub' },
];
const size = { width: 900, height: 430 };
const plot = { top: 84, bottom: 352, width: 270 };
const panels = [
  { key: /** @type {const} */ ('isolated'), x: 36, title: 'One message at a time' },
  { key: /** @type {const} */ ('burst'), x: 486, title: 'Bursts of 10 messages' },
];

/** @type {Curve} */
const curve = JSON.parse(readFileSync(path.join(import.meta.dirname, 'curve.json'), 'utf8'));
const members = Object.keys(curve.isolated).map(Number);
const [fewest, most] = [Math.min(...members), Math.max(...members)];
const costs = panels.flatMap(({ key }) => Object.values(curve[key]).flatMap((byServer) => Object.values(byServer)));
const step = [1, 2, 5, 10, 20].find((each) => Math.max(...costs) / each <= 8) ?? 50;
const highest = Math.ceil(Math.max(...costs) / step) * step;

writeFileSync(path.resolve(import.meta.dirname, '../docs/performance.svg'), picture());

function picture() {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" aria-labelledby="title desc">
  <title id="title">What a delivery costs the server, by members in the room</title>
  <desc id="desc">${described()}</desc>
  <style>
    text { font: 13px system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
    .title { font-size: 15px; font-weight: 600 }
    .small { font-size: 12px; fill: #59636e }
    .tiny { font-size: 11px; fill: #59636e }
    .right { text-anchor: end }
    .middle { text-anchor: middle }
    .grid { stroke: #d1d9e0; stroke-width: 1 }
    .axis { stroke: #8c959f; stroke-width: 1 }
    .line { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round }
    .lead { fill: none; stroke-width: 1; opacity: 0.6 }
    .line.chathub { stroke-width: 3.5 }
    text.chathub { font-weight: 600 }
    .line.tuned { stroke-dasharray: 5 4 }
${colours('    ', { chathub: '#0b63c5', ws: '#c8372d', socketio: '#8250df', primus: '#8a6100', crossws: '#1a7f37' })}
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .small, .tiny { fill: #9198a1 }
      .grid { stroke: #30363d }
      .axis { stroke: #6e7681 }
${colours('      ', { chathub: '#58a6ff', ws: '#ff7b72', socketio: '#d2a8ff', primus: '#e3b341', crossws: '#56d364' })}
    }
  </style>
${panels.map(panel).join('\n')}
  <text class="tiny" x="${panels[0]?.x}" y="${size.height - 12}">${curve.about.replace(/^(.*?), /, 'Measured $1: ')}</text>
</svg>
`;
}

/**
 * @param {string} indent
 * @param {Record<string, string>} colour
 */
function colours(indent, colour) {
  return Object.entries({ ...colour, tuned: colour.socketio })
    .flatMap(([of, value]) => [
      `${indent}path.${of} { stroke: ${value} }`,
      `${indent}circle.${of}, text.${of} { fill: ${value} }`,
    ])
    .join('\n');
}

/** @param {typeof panels[number]} panel */
function panel({ key, x, title }) {
  const ticks = Array.from({ length: highest / step + 1 }, (_, index) => index * step);
  const right = x + plot.width;
  return [
    `  <text class="title" x="${x}" y="28">${title}</text>`,
    `  <text class="small" x="${x}" y="50">µs of the server’s CPU for each delivery</text>`,
    ...ticks.map((tick) => {
      const y = down(tick);
      return `  <path class="${tick === 0 ? 'axis' : 'grid'}" d="M${x} ${y}H${right}"/><text class="small right" x="${x - 8}" y="${round(y + 4)}">${tick}</text>`;
    }),
    ...members.filter(isLabelled).map((many) => {
      const at = across(x, many);
      return `  <path class="axis" d="M${at} ${plot.bottom}v5"/><text class="small middle" x="${at}" y="${plot.bottom + 21}">${many.toLocaleString('en')}</text>`;
    }),
    `  <text class="small middle" x="${x + plot.width / 2}" y="${plot.bottom + 42}">members in the room</text>`,
    ...lines(curve[key], x),
  ].join('\n');
}

/**
 * @param {Panel} figures
 * @param {number} x
 */
function lines(figures, x) {
  const drawn = servers.filter(({ name }) => figures[most]?.[name] !== undefined);
  const ends = drawn.map(({ name }) => down(cost(figures, most, name)));
  const heights = spread(ends, 17, { from: plot.top, to: plot.bottom });
  const right = across(x, most);
  return drawn.flatMap(({ name, label, of }, index) => {
    const points = members.map((many) => [across(x, many), down(cost(figures, many, name))]);
    const lead = `M${right + 5} ${ends[index]}L${right + 16} ${heights[index]}`;
    return [
      `  <path class="line ${of}" d="M${points.map((point) => point.join(' ')).join('L')}"/>`,
      ...points.map(
        ([px, py]) => `  <circle class="${of}" cx="${px}" cy="${py}" r="${name === 'chathub' ? 3.5 : 2.5}"/>`,
      ),
      `  <path class="lead ${of}" d="${lead}"/>`,
      `  <text class="${of}" x="${right + 20}" y="${round((heights[index] ?? 0) + 4.5)}">${label}</text>`,
    ];
  });
}

function described() {
  const sentences = panels.map(({ key, title }) => {
    const told = [...servers].reverse().map(({ name, label }) => {
      const figures = [fewest, most].map((many) => cost(curve[key], many, name).toFixed(1));
      return `${label} ${figures.join(' and ')}`;
    });
    return `${title}, microseconds among ${fewest} and among ${most.toLocaleString('en')} members: ${told.join('; ')}.`;
  });
  return `Two line charts over a logarithmic axis of members. ${sentences.join(' ')}`;
}

/**
 * @param {Panel} figures
 * @param {number} many
 * @param {string} name
 */
function cost(figures, many, name) {
  return figures[many]?.[name] ?? Number.NaN;
}

/** @param {number} many */
function isLabelled(many) {
  // Between 3,000 and 5,000 there is no room for both.
  return many !== 3_000;
}

/**
 * @param {number} x
 * @param {number} many
 */
function across(x, many) {
  return round(x + (Math.log(many / fewest) / Math.log(most / fewest)) * plot.width);
}

/** @param {number} cost */
function down(cost) {
  return round(plot.bottom - (cost / highest) * (plot.bottom - plot.top));
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
