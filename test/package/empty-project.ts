import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { cleanEnvironment, installPacked } from '../../scripts/install-packed.mjs';

const execute = promisify(execFile);

/** A project outside of the repository, where the package was installed from its tarball, and nothing else. */
export class EmptyProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<EmptyProject> {
    const project = new EmptyProject(await mkdtemp(path.join(tmpdir(), 'chathub-package-')));
    installPacked(project.folder);
    return project;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  async write(file: string, text: string): Promise<void> {
    const target = path.join(this.folder, file);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, text);
  }

  /** Runs a program; gives what it printed, and rejects when it fails. */
  async execute(program: string, ...args: readonly string[]): Promise<string> {
    try {
      const { stdout } = await execute(program, args, { cwd: this.folder, env: cleanEnvironment() });
      return stdout.trim();
    } catch (error) {
      const { message, stdout } = error as Error & { stdout: string };
      throw new Error(`${message}\n${stdout}`, { cause: error });
    }
  }

  /** Runs a module of this text to its end. */
  async run(text: string, { file = 'app.mjs', flags = [] as readonly string[] } = {}): Promise<string> {
    await this.write(file, text);
    return this.execute(process.execPath, ...flags, file);
  }

  /** Runs a module of this text until the test is finished. Gives the first line that it prints. */
  async start(text: string, file: string): Promise<string> {
    return (await this.launch(text, file)).line;
  }

  /** The same for a program that is ended earlier. */
  async launch(text: string, file: string): Promise<{ readonly line: string; end(): Promise<void> }> {
    await this.write(file, text);
    const { folder: cwd } = this;
    const child = spawn(process.execPath, [file], {
      cwd,
      env: cleanEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => end(child));
    for await (const line of createInterface(child.stdout)) return { line, end: () => end(child) };
    throw new Error(`${file} ended without a word`);
  }

  /** Gives it a package that the repository has. */
  async link(name: string): Promise<void> {
    const source = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));
    const target = path.join(this.folder, 'node_modules', name);
    await mkdir(path.dirname(target), { recursive: true });
    await symlink(source, target);
  }

  /** Lets the modules of a folder see the types of Node.js that the repository has. */
  async linkTypesOfNode(folder: string): Promise<void> {
    const modules = path.join(this.folder, folder, 'node_modules');
    await mkdir(path.join(modules, '@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) {
      const source = fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url));
      await symlink(source, path.join(modules, name));
    }
  }
}

/** What it holds, such as a database, is free again then. */
async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  if (child.kill()) await exit;
}
