import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** More than any run writes. */
const size = 512 * 1_048_576;

/** Where Redis has its files: a disk of its own, where one may be mounted, which can be full. */
export class Disk {
  readonly path = mkdtempSync(path.join(tmpdir(), 'chathub-faults-disk-'));
  /** It can be filled. */
  readonly isOwn: boolean;
  /** Of a run that breaks off, too. */
  readonly #onExit = () => this.close();

  constructor() {
    process.once('exit', this.#onExit);
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', this.path], { stdio: 'pipe' });
      this.isOwn = true;
    } catch {
      // That takes root, and the right to mount.
      this.isOwn = false;
    }
  }

  /** Nothing more fits, but for a page. */
  fill(): void {
    const { blocks, bfree, bsize } = statfsSync(this.path);
    this.#resize((blocks - bfree + 1) * bsize);
  }

  empty(): void {
    this.#resize(size);
  }

  close(): void {
    process.off('exit', this.#onExit);
    if (this.isOwn) execFileSync('umount', ['--lazy', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }

  #resize(bytes: number): void {
    execFileSync('mount', ['-o', `remount,size=${bytes}`, this.path]);
  }
}
