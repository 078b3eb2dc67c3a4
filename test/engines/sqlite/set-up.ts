import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findDriver } from '../../../src/engines/sqlite/driver.js';
import { type SqliteOptions, sqlite } from '../../../src/engines/sqlite/index.js';
import type { Engine, EngineContext } from '../../../src/ports/engine.js';
import type { EngineSetUp } from '../../../src/testing/index.js';

/** A folder of its own, and the way to be rid of it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), 'chathub-sqlite-'));
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The engine over an empty file, with the retention that a check asks for by its limits. */
export function emptyFile(options: Omit<SqliteOptions, 'path'> = {}): EngineSetUp {
  const folder = temporaryFolder();
  const file = path.join(folder.path, 'chat.db');
  let engine: Engine | undefined;
  return {
    open(context: EngineContext) {
      const { history, historyAge } = context.limits;
      engine ??= sqlite({ path: file, history, historyAge, ...options });
      return engine.open(context);
    },
    /** Another process, such as a backup, holds the file. */
    async outage() {
      const other = findDriver(options.driver).open(file, false);
      other.exec('BEGIN IMMEDIATE');
      return async () => void other.close();
    },
    tearDown: async () => folder.remove(),
  };
}
