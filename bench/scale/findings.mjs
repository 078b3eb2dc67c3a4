// What was found: the table on the terminal, and the same for the page.

import { Goals } from '../table.mjs';
import { Machine } from './machine.mjs';

/** @typedef {import('./server.mjs').Facts} Facts */
/** @typedef {import('../lib/server.mjs').Told} Told */
/** @typedef {import('./clients.mjs').Heard} Heard */

/** Milliseconds for which the event loop may stand still. */
const longestStall = 200;
/** How much later others may hear of each other, as a multiple. */
const mostLater = 5;

/** What others may use of the server's processor: the kernel counts roughly, and some of its own work for no process. */
const mostOfOthers = 0.2;
/** Milliseconds for which the whole machine may stand still before what was measured is measured again. */
const longestPause = 300;
const mostAttempts = 3;

export class Findings {
  #goals = new Goals();
  #machine = new Machine();
  /** @type {string[]} */
  #page = [];
  /** What is shown when the section ends, unless it is done again.
   * @type {(() => void)[]} */
  #rows = [];
  #profiled;
  /** What else the machine did. */
  #disturbed = '';

  /** @param {boolean} profiled */
  constructor(profiled) {
    this.#profiled = profiled;
  }

  get page() {
    return this.#page.join('\n');
  }

  get met() {
    return this.#goals.met;
  }

  /**
   * One part of the table. When the machine did something else meanwhile, it is measured again.
   *
   * @param {string} title
   * @param {() => Promise<void>} work
   */
  async section(title, work) {
    this.#goals.heading(title);
    this.#page.push('', `## ${title}`, '', '| what | figure | goal | |', '|---|---|---|---|');
    for (let attempt = 1; attempt <= mostAttempts; attempt++) {
      await this.#machine.quiet();
      await this.#attempt(work, attempt === mostAttempts);
      if (this.#disturbed === '') break;
      if (attempt === mostAttempts) this.fact('note: disturbed', this.#disturbed);
      else console.log(`      ${this.#disturbed}: once more`);
    }
    for (const show of this.#rows) show();
  }

  /**
   * @param {() => Promise<void>} work
   * @param {boolean} last
   */
  async #attempt(work, last) {
    this.#rows = [];
    this.#disturbed = '';
    this.#machine.late();
    /** @type {unknown} */
    let error;
    try {
      await work();
    } catch (thrown) {
      error = thrown;
    }
    const late = this.#machine.late();
    if (late > longestPause) this.#disturbed = `the machine stood still for ${late.toFixed(0)} ms`;
    // Whoever stands still comes too late for what is waited for.
    if (error !== undefined && (last || late <= longestPause)) throw error;
  }

  /**
   * @param {string} what
   * @param {string} value
   */
  fact(what, value) {
    this.#rows.push(() => {
      this.#goals.fact(what, value);
      this.#page.push(`| ${what} | ${value} | | |`);
    });
  }

  /**
   * @param {string} what
   * @param {number} value
   * @param {number} goal
   * @param {string} unit
   * @param {string} [more]
   */
  atMost(what, value, goal, unit, more = '') {
    this.#rows.push(() => {
      this.#goals.atMost(what, value, goal, unit, more);
      const verdict = value <= goal ? 'ok' : '**MISS**';
      this.#page.push(`| ${what} | ${value.toFixed(2)} ${unit}${more} | ≤ ${goal} ${unit} | ${verdict} |`);
    });
  }

  /**
   * @param {string} when
   * @param {...Facts} facts - of the times that it is about
   */
  stall(when, ...facts) {
    const longest = facts.reduce((most, next) => (next.stall > most.stall ? next : most));
    const { stall, stallWaited, stallEnd } = longest;
    const more =
      stallWaited > 5
        ? `, ${stallWaited.toFixed(0)} ms of it for want of the processor, which its own threads use, too`
        : '';
    this.atMost(`longest stall of the event loop${when}`, stall, longestStall, 'ms', more);
    if (this.#profiled) this.fact('  which ended, in the profile', `at ${(stallEnd / 1_000).toFixed(3)} s`);
  }

  /**
   * @param {{ quiet: Heard, heard: Heard, missing: number }} facts
   */
  bystanders({ quiet, heard, missing }) {
    const figures = `, ${quiet.p99.toFixed(2)} ms before, ${heard.p99.toFixed(2)} ms during`;
    this.atMost("bystanders' p99 against that before", heard.p99 / quiet.p99, mostLater, 'x', figures);
    this.atMost('what they were told wrong, or not', quiet.wrong + heard.wrong + missing, 0, '');
    const during = `p50 ${heard.p50.toFixed(2)} ms, longest ${heard.max.toFixed(1)} ms, ${heard.deliveries} deliveries in ${heard.seconds.toFixed(2)} s`;
    this.fact('bystanders during it', `${during}; they were late themselves by at most ${heard.late.toFixed(1)} ms`);
  }

  /**
   * How a crowd got in.
   *
   * @param {{ clients: number, result: Told, before: Facts, during: Facts, dropped?: number }} facts - dropped: connects
   */
  coming({ clients, result, before, during, dropped }) {
    const seconds = Number(result.seconds);
    this.fact(
      'until all were in',
      `${seconds.toFixed(2)} s, ${Math.round(clients / seconds)} a second; each ${(result.p50 / 1_000).toFixed(0)} ms (p50), ${(result.p99 / 1_000).toFixed(0)} ms (p99)`,
    );
    this.fact('attempts that came to nothing', String(result.failures));
    if (dropped !== undefined) this.fact('connects that the full backlog dropped', String(dropped));
    this.fact(
      'CPU of the server',
      `${during.cpu.toFixed(2)} s, ${((during.cpu * 1e6) / clients).toFixed(0)} µs each, ${((during.cpu / during.seconds) * 100).toFixed(0)} % of a core`,
    );
    const megabytes = (/** @type {number} */ bytes) => (bytes / 2 ** 20).toFixed(0);
    this.fact(
      'RSS before and after',
      `${megabytes(before.rss)} MB, ${megabytes(during.rss)} MB: ${((during.rss - before.rss) / 1_024 / clients).toFixed(1)} KB each`,
    );
  }

  /**
   * Looks whether the machine had other things to do, since the figures are not the server's alone then.
   *
   * @param {Facts} facts
   */
  alone({ others, seconds }) {
    const share = others / seconds;
    if (share > mostOfOthers) this.#disturbed = `others used ${(share * 100).toFixed(0)} % of the server's processor`;
  }
}
