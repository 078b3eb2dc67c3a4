import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { missingTools } from '../../../scripts/system-tools.mjs';

/** For suites to skip themselves by. */
export const lacksTmux = missingTools().includes('tmux');

/** The environment without what says whether programs are to use colours: in a terminal of its own it is the test that says. */
const environment = { ...process.env };
for (const name of ['NO_COLOR', 'FORCE_COLOR', 'NODE_DISABLE_COLORS']) delete environment[name];

/** A real terminal, with a shell's command in it; it is gone when the test is over. */
export class Tmux {
  readonly #socket = `chathub-${randomUUID()}`;
  readonly #folder = mkdtempSync(path.join(tmpdir(), 'chathub-'));
  /** All that was written to the terminal. */
  readonly #written = path.join(this.#folder, 'written');

  constructor(command: string, columns = 80, rows = 16) {
    const size = ['-x', String(columns), '-y', String(rows)];
    // The window stays when the command has ended: how it left the terminal is looked at.
    const shell = `${command}; echo "exit code $?"; stty -a | grep -o -- '-\\?icanon'; cat`;
    this.#run('-f', '/dev/null', 'new-session', '-d', ...size, shell);
    onTestFinished(() => {
      spawnSync('tmux', ['-L', this.#socket, 'kill-server']);
      rmSync(this.#folder, { recursive: true });
    });
    writeFileSync(this.#written, '');
    this.#run('pipe-pane', `cat >> ${this.#written}`);
  }

  /** Types text as it is. */
  type(text: string): void {
    this.#run('send-keys', '-l', text);
  }

  /** Pastes text, marked as that where the program asked for it. */
  paste(text: string): void {
    this.#run('set-buffer', text);
    this.#run('paste-buffer', '-p');
  }

  /** Presses keys, by their names in tmux. */
  press(...keys: readonly string[]): void {
    this.#run('send-keys', ...keys);
  }

  /** Changes the size, and resolves when the program has drawn upon that: tmux tells it a quarter of a second later. */
  async resize(columns: number, rows: number): Promise<void> {
    const { size } = statSync(this.#written);
    this.#run('resize-window', '-x', String(columns), '-y', String(rows));
    await expect.poll(() => statSync(this.#written).size, { interval: 30 }).toBeGreaterThan(size);
  }

  /** What stands on the screen, without empty rows at its end. */
  get screen(): string {
    return this.#run('capture-pane', '-p').trimEnd();
  }

  /** With the colours, as escape sequences. */
  get coloured(): string {
    return this.#run('capture-pane', '-p', '-e');
  }

  /** Resolves when the screen looks like this. */
  async shows(pattern: RegExp): Promise<string> {
    await expect.poll(() => this.screen, { interval: 30 }).toMatch(pattern);
    return this.screen;
  }

  #run(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8', env: environment });
  }
}
