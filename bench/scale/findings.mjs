// What was found: the table on the terminal, and the same for the page.

import { Goals } from '../table.mjs';
import { Machine } from './machine.mjs';

/** @typedef {import('../servers/scale.mjs').Facts} Facts */
/** @typedef {import('../lib/server.mjs').Told} Told */
/** @typedef {import('./clients.mjs').Heard} Heard */

/** Milliseconds for which the event loop may stand still. */
const longestStall = 200;
/** How much later others may hear of each other, as a multiple. */
const mostLater = 5;

export class Findings extends Goals {
  #machine = new Machine();
  /** @type {string[]} */
  #page = [];

  get page() {
    return this.#page.join('\n');
  }

  /**
   * @override
   * @param {string} text
   */
  heading(text) {
    super.heading(text);
    this.#page.push('', `## ${text}`, '', '| what | figure | goal | |', '|---|---|---|---|');
  }

  /**
   * @override
   * @param {string} what
   * @param {string} value
   */
  fact(what, value) {
    super.fact(what, value);
    this.#page.push(`| ${what} | ${value} | | |`);
  }

  /**
   * @override
   * @param {string} what
   * @param {number} value
   * @param {number} goal
   * @param {string} unit
   * @param {string} [more]
   */
  atMost(what, value, goal, unit, more = '') {
    super.atMost(what, value, goal, unit, more);
    const verdict = value <= goal ? 'ok' : '**MISS**';
    this.#page.push(`| ${what} | ${value.toFixed(2)} ${unit}${more} | ≤ ${goal} ${unit} | ${verdict} |`);
  }

  /**
   * @param {string} when
   * @param {...Facts} facts - of the times that it is about
   */
  stall(when, ...facts) {
    const longest = facts.reduce((most, next) => (next.stall > most.stall ? next : most));
    const { stall, stallWaited } = longest;
    const more = stallWaited > 5 ? `, of which it waited ${stallWaited.toFixed(0)} ms for its processor` : '';
    this.atMost(`longest stall of the event loop${when}`, stall, longestStall, 'ms', more);
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
   * @param {{ clients: number, result: Told, before: Facts, during: Facts }} facts
   */
  coming({ clients, result, before, during }) {
    const seconds = Number(result.seconds);
    this.fact(
      'until all were in',
      `${seconds.toFixed(2)} s, ${Math.round(clients / seconds)} a second; each ${(result.p50 / 1_000).toFixed(0)} ms (p50), ${(result.p99 / 1_000).toFixed(0)} ms (p99)`,
    );
    this.fact('attempts that came to nothing', String(result.failures));
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
   * Says so when the machine had other things to do, since the figures are not the server's alone then.
   *
   * @param {Pick<Facts, 'waited' | 'seconds'>} facts
   */
  waited({ waited, seconds }) {
    const share = waited / 10 / seconds;
    if (share > 3) this.fact('note: the server waited for its processor', `${share.toFixed(0)} % of the time`);
    const stood = this.#machine.late();
    if (stood > 300) this.fact('note: this program on the other processor was late, too', `by ${stood.toFixed(0)} ms`);
  }
}
