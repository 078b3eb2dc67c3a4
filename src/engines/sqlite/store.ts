import { readFileSync } from 'node:fs';
import { inboxOf, type JsonValue } from '../../model/entry.js';
import { ChatError } from '../../model/errors.js';
import type { EngineContext, SessionRecord } from '../../ports/engine.js';
import { PresenceStore } from '../shared/presence.js';
import { Topics } from '../shared/topics.js';
import { Facts } from './facts.js';
import { unavailable, wantsReopening } from './failures.js';
import { Journal } from './journal.js';
import { LogTable } from './log-table.js';
import { Logs, type Retention } from './logs.js';
import { Receipts } from './receipts.js';
import { type FileOptions, StoreFile } from './store-file.js';
import { Writer } from './writer.js';

/** How often what is over its time is looked for. */
const sweepEvery = 60_000;
/** Logs that are looked at in one go. */
const sweptAtOnce = 20;

/** One file, open: what all nodes of this process share. */
export class Store {
  readonly presence: PresenceStore;
  readonly signals = new Topics<JsonValue>();
  readonly logs: Logs;
  readonly facts: Facts;
  readonly writer: Writer;
  readonly journal: Journal;
  readonly #file: StoreFile;
  readonly #options: FileOptions;
  readonly #table: LogTable;
  readonly #nodes = new Set<EngineContext>();
  readonly #clock: EngineContext['clock'];
  readonly #resumeWindow: number;
  readonly #windows = new Set<() => void>();
  readonly #sweeper: NodeJS.Timeout;
  #sweeping = false;
  /** Reading failed, and has not succeeded since. */
  #failing = false;

  /** @throws ChatError `ENGINE_UNAVAILABLE`, saying what is wrong with the file */
  constructor(options: FileOptions, retention: Retention, { clock, limits }: EngineContext) {
    this.#options = options;
    this.#clock = clock;
    this.#resumeWindow = limits.resumeWindow;
    this.#file = new StoreFile(options);
    this.#file.open();
    const now = () => clock.now();
    this.#table = new LogTable(this.#file);
    this.logs = new Logs(this.#table, new Receipts(this.#file, limits.keyWindow), retention, now);
    this.facts = new Facts(this.#file, now);
    this.writer = new Writer(this.#file, {
      committing: () => this.logs.saveStaged(),
      ended: (committed) => this.logs.settle(committed),
      trouble: (error) => this.#report(error),
    });
    this.journal = new Journal(this.#file, this.writer);
    this.presence = new PresenceStore(this.journal, this.journal);
    this.#file.onReconnect = () => this.logs.look((work) => this.read(work));
    try {
      this.#begin();
    } catch (error) {
      this.#file.close();
      throw unavailable(options.path, error);
    }
    this.#sweeper = setInterval(() => void this.#sweep(), sweepEvery).unref();
  }

  join(node: EngineContext): void {
    this.#nodes.add(node);
  }

  /** A node is gone: its sessions wait to be taken up. */
  leave(node: EngineContext): void {
    try {
      this.#reserve(this.read(() => this.presence.forsakeNode(node.node)));
    } catch {
      // It has been reported. The node goes all the same.
    }
    this.#nodes.delete(node);
  }

  /** No node is left. */
  close(): void {
    clearInterval(this.#sweeper);
    for (const cancel of this.#windows) cancel();
    void this.journal.save();
    this.writer.flush();
    try {
      this.#table.tidy();
      this.#file.run('UPDATE runs SET clean = 1');
    } catch {
      // It is taken for one that was killed: no harm is done.
    }
    this.#file.close();
  }

  /**
   * Reads.
   *
   * @throws ChatError `ENGINE_UNAVAILABLE`
   */
  read<T>(work: () => T): T {
    try {
      // What is known of the file is looked at before it is used.
      this.#file.ensure();
      const result = work();
      this.#failing = false;
      return result;
    } catch (error) {
      if (wantsReopening(error)) this.#file.disconnect();
      const cause = unavailable(this.#file.path, error);
      if (!this.#failing) this.#report(cause);
      this.#failing = true;
      // Clients are told this one: it names no file.
      throw new ChatError('ENGINE_UNAVAILABLE', undefined, { cause });
    }
  }

  /** Changes presence, and resolves when that is written. */
  async change<T>(work: () => T): Promise<T> {
    const result = this.read(work);
    await this.journal.save();
    return result;
  }

  /** What the run before left: sessions whose clients may come back, and perhaps offsets that the file does not know of. */
  #begin(): void {
    const boot = bootId();
    const { synchronous } = this.#options;
    const last = this.#file.get('SELECT boot, synchronous, clean FROM runs');
    // That this run began must be on the disk, whatever is not.
    this.#file.exec('PRAGMA synchronous = full; BEGIN IMMEDIATE');
    // Without a sync of the disk, a machine that lost its power has lost what it had acknowledged.
    const mayHaveLost = last?.clean === 0 && last.synchronous !== 'full' && (boot === '' || last.boot !== boot);
    if (mayHaveLost) this.#table.renewEpochs();
    this.#file.run('INSERT OR REPLACE INTO runs (id, boot, synchronous, clean) VALUES (1, ?, ?, 0)', boot, synchronous);
    this.#file.exec(`COMMIT; PRAGMA synchronous = ${synchronous}`);
    const sessions = this.journal.sessions();
    this.presence.reserve(sessions);
    this.#reserve(sessions);
  }

  /** Sessions without a node are over when nobody takes them up in time. */
  #reserve(sessions: readonly SessionRecord[]): void {
    if (sessions.length === 0) return;
    const cancel = this.#clock.after(this.#resumeWindow, () => {
      this.#windows.delete(cancel);
      this.#endReserved(sessions).catch((error: unknown) => this.#report(error));
    });
    this.#windows.add(cancel);
  }

  async #endReserved(sessions: readonly SessionRecord[]): Promise<void> {
    const over: SessionRecord[] = [];
    const failed: SessionRecord[] = [];
    for (const session of sessions) {
      try {
        if (this.read(() => this.presence.endSession(session))) over.push(session);
      } catch {
        // It has been reported. Later, then.
        failed.push(session);
      }
    }
    this.#reserve(failed);
    // Nobody can ever read a guest's inbox again.
    const inboxes = over.filter(({ guest }) => guest).map(({ user }) => inboxOf(user));
    const removed = inboxes.map((name) => this.writer.write((transaction) => this.logs.remove(transaction, name)));
    await Promise.all([this.journal.save(), ...removed]);
  }

  /** Goes round what nobody writes to, for what is over its time: a little of one log at a time, so that all else has its turns. */
  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      await this.writer.write(() => this.facts.expire());
      if (!this.logs.forgets) return;
      for (let after = ''; ; ) {
        const names = this.read(() => this.#table.names(after, sweptAtOnce));
        for (const name of names) await this.#expire(JSON.parse(name) as string);
        await new Promise((resolve) => setImmediate(resolve));
        after = names.at(-1) ?? '';
        if (names.length < sweptAtOnce) return;
      }
    } catch {
      // It has been reported, and is tried again in a minute.
    } finally {
      this.#sweeping = false;
    }
  }

  async #expire(name: string): Promise<void> {
    for (let more = true; more && this.read(() => this.logs.isOver(name)); )
      more = await this.writer.write(() => this.logs.expire(name));
  }

  #report(error: unknown): void {
    for (const node of this.#nodes) node.onError(error);
  }
}

/** Changes when the machine starts; empty where that can't be told. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
}
