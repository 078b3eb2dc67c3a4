import type { Meta } from './log-table.js';
import type { StoreFile } from './store-file.js';

/** What an append with a key came to. */
export interface Receipt {
  readonly id: string;
  readonly offset: number;
  readonly at: number;
}

/** Those that are looked at with each new one: more than come, so that none is left for long. */
const droppedAtOnce = 4;

/** The keys of late: repeats are known all through the window, longer than entries may be kept. */
export class Receipts {
  readonly #file: StoreFile;
  readonly #keyWindow: number;

  constructor(file: StoreFile, keyWindow: number) {
    this.#file = file;
    this.#keyWindow = keyWindow;
  }

  find({ id }: Meta, name: string, now: number): Receipt | undefined {
    const select = 'SELECT id, offset, at FROM receipts WHERE log = ? AND name = ? ORDER BY seq DESC LIMIT 1';
    const row = this.#file.get(select, id, JSON.stringify(name)) as
      | { id: string; offset: number; at: number }
      | undefined;
    if (row === undefined || row.at + this.#keyWindow <= now) return undefined;
    return { id: JSON.parse(row.id) as string, offset: row.offset, at: row.at };
  }

  add({ id }: Meta, name: string, receipt: Receipt): void {
    if (this.#keyWindow === 0) return;
    const insert = 'INSERT INTO receipts (log, name, id, offset, at) VALUES (?, ?, ?, ?, ?)';
    this.#file.run(insert, id, JSON.stringify(name), JSON.stringify(receipt.id), receipt.offset, receipt.at);
    this.#dropOld(receipt.at);
  }

  #dropOld(now: number): void {
    const oldest = this.#file.get('SELECT seq, at FROM receipts ORDER BY seq LIMIT 1');
    if (oldest === undefined || Number(oldest.at) + this.#keyWindow > now) return;
    const until = now - this.#keyWindow;
    this.#file.run('DELETE FROM receipts WHERE seq < ? AND at <= ?', Number(oldest.seq) + droppedAtOnce, until);
  }
}
