import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Checker } from './checker.js';
import { type Fact, now, type Timed } from './facts.js';

/** What the facts are called in the folder of a run. */
const fileName = 'facts.jsonl';

/** Where all write down what happens to them: in a file, line by line, and for the checker. */
export class Ledger {
  readonly checker: Checker;
  readonly #file: string;
  #lines: string[] = [];
  readonly #timer = setInterval(() => this.#turn(), 1_000);

  constructor(folder: string, onViolation: (line: string) => void) {
    this.#file = path.join(folder, fileName);
    this.checker = new Checker(onViolation);
  }

  note(fact: Fact): void {
    const timed = { ...fact, t: now() };
    this.#lines.push(JSON.stringify(timed));
    this.checker.take(timed);
  }

  /** All has been said. */
  end(): void {
    this.close();
    this.checker.end();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#write();
  }

  #turn(): void {
    this.#write();
    this.checker.tick(now());
  }

  #write(): void {
    if (this.#lines.length === 0) return;
    appendFileSync(this.#file, `${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

/** Checks once more what a run wrote down. */
export function recheck(folder: string, onViolation: (line: string) => void): Checker {
  const checker = new Checker(onViolation);
  const lines = readFileSync(path.join(folder, fileName), 'utf8').split('\n');
  let ticked = 0;
  for (const line of lines) {
    if (line === '') continue;
    const fact = JSON.parse(line) as Timed;
    checker.take(fact);
    if (fact.t - ticked < 1_000) continue;
    ticked = fact.t;
    checker.tick(fact.t);
  }
  checker.end();
  return checker;
}
