import assert from 'node:assert/strict';
import type { Fence, OpenEngine } from '../../index.js';
import { until } from '../checks.js';
import { type Dice, takeSteps } from './dice.js';
import { check, type EngineCheck, type Lab } from './lab.js';
import { membersOf, Watcher } from './watcher.js';

const rooms = ['alpha', 'bravo', 'charlie'] as const;
const keys = ['red', 'green', 'blue', 'black'] as const;
const users = ['ann', 'bob', 'cat', 'guest1', 'guest2'] as const;
const limit = 3;

interface NaiveSession {
  readonly member: string;
  readonly user: string;
  readonly guest: boolean;
  generation: number;
  node: OpenEngine;
}

/** An engine and lists of who must be where, which are given the same to do. */
class PresenceModel {
  readonly #lab: Lab;
  readonly #nodes: readonly [OpenEngine, ...OpenEngine[]];
  #sessions: NaiveSession[] = [];
  /** In the order in which they entered. */
  #present: { readonly room: string; readonly session: NaiveSession }[] = [];
  #names: { readonly user: string; readonly key: string; readonly name: string }[] = [];
  #opened = 0;

  constructor(lab: Lab, nodes: readonly [OpenEngine, ...OpenEngine[]]) {
    this.#lab = lab;
    this.#nodes = nodes;
  }

  static async check(lab: Lab): Promise<void> {
    const model = new PresenceModel(lab, await lab.pair());
    const watched = model.#nodes.flatMap((node) => rooms.map((room) => ({ node, room })));
    const watchers = await Promise.all(
      watched.map(async ({ node, room }) => ({ room, watcher: await Watcher.of(node, room) })),
    );
    await takeSteps(lab.seed, 800, async (dice) => {
      await model.#step(dice);
      await model.#compare(dice.pick(model.#nodes), dice.pick(rooms));
    });
    for (const { room, watcher } of watchers) {
      const expected = JSON.stringify(model.#members(room).map(({ user, name }) => [user, name]));
      await until(`the changes of ${room}`, () => JSON.stringify([...watcher.users].sort()) === expected);
    }
  }

  async #step(dice: Dice): Promise<void> {
    const session = dice.pick(this.#sessions);
    if (session === undefined || (this.#sessions.length < 10 && dice.chance(15))) return this.#open(dice);
    const stale = dice.chance(10) && session.generation > 1;
    const fence = { member: session.member, generation: session.generation - (stale ? 1 : 0) };
    const holder = stale ? undefined : session;
    const roll = dice.below(100);
    if (roll < 45) await this.#enter(session, holder, fence, dice.pick(rooms));
    else if (roll < 70) await this.#leave(session, holder, fence, dice.pick(rooms));
    else if (roll < 85) await this.#claim(session, holder, fence, dice.pick(keys), dice.pick(['', '!']));
    else if (roll < 93) await this.#take(session, dice.pick(this.#nodes));
    else await this.#end(session, holder, fence);
  }

  async #open(dice: Dice): Promise<void> {
    const user = dice.pick(users);
    const session = {
      member: `m${++this.#opened}`,
      user,
      guest: user.startsWith('guest'),
      generation: 1,
      node: dice.pick(this.#nodes),
    };
    await this.#lab.session(session.node, session.member, { user, guest: session.guest, name: `${user}'s name` });
    this.#sessions.push(session);
  }

  async #enter({ node }: NaiveSession, holder: NaiveSession | undefined, fence: Fence, room: string): Promise<void> {
    const here = this.#present.filter((one) => one.room === room);
    const there = new Set(here.map(({ session }) => session.user));
    const full = holder !== undefined && !there.has(holder.user) && there.size >= limit;
    assert.equal(await node.presence.enter(room, fence, limit), full ? 'full' : holder !== undefined);
    if (holder === undefined || full || here.some(({ session }) => session === holder)) return;
    this.#present.push({ room, session: holder });
  }

  async #leave({ node }: NaiveSession, holder: NaiveSession | undefined, fence: Fence, room: string): Promise<void> {
    assert.equal(await node.presence.leave(room, fence), holder !== undefined);
    this.#present = this.#present.filter((one) => one.room !== room || one.session !== holder);
  }

  async #claim(
    { node, user }: NaiveSession,
    holder: NaiveSession | undefined,
    fence: Fence,
    key: string,
    tail: string,
  ): Promise<void> {
    const free = this.#names.every((owned) => owned.key !== key || owned.user === user);
    const name = `${key}${tail}`;
    assert.equal(await node.presence.claimName({ key, name, fence }), holder !== undefined && free);
    if (holder === undefined || !free) return;
    this.#names = [...this.#names.filter((owned) => owned.user !== user), { user, key, name }];
  }

  async #take(session: NaiveSession, node: OpenEngine): Promise<void> {
    const was = this.#lab.nodeOf(session.node);
    const taken = await node.presence.takeSession(`hash of ${session.member}`, this.#lab.nodeOf(node));
    session.generation++;
    session.node = node;
    const { generation, rooms: entered, name } = taken?.session ?? assert.fail();
    const expected = this.#present.filter((one) => one.session === session).map(({ room }) => room);
    assert.deepEqual(
      { generation, name, was: taken?.was },
      { generation: session.generation, name: this.#nameOf(session.user), was },
    );
    assert.deepEqual([...entered].sort(), expected.sort());
  }

  async #end(session: NaiveSession, holder: NaiveSession | undefined, fence: Fence): Promise<void> {
    assert.equal(await session.node.presence.endSession(fence), holder !== undefined);
    if (holder === undefined) return;
    this.#sessions = this.#sessions.filter((other) => other !== holder);
    this.#present = this.#present.filter((one) => one.session !== holder);
    const last = this.#sessions.every(({ user }) => user !== holder.user);
    if (last && holder.guest) this.#names = this.#names.filter(({ user }) => user !== holder.user);
  }

  async #compare(node: OpenEngine, room: string): Promise<void> {
    const { presence } = node;
    assert.deepEqual(await membersOf(node, room), this.#members(room));
    for (const key of keys) {
      const owner = this.#names.find((owned) => owned.key === key);
      const { user, name } = (await presence.findName(key)) ?? {};
      assert.deepEqual({ user, name }, { user: owner?.user, name: owner?.name }, key);
    }
    for (const user of users) {
      assert.equal(await presence.nameOf(user), this.#names.find((owned) => owned.user === user)?.name);
      const members = (await presence.sessionsOf(user)).map(({ member }) => member).sort();
      assert.deepEqual(
        members,
        this.#sessions
          .filter((session) => session.user === user)
          .map(({ member }) => member)
          .sort(),
      );
    }
    const peopled = rooms.map((name) => ({ name, count: this.#members(name).length })).filter(({ count }) => count > 0);
    const page = await presence.rooms({ limit: 10 });
    assert.deepEqual(
      { ...page, rooms: page.rooms.map(({ name, count }) => ({ name, count })) },
      { rooms: peopled, more: false },
    );
  }

  /** One for each user, as the first of its sessions in the room; sorted by user. */
  #members(room: string): { id: string; user: string; name: string }[] {
    const here = this.#present.filter((one) => one.room === room).map(({ session }) => session);
    const firsts = here.filter(({ user }, index) => here.findIndex((other) => other.user === user) === index);
    return firsts
      .map(({ member, user }) => ({ id: member, user, name: this.#nameOf(user) }))
      .sort((a, b) => (a.user < b.user ? -1 : 1));
  }

  #nameOf(user: string): string {
    return this.#names.find((owned) => owned.user === user)?.name ?? `${user}'s name`;
  }
}

/** Presence against plain lists. */
export const presenceModelChecks: readonly EngineCheck[] = [
  check('hundreds of random operations on presence come to what they come to on plain lists', PresenceModel.check),
];
