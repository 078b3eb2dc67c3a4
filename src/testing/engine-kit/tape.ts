import assert from 'node:assert/strict';
import type { Entry, EntryDraft, Follower, FollowHandler, Message, OpenEngine, Position } from '../../index.js';
import { until } from '../checks.js';

type Told =
  | { readonly entry: Entry }
  | { readonly gap: { readonly from: number; readonly to: number } }
  | { readonly reset: Position };

/** A follower that records what it is told. */
export class Tape {
  readonly told: Told[] = [];
  #follower: Follower | undefined;

  /**
   * @param onEntry - called for each entry after it was recorded, inside its delivery
   * @param onReset - the same for each reset
   */
  static async of(
    engine: OpenEngine,
    log: string,
    options: { readonly after?: Position; onEntry?(entry: Entry): void; onReset?(): void } = {},
  ): Promise<Tape> {
    const tape = new Tape();
    const handler: FollowHandler = {
      deliver(entries) {
        tape.told.push(...entries.map((entry) => ({ entry })));
        for (const entry of entries) options.onEntry?.(entry);
      },
      gap: (from, to) => void tape.told.push({ gap: { from, to } }),
      reset(position) {
        tape.told.push({ reset: position });
        options.onReset?.();
      },
    };
    const after = options.after;
    tape.#follower = await engine.log.follow(log, handler, after === undefined ? {} : { after });
    return tape;
  }

  get position(): Position {
    return this.#follower?.position ?? assert.fail('follow() has resolved');
  }

  get entries(): Entry[] {
    return this.told.flatMap((told) => ('entry' in told ? [told.entry] : []));
  }

  get ids(): string[] {
    return this.entries.map(({ id }) => id);
  }

  get offsets(): number[] {
    return this.entries.map(({ offset }) => offset);
  }

  get gaps(): { readonly from: number; readonly to: number }[] {
    return this.told.flatMap((told) => ('gap' in told ? [told.gap] : []));
  }

  get resets(): Position[] {
    return this.told.flatMap((told) => ('reset' in told ? [told.reset] : []));
  }

  /** Waits for an entry. */
  async heard(...ids: readonly string[]): Promise<void> {
    for (const id of ids) await until(`the delivery of ${id}`, () => this.ids.includes(id));
  }

  /** Waits for a number of entries. */
  async heardAll(count: number): Promise<void> {
    await until(`the delivery of ${count} entries`, () => this.entries.length >= count);
  }

  /** Nothing left out and nothing twice, but for what it was told. */
  assertSeamless(start?: number): void {
    let last = start;
    for (const told of this.told) {
      if ('reset' in told) {
        last = told.reset.offset;
        continue;
      }
      const from = 'gap' in told ? told.gap.from : told.entry.offset;
      if (last !== undefined) assert.equal(from, last + 1, `after offset ${last}`);
      last = 'gap' in told ? told.gap.to : from;
    }
  }

  close(): void {
    this.#follower?.close();
  }
}

type DraftOf<T extends EntryDraft['type']> = Extract<EntryDraft, { readonly type: T }>;

/** A message that tells by its id which it is. */
export function message(id: string, facts: Partial<Omit<Message, 'type'>> = {}): DraftOf<'message'> {
  return { type: 'message', room: 'lobby', id, from: author('ann'), text: `text of ${id}`, ...facts };
}

export function edit(target: string, text: string, id = `edit of ${target}`): DraftOf<'edit'> {
  return { type: 'edit', room: 'lobby', id, from: author('ann'), message: target, text };
}

export function deletion(target: string, id = `deletion of ${target}`): DraftOf<'delete'> {
  return { type: 'delete', room: 'lobby', id, from: author('ann'), message: target };
}

export function reaction(target: string, symbol: string, user = 'ann'): DraftOf<'reaction'> {
  return {
    type: 'reaction',
    room: 'lobby',
    id: crypto.randomUUID(),
    from: author(user),
    message: target,
    reaction: symbol,
  };
}

export function author(user: string): { id: string; user: string; name: string } {
  return { id: `member of ${user}`, user, name: `name of ${user}` };
}

/** Appends messages with these ids, one after another, and gives them as they were stored. */
export async function appendAll({ log }: OpenEngine, name: string, ...ids: readonly string[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const id of ids) {
    const { offset, at } = await log.append(name, message(id));
    entries.push({ ...message(id), offset, at });
  }
  return entries;
}

/** Everything that a log holds. */
export async function readAll(engine: OpenEngine, log: string): Promise<readonly Entry[]> {
  return (await engine.log.read(log, { after: 0, limit: 10_000 })).entries;
}

/** The message as it stands in the log now. */
export async function stored(engine: OpenEngine, log: string, id: string): Promise<Message> {
  const found = (await readAll(engine, log)).find((entry) => entry.id === id);
  return found?.type === 'message' ? found : assert.fail(`${id} is in the log`);
}

/** `count` ids that begin alike: `a1`, `a2` … */
export function ids(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}
