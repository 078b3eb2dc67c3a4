import { expect } from 'vitest';
import { Watched } from './watched.js';

/** Somebody who reads and writes lines. */
export abstract class LineClient extends Watched {
  #taken = 0;

  /** All that came so far. */
  abstract get stdout(): string;
  /** Nothing more will come. */
  protected abstract get over(): boolean;
  abstract write(bytes: string | Uint8Array): void;

  /** Types lines. */
  say(...lines: readonly string[]): void {
    this.write(lines.map((line) => `${line}\n`).join(''));
  }

  /** The next line that was not yet taken, without its end. */
  async nextLine(): Promise<string> {
    const index = this.#taken++;
    return this.until(`line ${index + 1}`, () => {
      const lines = this.stdout.split('\n').slice(0, -1);
      if (index >= lines.length && this.over)
        throw new Error(`It ended after ${lines.length} lines. ${this.describe()}`);
      return lines[index]?.replace(/\r$/, '');
    });
  }

  /** Checks that exactly these lines are the next ones, and resolves with the last of them. */
  async hears(...expected: readonly (string | RegExp)[]): Promise<string> {
    let line = '';
    for (const wanted of expected) {
      line = await this.nextLine();
      if (typeof wanted === 'string') expect(line).toBe(wanted);
      else expect(line).toMatch(wanted);
    }
    return line;
  }
}
