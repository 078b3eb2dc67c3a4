import { isDeepStrictEqual } from 'node:util';
import type { Author, Message } from 'chathub';
import type { Client } from './client.js';
import type { World } from './world.js';

/** Lets everything that is under way come to its end. */
export async function settle(world: World): Promise<void> {
  for (const client of world.clients) {
    if (!client.isOpen || !client.stalled) continue;
    client.stalled = false;
    client.peer.resume();
  }
  for (const wait of [0, 20, 100, 500, 1_000, ...Array.from({ length: 30 }, () => 2_500)]) {
    await advance(world, wait);
    if (world.failure !== undefined) return;
    if (busy(world) !== undefined) continue;
    // Counts are told once a second, and who does not read is looked at once a second.
    await advance(world, 1_100);
    if (busy(world) === undefined) return;
  }
  world.fail(`This never came to an end: ${busy(world)}`);
}

export async function advance(world: World, ms: number): Promise<void> {
  await world.clock.advance(ms);
  for (const client of world.clients) client.pump();
}

function busy({ clients, calls, policies, engine, live, model }: World): string | undefined {
  const waiting = clients.find(({ isOpen, pending }) => isOpen && pending.length > 0);
  if (waiting !== undefined) return `${waiting.label}: ${JSON.stringify(waiting.pending[0]?.command)}`;
  const closing = clients.find(
    ({ isOpen, finished, ending }) => (isOpen && finished !== undefined) || (!isOpen && !ending),
  );
  if (closing !== undefined) return `${closing.label}: closing`;
  // The application is told of an end first, and the engine may be slow.
  if (live.size < model.sessions.size) return 'the end of a session';
  const [call] = calls.values();
  return call ?? (policies.pending > 0 ? 'a policy' : engine.pending > 0 ? 'the engine' : undefined);
}

/** Compares all that can be seen of the hub with the model, while nothing is under way. */
export async function compare(world: World): Promise<void> {
  world.count('quiet');
  sessions(world);
  for (const client of world.clients) if (client.isOpen && client.session !== undefined) view(client);
  facts(world);
  handles(world);
  timers(world);
  windows(world);
  ears(world);
  for (const { what, isOver } of world.doomed) world.check(isOver(), () => `${what} never came`);
  await rooms(world);
  await members(world);
  forget(world);
}

function same(world: World, what: string, got: Iterable<unknown>, wanted: Iterable<unknown>): void {
  const left = [...got].map((value) => JSON.stringify(value)).sort();
  const right = [...wanted].map((value) => JSON.stringify(value)).sort();
  world.check(left.join() === right.join(), () => `${what}: [${left}] instead of [${right}]`);
}

function sessions(world: World): void {
  const { live, model } = world;
  same(world, 'sessions by the hub’s events', live.keys(), model.sessions.keys());
  for (const [id, { handle, rooms }] of live) {
    const session = model.sessions.get(id);
    same(world, `rooms of ${id} by its handle`, handle.rooms, session?.rooms ?? []);
    same(world, `rooms of ${id} by the hub’s events`, rooms.keys(), session?.rooms ?? []);
    world.check(
      handle.name === model.names.get(handle.user.id)?.name,
      () => `${id} is "${handle.name}" and not "${model.names.get(handle.user.id)?.name}"`,
    );
    const holders = world.clients.filter(({ isOpen, session: held }) => isOpen && held?.id === id);
    world.check(
      holders.length === (handle.connected ? 1 : 0),
      () => `${id}: connected ${handle.connected}, held by ${holders.map(({ label }) => label)}`,
    );
  }
}

function view(client: Client): void {
  const { world, session } = client;
  const { model, live } = world;
  const handle = live.get(session!.id)?.handle;
  if (handle === undefined) return client.fail('has a session that is over');
  client.check(handle.name === client.name, () => `was told that it is "${client.name}", and is "${handle.name}"`);
  same(
    world,
    `rooms of ${client.label} by what it was told`,
    client.rooms.keys(),
    model.sessions.get(handle.id)?.rooms ?? [],
  );
  for (const [room, seen] of client.rooms) {
    const known = model.logs.get(room);
    // One of which nothing is kept may have begun anew; the model hears of that with the first entry.
    const blank = known !== undefined && model.firstKept(known) > known.entries.length && !model.epochs.has(seen.epoch);
    const log = blank ? undefined : known;
    const reached = client.reached(log, seen.offset);
    client.check(log === undefined || seen.epoch === log.epoch, `${room} is in another epoch`);
    const head = log?.entries.length ?? 0;
    client.check(reached === head, () => `was told of ${room} up to ${reached} of ${head}`);
    const users = model.rooms.get(room) ?? new Map<string, unknown>();
    // In large rooms counts are told once a second.
    const late = seen.people === undefined && world.clock.now() - (model.changedAt.get(room) ?? 0) <= 1_000;
    client.check(
      late || seen.count === users.size,
      () => `was told of ${seen.count} members of ${room} instead of ${users.size}`,
    );
    if (seen.people === undefined) continue;
    world.count('compared.people');
    same(
      world,
      `members of ${room} by what ${client.label} was told`,
      Array.from(seen.people.values(), nameOf),
      peopleOf(world, room),
    );
  }
  client.check(client.owed.size === 0, () => `was never told whether it is still in ${[...client.owed]}`);
  inbox(client);
}

function inbox(client: Client): void {
  const { model } = client.world;
  const log = model.logs.get(`@${client.session?.user}`);
  if (log === undefined) return;
  // As of a room: one of which nothing is kept may have begun anew.
  if (client.inbox?.epoch !== log.epoch && model.firstKept(log) > log.entries.length) return;
  const reached = client.reached(log, client.inboxOffset(log));
  client.check(reached === log.entries.length, () => `was told of ${reached} of ${log.entries.length} direct messages`);
}

function nameOf({ user, name }: Author) {
  return [user, name];
}

function peopleOf({ model }: World, room: string) {
  return Array.from(model.rooms.get(room)?.keys() ?? [], (user) => [user, model.names.get(user)?.name]);
}

function facts(world: World): void {
  const { hub, live, clients } = world;
  const status = hub.status();
  const open = clients.filter(({ isOpen }) => isOpen);
  world.check(status.connections === open.length, () => `${status.connections} connections instead of ${open.length}`);
  world.check(status.members === live.size, () => `${status.members} members instead of ${live.size}`);
  const { rooms, inboxes } = needed(world);
  world.check(
    status.rooms === rooms.size + inboxes.size,
    () => `${status.rooms} rooms instead of ${[...rooms, ...inboxes]}`,
  );
}

/** What a node must follow: rooms with members or listeners, and inboxes. */
function needed({ live, ears }: World) {
  const rooms = new Set<string>();
  const inboxes = new Set<string>();
  const users = new Set<string>();
  for (const { handle, rooms: stays } of live.values()) {
    for (const room of stays.keys()) rooms.add(room);
    inboxes.add(`@${handle.user.id}`);
    if (!handle.guest) users.add(handle.user.id);
  }
  for (const { room, on } of ears) if (on) rooms.add(room);
  return { rooms, inboxes, users };
}

function handles(world: World): void {
  const { followers, watches, subscriptions, stateWatches } = world.engine.handles;
  const { rooms, inboxes, users } = needed(world);
  const wanted = {
    followers: rooms.size + inboxes.size,
    watches: rooms.size,
    subscriptions: rooms.size + users.size + 1,
    // And what holds in all rooms.
    stateWatches: rooms.size + 1,
  };
  const got = { followers, watches, subscriptions, stateWatches };
  world.check(
    JSON.stringify(got) === JSON.stringify(wanted),
    () => `open in the engine: ${JSON.stringify(got)} instead of ${JSON.stringify(wanted)}`,
  );
}

/** A timer for each session that waits for its client, for each connection that has not greeted, and for counts to tell. */
function timers(world: World): void {
  const { live, clients, clock, model } = world;
  const waiting = [...live.values()].filter(({ handle }) => !handle.connected).length;
  const silent = clients.filter(({ isOpen, session }) => isOpen && session === undefined).length;
  const counted = [...model.changedAt.values()].filter((at) => clock.now() - at <= 1_000).length;
  const { pending } = clock;
  const right = pending >= waiting + silent && pending <= waiting + silent + counted;
  world.check(right, () => `${pending} timers instead of ${waiting} + ${silent} + at most ${counted}`);
}

/** Nobody stays longer than its window. */
function windows(world: World): void {
  const { live, idle, clock, causes, limits } = world;
  for (const [id, { handle }] of live) {
    const since = idle.get(id);
    if (handle.connected) idle.delete(id);
    else if (since === undefined || causes.has(`resume ${id}`)) idle.set(id, clock.now());
    else world.check(clock.now() - since < limits.resumeWindow, () => `${id} waits since ${clock.now() - since} ms`);
  }
  for (const id of idle.keys()) if (!live.has(id)) idle.delete(id);
}

/** A listener hears all that is said from when it began, once and in order. */
function ears(world: World): void {
  for (const { room, heard, on } of world.ears) {
    const log = world.model.logs.get(room);
    for (const [index, message] of heard.entries()) {
      const before = heard[index - 1];
      world.check(
        before === undefined || before.offset + 1 === message.offset || message.offset === 1,
        () => `a listener of ${room} heard ${message.offset} after ${before?.offset}`,
      );
    }
    if (on && heard.length > 0)
      world.check(heard.at(-1)?.offset === log?.entries.length, `a listener of ${room} missed the end`);
    world.count('heard', heard.length);
  }
  world.ears = world.ears.filter(({ on }) => on);
  for (const ear of world.ears) ear.heard.splice(0, ear.heard.length - 1);
}

async function rooms(world: World): Promise<void> {
  const { model, hub, engine } = world;
  const listed = await engine.direct.presence.rooms({ limit: 1_000 });
  same(
    world,
    'rooms with members',
    listed.rooms.map(({ name, count }) => [name, count]),
    Array.from(model.rooms, ([name, people]) => [name, people.size]),
  );
  const open = needed(world).rooms;
  for (const room of new Set([...model.rooms.keys(), ...model.logs.keys()])) {
    if (room.startsWith('@')) continue;
    const handle = hub.room(room);
    const { moment } = model;
    const people = await answer(world, handle.members());
    if (world.model.moment !== moment) continue;
    same(world, `members of ${room} by the hub`, people.map(nameOf), peopleOf(world, room));
    const size = open.has(room) ? (model.rooms.get(room)?.size ?? 0) : 0;
    world.check(handle.size === size, `${room} has the size ${handle.size} instead of ${size}`);
    history(world, room, await answer(world, handle.history({ limit: 10_000 })));
  }
}

function history(world: World, room: string, messages: readonly Message[]): void {
  const log = world.model.logs.get(room);
  const kept = log?.entries.slice(world.model.firstKept(log) - 1) ?? [];
  world.check(
    messages.length === kept.length,
    () => `${messages.length} messages of ${room} instead of ${kept.length}`,
  );
  // Memory gives what was appended, other engines the like of it.
  for (const [index, message] of messages.entries())
    world.check(
      message === kept[index] || isDeepStrictEqual(message, kept[index]),
      `history of ${room} differs at ${message.offset}`,
    );
}

async function members(world: World): Promise<void> {
  // Not those whose windows close while a slow engine looks.
  const dead = [...world.dead];
  for (const [id, { handle, rooms }] of world.live) {
    const { moment } = world.model;
    const found = await answer(world, world.hub.member(id));
    // A window may close while a slow engine looks.
    if (world.model.moment !== moment) continue;
    same(world, `rooms of ${id} by its id`, found?.rooms ?? [], rooms.keys());
    world.check(
      found?.user === handle.user.id && found.name === handle.name,
      `${id} was found as ${found?.user} ${found?.name}`,
    );
  }
  for (const { id } of dead) {
    world.check((await answer(world, world.hub.member(id))) === undefined, `${id} is over and was found`);
  }
}

/** The engine may take its time. */
export async function answer<T>(world: World, work: Promise<T>): Promise<T> {
  let settled = false;
  void work.finally(() => (settled = true)).catch(() => undefined);
  for (let hops = 0; hops < 20 && !settled; hops++) await undefined;
  while (!settled) await advance(world, 1);
  return work;
}

/** What is past is past. */
function forget(world: World): void {
  world.model.quiet();
  world.policies.asked = [];
  world.causes.clear();
  world.doomed = [];
  world.clients = world.clients.filter(({ isOpen }) => isOpen);
  for (const client of world.clients) client.lossy = false;
  const over = [...world.known.values()].filter(({ id }) => !world.live.has(id));
  for (const { id } of over.slice(0, -10)) world.known.delete(id);
}
