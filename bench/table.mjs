// The table: what was measured, its goal, and whether it is met.

export class Goals {
  met = true;

  /** @param {string} text */
  heading(text) {
    console.log(`\n${text}`);
  }

  /**
   * @param {string} what
   * @param {string} value
   */
  fact(what, value) {
    console.log(`      ${what.padEnd(58)} ${value}`);
  }

  /**
   * @param {string} what
   * @param {number} value
   * @param {number} goal
   * @param {string} unit
   * @param {string} [more]
   */
  atMost(what, value, goal, unit, more = '') {
    this.#row(value <= goal, what, value, `<= ${goal}`, unit, more);
  }

  /**
   * @param {string} what
   * @param {number} value
   * @param {number} goal
   * @param {string} unit
   */
  atLeast(what, value, goal, unit) {
    this.#row(value >= goal, what, value, `>= ${goal}`, unit, '');
  }

  /**
   * @param {boolean} met
   * @param {string} what
   * @param {number} value
   * @param {string} goal
   * @param {string} unit
   * @param {string} more
   */
  #row(met, what, value, goal, unit, more) {
    if (!met) this.met = false;
    const figure = value.toFixed(2).padStart(8);
    console.log(`${met ? 'ok  ' : 'MISS'}  ${what.padEnd(58)} ${figure} ${unit}  (${goal} ${unit})${more}`);
  }
}
