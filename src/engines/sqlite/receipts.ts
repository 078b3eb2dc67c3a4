import type { Meta } from './log-table.js';
import type { StoreFile } from './store-file.js';

/** What an append with a key came to. */
export interface Receipt {
  readonly id: string;
  readonly offset: number;
  readonly at: number;
}

/** After so many new ones, old ones are dropped: more than come, so that none is left for long. */
const droppedEvery = 16;
const droppedAtOnce = 64;

/** The keys of late: repeats are known all through the window, longer than entries may be kept. */
export class Receipts {
  readonly #file: StoreFile;
  readonly #keyWindow: number;
  #added = 0;

  constructor(file: StoreFile, keyWindow: number) {
    this.#file = file;
    this.#keyWindow = keyWindow;
  }

  find({ id }: Meta, name: string, now: number): Receipt | undefined {
    const select =
      'SELECT id, offset, at FROM receipts WHERE log = ? AND name = ? AND stored > ? ORDER BY seq DESC LIMIT 1';
    const row = this.#file.get(select, id, JSON.stringify(name), now - this.#keyWindow);
    return row && { id: JSON.parse(String(row.id)), offset: Number(row.offset), at: Number(row.at) };
  }

  add({ id }: Meta, name: string, receipt: Receipt, now: number): void {
    if (this.#keyWindow === 0) return;
    const insert = 'INSERT INTO receipts (log, name, id, offset, at, stored) VALUES (?, ?, ?, ?, ?, ?)';
    const { offset, at } = receipt;
    this.#file.run(insert, id, JSON.stringify(name), JSON.stringify(receipt.id), offset, at, now);
    if (++this.#added % droppedEvery === 0) this.#dropOld(now);
  }

  /** Those over their time; and those of a clock that has been put back by more than the window since. */
  #dropOld(now: number): void {
    for (const which of ['stored <= ?', 'stored > ?']) {
      const limit = which === 'stored <= ?' ? now - this.#keyWindow : now + this.#keyWindow;
      const old = `SELECT seq FROM receipts WHERE ${which} ORDER BY stored LIMIT ${droppedAtOnce}`;
      this.#file.run(`DELETE FROM receipts WHERE seq IN (${old})`, limit);
    }
  }
}
