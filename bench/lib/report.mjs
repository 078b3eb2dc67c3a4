// What was found: on the terminal as it comes, and as a page.

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';

/** @typedef {{ name: string, perDelivery: number, rate: number, p50: number, p99: number, bytes: number, clientBusy: number }} Row */

export class Report {
  met = true;
  /** @type {string[]} */
  #goals = [];
  /** @type {string[]} */
  #details = [];
  /** @type {Set<string>} */
  #notes = new Set();
  /** @type {string[]} */
  #head = [];

  /** @param {{ rounds: number, fewRounds: number, seconds: number, peers: readonly { name: string, version: string }[] }} run */
  begin({ rounds, fewRounds, seconds, peers }) {
    const versions = peers.map(({ name, version }) => `${name} ${version}`).join(', ');
    const others = fewRounds < rounds ? ` (of ${fewRounds} for those that no goal is of)` : '';
    this.#head = [
      `${new Date().toISOString().slice(0, 10)}, ChatHub ${ownVersion()}, Node.js ${process.versions.node}, ${machine()}.`,
      `Peers: ${versions}.`,
      `Medians of ${rounds} rounds of ${seconds} s, in which the servers took turns${others}; a processor each for the server and its clients.`,
    ];
    for (const line of this.#head) console.log(line);
  }

  /** @param {string} what */
  progress(what) {
    if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`);
  }

  /** @param {string} text */
  note(text) {
    if (this.#notes.has(text)) return;
    this.#notes.add(text);
    this.#line(`note  ${text}`);
  }

  /**
   * @param {string} title
   * @param {Row[]} rows
   */
  workload(title, rows) {
    this.#line(`\n${title}`);
    this.#line(
      `      ${'CPU µs'.padStart(28)}${'a second'.padStart(12)}${'p50 µs'.padStart(10)}${'p99 µs'.padStart(10)}${'clients'.padStart(9)}`,
    );
    for (const { name, perDelivery, rate, p50, p99, clientBusy } of rows) {
      const figures = `${name.padEnd(22)}${perDelivery.toFixed(perDelivery < 1 ? 3 : 2).padStart(6)}${rate.toFixed(0).padStart(12)}`;
      this.#line(
        `      ${figures}${p50.toFixed(0).padStart(10)}${p99.toFixed(0).padStart(10)}${`${(clientBusy * 100).toFixed(0)} %`.padStart(9)}`,
      );
    }
    const bytes = rows[0]?.bytes.toFixed(0) ?? '';
    this.#details.push(
      `### ${title}`,
      '',
      `Payloads of ${bytes} bytes.`,
      '',
      '| server | CPU, µs a delivery | deliveries a second | p50, µs | p99, µs | clients busy |',
      '|---|---|---|---|---|---|',
      ...rows.map(
        ({ name, perDelivery, rate, p50, p99, clientBusy }) =>
          `| ${name} | ${perDelivery.toFixed(perDelivery < 1 ? 3 : 2)} | ${rate.toFixed(0)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${(clientBusy * 100).toFixed(0)} % |`,
      ),
      '',
    );
  }

  /**
   * @param {string} title
   * @param {ReadonlyMap<string, number>} weights
   */
  weights(title, weights) {
    this.#line(`\n${title}`);
    for (const [name, weight] of weights) this.#line(`      ${name.padEnd(22)}${weight.toFixed(1).padStart(6)}`);
    const rows = [...weights].map(([name, weight]) => `| ${name} | ${weight.toFixed(1)} |`);
    this.#details.push(`### ${title}`, '', '| server | KB |', '|---|---|', ...rows, '');
  }

  /**
   * @param {string} what
   * @param {number} value
   * @param {number} goal
   * @param {[number, number]} [half] - between what and what the middle half of the rounds lay
   */
  atMost(what, value, goal, half) {
    const met = value <= goal;
    if (!met) this.met = false;
    // Where little is allowed, "so many times cheaper" is easier to read.
    const text = (/** @type {number} */ x) => (goal < 0.5 ? `1/${(1 / x).toFixed(1)}` : x.toFixed(2));
    const between = half === undefined ? '' : `${text(half[0])} to ${text(half[1])}`;
    this.#line(
      `${met ? 'ok  ' : 'MISS'}  ${what.padEnd(66)} ${text(value).padStart(7)}  (goal ${text(goal)})  ${between}`.trimEnd(),
    );
    this.#goals.push(`| ${what} | ${text(value)} | ${between} | ${text(goal)} | ${met ? 'met' : '**missed**'} |`);
  }

  end() {
    this.progress('');
    console.log('\nRatios against the goals');
    for (const goal of this.#goals) console.log(goal.replaceAll('**', ''));
  }

  markdown() {
    const notes = [...this.#notes].map((note) => `- ${note}`);
    return [
      '# Results',
      '',
      'Made by `npm run bench`; what is measured, and how, stands in [README.md](README.md).',
      '',
      ...this.#head.flatMap((line) => [line, '']),
      ...(notes.length > 0 ? [...notes, ''] : []),
      '| ChatHub costs of what its peer costs | ratio | the middle half of the rounds | goal | |',
      '|---|---|---|---|---|',
      ...this.#goals,
      '',
      ...this.#details,
    ].join('\n');
  }

  /** @param {string} text */
  #line(text) {
    this.progress('');
    console.log(text);
  }
}

export function ownVersion() {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  try {
    const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      cwd: import.meta.dirname,
    }).trim();
    return `${version} (${commit})`;
  } catch {
    return version;
  }
}

export function machine() {
  const [cpu] = os.cpus();
  return `${os.cpus().length} × ${cpu?.model.trim() ?? 'unknown'}, ${(os.totalmem() / 2 ** 30).toFixed(0)} GiB, ${os.type()} ${os.release().split('.').slice(0, 2).join('.')}`;
}
