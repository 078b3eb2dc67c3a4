import assert from 'node:assert/strict';
import type { Entry, EntryDraft, LogRange, OpenEngine } from '../../index.js';
import { until } from '../checks.js';
import { type Dice, takeSteps } from './dice.js';
import { checkWith, type EngineCheck, type Lab } from './lab.js';
import { NaiveLog, naiveRead } from './naive-log.js';
import { author, deletion, edit, message, reaction, Tape } from './tape.js';

const history = 8;
const names = ['lobby', 'ops', '@ann'] as const;

interface Expectation {
  readonly log: string;
  readonly tape: Tape;
  readonly told: string[];
}

/** An engine and the naive model of it, which are given the same to do. */
class LogModel {
  readonly #nodes: readonly [OpenEngine, ...OpenEngine[]];
  readonly #logs = new Map(names.map((name) => [name as string, new NaiveLog(history)]));
  #tapes: Expectation[] = [];
  #drafts = 0;

  constructor(nodes: readonly [OpenEngine, ...OpenEngine[]]) {
    this.#nodes = nodes;
  }

  static async check(lab: Lab): Promise<void> {
    const model = new LogModel(await lab.pair({ history }));
    await takeSteps(lab.seed, 800, async (dice) => {
      const name = dice.pick(names);
      const roll = dice.below(100);
      if (roll < 60) await model.#append(dice, name);
      else if (roll < 70) await model.#find(dice, name);
      else if (roll < 88) await model.#read(dice, name);
      else if (roll < 94) await model.#follow(dice, name);
      else if (roll < 99) await model.#unfollow(dice);
      else await model.#remove(dice, name);
    });
    for (const expectation of model.#tapes) await model.#compare(expectation);
  }

  async #append(dice: Dice, name: string): Promise<void> {
    const log = this.#log(name);
    const draft = this.#draft(dice, log);
    const { log: engine } = dice.pick(this.#nodes);
    const first = draft.key === undefined ? undefined : log.byKey(draft.from.user, draft.key);
    if (first === undefined && 'message' in draft && log.target(draft.message) === undefined) {
      await assert.rejects(engine.append(name, draft), { code: 'NO_SUCH_MESSAGE' });
      return;
    }
    const appended = await engine.append(name, draft);
    if (first === undefined) log.add({ ...draft, offset: log.entries.length + 1, at: appended.at } as Entry);
    log.epoch ??= appended.epoch;
    const { id, offset, at } = first ?? log.entries.at(-1) ?? assert.fail();
    const { entry, ...rest } = appended;
    assert.deepEqual(rest, { id, offset, at, epoch: log.epoch, duplicate: first !== undefined });
    assert.deepEqual(comparable(entry), comparable(log.kept.find((kept) => kept.offset === offset)));
    if (first === undefined) this.#expect(name, `${id} at ${offset}`);
  }

  async #find(dice: Dice, name: string): Promise<void> {
    const log = this.#log(name);
    const [user, key] = [dice.pick(['ann', 'bob', 'eve']), `k${dice.below(30)}`];
    const found = await dice.pick(this.#nodes).log.find(name, user, key);
    const first = log.byKey(user, key);
    assert.equal(found?.id, first?.id);
    assert.deepEqual(comparable(found?.entry), comparable(log.kept.find(({ offset }) => offset === first?.offset)));
  }

  async #read(dice: Dice, name: string): Promise<void> {
    const log = this.#log(name);
    const at = Math.max(0, log.entries.length - dice.below(2 * history) + 2);
    const range: LogRange = {
      limit: 1 + dice.below(history + 2),
      ...dice.pick([{}, { after: at }, { before: at }]),
      ...(dice.chance(40) ? { only: 'messages' } : {}),
    };
    const page = await dice.pick(this.#nodes).log.read(name, range);
    const expected = naiveRead(log.entries, log.first, range);
    assert.deepEqual(page.entries.map(comparable), expected.entries.map(comparable));
    assert.deepEqual([page.head, page.more], [expected.head, expected.more], JSON.stringify(range));
    // Whether what was trimmed away were messages, nobody can know.
    if (range.only === undefined) assert.equal(page.complete, expected.complete, JSON.stringify(range));
  }

  async #follow(dice: Dice, name: string): Promise<void> {
    const log = this.#log(name);
    const node = dice.pick(this.#nodes);
    const told: string[] = [];
    if (log.epoch === undefined || dice.chance(50)) {
      this.#tapes.push({ log: name, tape: await Tape.of(node, name), told });
      return;
    }
    const after = { epoch: log.epoch, offset: dice.below(log.entries.length + 1) };
    const start = Math.max(after.offset, log.first - 1);
    if (start > after.offset) told.push(`gap ${after.offset + 1} to ${start}`);
    told.push(...log.entries.slice(start).map(({ id, offset }) => `${id} at ${offset}`));
    this.#tapes.push({ log: name, tape: await Tape.of(node, name, { after }), told });
  }

  async #unfollow(dice: Dice): Promise<void> {
    const expectation = dice.pick(this.#tapes);
    if (expectation === undefined) return;
    await this.#compare(expectation);
    expectation.tape.close();
    this.#tapes = this.#tapes.filter((other) => other !== expectation);
  }

  async #remove(dice: Dice, name: string): Promise<void> {
    const log = this.#log(name);
    await dice.pick(this.#nodes).log.remove(name);
    if (log.entries.length > 0) this.#expect(name, 'reset to 0');
    log.clear();
  }

  #draft(dice: Dice, log: NaiveLog): EntryDraft {
    const id = `m${++this.#drafts}`;
    const key = dice.chance(30) ? { key: `k${dice.below(30)}` } : {};
    const user = dice.pick(['ann', 'bob', 'eve'] as const);
    const from = author(user);
    if (log.entries.length === 0 || dice.chance(60)) return { ...message(id, { from }), ...key };
    const near = log.entries[Math.max(0, log.entries.length - 1 - dice.below(history + 3))];
    const target = near?.id ?? assert.fail();
    return dice.pick<EntryDraft>([
      { ...edit(target, `edited by ${id}`, id), from, ...key },
      { ...deletion(target, id), from, ...key },
      { ...reaction(target, dice.pick(['+1', '💬']), user), id, ...key },
      { ...reaction(target, dice.pick(['+1', '💬']), user), id, ...key, removed: true },
    ]);
  }

  #log(name: string): NaiveLog {
    return this.#logs.get(name) ?? assert.fail();
  }

  #expect(name: string, told: string): void {
    for (const expectation of this.#tapes) if (expectation.log === name) expectation.told.push(told);
  }

  async #compare({ tape, told }: Expectation): Promise<void> {
    await until('what a follower is told', () => tape.told.length >= told.length);
    const actual = tape.told.map((event) => {
      if ('entry' in event) return `${event.entry.id} at ${event.entry.offset}`;
      return 'gap' in event ? `gap ${event.gap.from} to ${event.gap.to}` : `reset to ${event.reset.offset}`;
    });
    assert.deepEqual(actual, told);
  }
}

/** What two forms of an entry must agree in. How long the text of an edit is kept, when it is not the last, is free. */
function comparable(entry: Entry | undefined): unknown {
  if (entry?.type === 'edit') return { ...entry, text: undefined };
  if (entry?.type !== 'message') return entry;
  const reactions = Object.entries(entry.reactions ?? {}).filter(([, users]) => users.length > 0);
  return { ...entry, reactions: reactions.map(([name, users]) => [name, ...[...users].sort()].join()).sort() };
}

/** The log against an array. */
export const logModelChecks: readonly EngineCheck[] = [
  checkWith(['history'], 'hundreds of random operations on logs come to what they come to on an array', LogModel.check),
];
