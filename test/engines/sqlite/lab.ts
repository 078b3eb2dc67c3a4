import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { findDriver } from '../../../src/engines/sqlite/driver.js';
import { type SqliteOptions, sqlite } from '../../../src/engines/sqlite/index.js';
import type { EntryDraft } from '../../../src/model/entry.js';
import { type Limits, resolveLimits } from '../../../src/model/limits.js';
import type { EngineContext, FollowHandler, OpenEngine, SessionRecord } from '../../../src/ports/engine.js';
import { virtualClock } from '../../../src/testing/clock.js';
import { temporaryFolder } from './set-up.js';

const ann = { id: 'm-ann', user: 'ann', name: 'Ann' };
let drafts = 0;

/** A message to the lobby, with an id of its own. */
export function message(text: string, more: { readonly id?: string; readonly key?: string } = {}): EntryDraft {
  return { type: 'message', room: 'lobby', id: `e${++drafts}`, from: ann, text, ...more };
}

export function deletion(of: string): EntryDraft {
  return { type: 'delete', room: 'lobby', id: `e${++drafts}`, from: ann, message: of };
}

export function edit(of: string, text: string): EntryDraft {
  return { type: 'edit', room: 'lobby', id: `e${++drafts}`, from: ann, message: of, text };
}

export function session(member: string, more: Partial<SessionRecord> = {}): SessionRecord {
  const rooms: readonly string[] = [];
  const who = { user: member, guest: true, name: member };
  return { member, generation: 1, secret: `secret of ${member}`, node: 'a', rooms, ...who, ...more };
}

/** A folder, a clock that stands still, and the engines that a test opens. */
export class Lab {
  readonly folder = temporaryFolder();
  readonly file = path.join(this.folder.path, 'chat.db');
  readonly clock = virtualClock();
  /** What `onError` was told. */
  readonly errors: unknown[] = [];
  readonly #opened: { close(): unknown }[] = [];

  context(node = 'a', limits: Partial<Limits> = {}): EngineContext {
    const onError = (error: unknown) => void this.errors.push(error);
    return { node, clock: this.clock, limits: resolveLimits(limits), onError };
  }

  async open(options: Partial<SqliteOptions> = {}, limits: Partial<Limits> = {}, node = 'a'): Promise<OpenEngine> {
    return this.closing(await sqlite({ path: this.file, ...options }).open(this.context(node, limits)));
  }

  /** Closed at the end, before the folder goes. */
  closing<T extends { close(): unknown }>(resource: T): T {
    this.#opened.push(resource);
    return resource;
  }

  /** The files as a process that is killed would leave them, in a folder of their own; gives the path of the database. */
  killed(): string {
    const folder = path.join(this.folder.path, `killed-${readdirSync(this.folder.path).length}`);
    mkdirSync(folder);
    // By another process: closing a file here would take this process's locks on it.
    execFileSync('cp', [this.file, `${this.file}-wal`, folder]);
    return path.join(folder, 'chat.db');
  }

  /** Works on the file past the engine. */
  sql(sql: string, file = this.file): unknown {
    const database = findDriver(undefined).open(file, false);
    try {
      return Object.values(database.prepare(sql).get() as object)[0];
    } finally {
      database.close();
    }
  }

  run(sql: string, file = this.file): void {
    const database = findDriver(undefined).open(file, false);
    database.exec(sql);
    database.close();
  }

  /** How often some bytes are in the files of the folder. */
  occurrences(text: string): number {
    const files = readdirSync(this.folder.path, { withFileTypes: true }).filter((entry) => entry.isFile());
    const contents = files.map(({ name }) => readFileSync(path.join(this.folder.path, name), 'latin1'));
    return contents.reduce((sum, content) => sum + content.split(text).length - 1, 0);
  }

  async end(): Promise<void> {
    try {
      for (const resource of this.#opened.reverse()) await resource.close();
    } finally {
      this.folder.remove();
    }
  }
}

/** Writes down the offsets that a follower is given, and what it is told besides. */
export class Tape implements FollowHandler {
  readonly offsets: number[] = [];
  readonly pages: number[] = [];
  readonly gaps: (readonly [from: number, to: number])[] = [];

  deliver(entries: Parameters<FollowHandler['deliver']>[0]): void {
    this.pages.push(entries.length);
    for (const { offset } of entries) this.offsets.push(offset);
  }

  gap(from: number, to: number): void {
    this.gaps.push([from, to]);
  }

  reset(): void {
    throw new Error('nothing began anew');
  }
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

export async function textsOf(engine: OpenEngine, limit = 10_000): Promise<string[]> {
  const { entries } = await engine.log.read('lobby', { limit, only: 'messages' });
  return entries.map((entry) => ('text' in entry ? entry.text : ''));
}

/** Appends all in one turn. */
export function sayAll(engine: OpenEngine, texts: readonly string[]) {
  return Promise.all(texts.map((text) => engine.log.append('lobby', message(text))));
}
