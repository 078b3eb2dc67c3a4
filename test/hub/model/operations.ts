import type { Command, Position } from 'chathub';
import type { Client, KnownSession } from './client.js';
import type { Ear, World } from './world.js';

/** One random thing that somebody does. False: there was nobody to do it. */
type Operation = (world: World) => boolean | void;

const rooms = ['lobby', 'games', 'music', 'Cooking', 'art'] as const;
const users = ['ann', 'ali', 'cleo', 'dora', 'emily', 'frank'] as const;
const nicknames = ['Red', 'Green', 'Blue', 'black', 'White', 'Pink', 'admin', 'two words', 'ReD'] as const;
const bigText = 'x'.repeat(3_900);

// ---- Who does it

function connected(world: World): Client | undefined {
  return world.dice.pick(world.clients.filter((client) => client.canSend && client.session !== undefined));
}

function newcomer(world: World): Client | undefined {
  return world.dice.pick(world.clients.filter((client) => client.canSend && client.session === undefined));
}

function member(world: World) {
  const handles = Array.from(world.live.values(), ({ handle }) => handle);
  return world.dice.pick(world.dice.chance(6) ? world.dead : handles);
}

/** A room, mostly one that the client is in. */
function roomFor(client: Client): string {
  const { dice } = client.world;
  const inside = [...client.rooms.keys()];
  return dice.chance(85) && inside.length > 0 ? dice.pick(inside)! : dice.pick(rooms);
}

function token(world: World, user: string): string {
  return `${user}#${world.next()}`;
}

/** A command of somebody who has a session. */
function says(make: (client: Client, world: World) => Command | undefined): Operation {
  return (world) => {
    const client = connected(world);
    const command = client === undefined ? undefined : make(client, world);
    if (client === undefined || command === undefined) return false;
    client.send(command);
    return true;
  };
}

// ---- Coming

const connect: Operation = (world) => {
  const open = world.clients.filter(({ isOpen }) => isOpen).length;
  if (open >= 22) return false;
  const before = world.hub.status().connections;
  const client = world.connect();
  const refused = before >= world.limits.connections;
  world.check(client.isOpen !== refused, `connection ${before + 1} was ${refused ? 'let in' : 'refused'}`);
  if (refused) world.count('connect.refused');
  else if (world.dice.chance(client.greeted ? 10 : 80)) greet(world, client);
  return true;
};

function greet(world: World, client: Client): void {
  const { dice } = world;
  const user = dice.weighted<string>([
    [35, 'guest'],
    [60, dice.pick(users)],
    [5, 'bad'],
  ]);
  const name = dice.chance(25) ? { name: dice.pick(nicknames) } : {};
  client.send({
    type: 'hello',
    ...(user === 'guest' && dice.chance(50) ? {} : { token: token(world, user) }),
    ...name,
  });
}

const hello: Operation = (world) => {
  const client = newcomer(world);
  if (client === undefined) return false;
  greet(world, client);
  return true;
};

/** A first command that is no greeting stands for one. */
const firstCommand: Operation = (world) => {
  const client = newcomer(world);
  client?.send(world.dice.chance(50) ? { type: 'join', room: world.dice.pick(rooms) } : { type: 'ping' });
  return client !== undefined;
};

const resume: Operation = (world) => {
  const { dice } = world;
  const client = dice.chance(97) ? newcomer(world) : connected(world);
  const known = dice.pick(resumable(world));
  if (client === undefined || known === undefined) return false;
  const rightful = dice.chance(95);
  const user = rightful ? (known.user === known.id ? 'guest' : known.user) : dice.pick(users);
  const session = dice.chance(96) ? known.secret : `${known.secret}x`;
  client.givesUp();
  // What is written to one that does not read is lost when another takes the session from it.
  if (client.stalled) known.lossy = true;
  if (world.causes.has(`resume ${known.id}`)) world.causes.add(`rivals ${known.id}`);
  world.causes.add(`resume ${known.id}`);
  if (known.holder !== undefined) known.holder.pump();
  if (known.holder !== undefined && known.holder !== client && dice.chance(15)) cutOff(known.holder);
  const last = dice.chance(35) ? { fromLast: true as const } : { rooms: positionsOf(world, known) };
  client.send({ type: 'hello', session, token: token(world, user), ...last });
  return true;
};

/** Those whose connection is gone, mostly; sometimes one that lives, or one that is long over. */
function resumable(world: World): KnownSession[] {
  const all = [...world.known.values()];
  const wanted = world.dice.weighted<'waiting' | 'held' | 'any'>([
    [65, 'waiting'],
    [30, 'held'],
    [5, 'any'],
  ]);
  if (wanted === 'any') return all;
  return all.filter(({ id, holder }) => world.live.has(id) && (wanted === 'held') === (holder !== undefined));
}

/** What a client would say it saw last; sometimes it remembers wrongly. */
function positionsOf({ dice, model }: World, known: KnownSession): Map<string, Position> {
  const seen =
    known.holder === undefined
      ? known.positions
      : new Map(Array.from(known.holder.rooms, ([room, { epoch, offset }]) => [room, { epoch, offset }]));
  const positions = new Map<string, Position>();
  for (const [room, position] of seen) {
    const { epoch, offset } = position;
    const reached = known.holder?.reached(model.epochs.get(epoch), offset) ?? offset;
    const remembered = dice.weighted<Position | undefined>([
      [80, { epoch, offset: reached }],
      [5, { epoch: 'elsewhere', offset }],
      [5, { epoch, offset: offset + 1_000 }],
      [5, { epoch, offset: Math.max(0, offset - dice.below(8)) }],
      [5, undefined],
    ]);
    if (remembered !== undefined) positions.set(room, remembered);
  }
  if (known.inbox !== undefined && dice.chance(80)) positions.set('@', known.inbox);
  return positions;
}

const authenticate: Operation = (world) => {
  const client = world.dice.chance(70) ? connected(world) : newcomer(world);
  if (client === undefined) return false;
  // Whoever logs in as somebody else gives up the session it has.
  client.givesUp();
  client.send({ type: 'auth', token: token(world, world.dice.chance(90) ? world.dice.pick(users) : 'bad') });
  return true;
};

// ---- Rooms

const join = says((client, world) => {
  const { dice } = world;
  const room = dice.chance(2) ? 'no room' : dice.pick(rooms);
  const how = dice.below(3);
  if (how === 0) return { type: 'join', room };
  if (how === 1) return { type: 'join', room, history: dice.pick([1, 3, 10, 1_000]) };
  const view = client.rooms.get(room.toLowerCase()) ?? client.session?.positions.get(room.toLowerCase());
  const log = world.model.logs.get(room.toLowerCase());
  if (view === undefined && log === undefined) return { type: 'join', room };
  const { epoch } = view ?? log!;
  const offset = view?.offset ?? Math.max(0, world.model.head(room.toLowerCase()) - dice.below(12));
  return { type: 'join', room, after: { epoch, offset: dice.chance(90) ? offset : offset + 100 } };
});

const leave = says((client, world) => {
  const room = roomFor(client);
  world.causes.add(`leave ${client.session?.id} ${room.toLowerCase()}`);
  return { type: 'leave', room };
});

const send = says((client, world) => {
  const { dice } = world;
  const text = dice.chance(1)
    ? ''
    : dice.chance(1)
      ? 'y'.repeat(5_000)
      : `#${world.next()}${dice.chance(3) ? bigText : ''}`;
  const key = dice.chance(15) ? { key: `k${dice.below(6)}`, ...(dice.chance(60) ? { repeat: true } : {}) } : {};
  return { type: 'send', room: roomFor(client), text, ...key };
});

const burst: Operation = (world) => {
  const client = connected(world);
  if (client === undefined) return false;
  const room = roomFor(client);
  for (let left = world.dice.between(2, 8); left > 0; left--)
    client.send({ type: 'send', room, text: `#${world.next()}` });
  return true;
};

const signal = says((client, world) => ({ type: 'signal', room: roomFor(client), name: 'typing', data: world.next() }));

const history = says((client, { dice }) => {
  const room = roomFor(client);
  const limit = dice.pick([1, 5, 300]);
  const view = client.rooms.get(room);
  if (view === undefined || dice.chance(30)) return { type: 'history', room, limit };
  if (dice.chance(20)) return { type: 'history', with: dice.pick(users), limit };
  return dice.chance(50)
    ? { type: 'history', room, limit, before: Math.max(1, view.offset), epoch: view.epoch }
    : { type: 'history', room, limit, after: Math.max(0, view.offset - 4) };
});

const listings = says((client, { dice }) =>
  dice.pick<Command>([{ type: 'members', room: roomFor(client) }, { type: 'rooms' }, { type: 'ping' }]),
);

const nick = says((_, { dice }) => ({ type: 'nick', name: dice.pick(nicknames) }));

const refresh = says((client, world) => {
  const user =
    client.session!.user === client.session!.id || world.dice.chance(10)
      ? world.dice.pick(users)
      : client.session!.user;
  return { type: 'refresh', token: token(world, user) };
});

const direct = says((_, world) => {
  const { dice } = world;
  const key = dice.chance(15) ? { key: `k${dice.below(4)}`, ...(dice.chance(60) ? { repeat: true } : {}) } : {};
  return { type: 'direct', to: somebody(world), text: `@${world.next()}`, ...key };
});

const badFrame: Operation = (world) => {
  const client = world.dice.pick(world.clients.filter(({ canSend }) => canSend));
  if (client === undefined) return false;
  client.peer.send(world.dice.pick(['{', '{"type":"nothing"}', '[]']));
  return true;
};

/** A user's id, a session's, or a name; sometimes nobody's. */
function somebody({ dice, live }: World): string {
  const handle = dice.pick([...live.values()])?.handle;
  if (handle === undefined || dice.chance(10)) return 'nobody';
  return dice.pick([handle.id, handle.user.id, handle.name]);
}

const moderate: Operation = (world) => {
  const { dice } = world;
  const client = connected(world);
  if (client === undefined) return false;
  const room = roomFor(client).toLowerCase();
  const inRoom = [...world.live.values()].filter((live) => live.rooms.has(room));
  const handle = dice.pick(inRoom)?.handle;
  const who = handle === undefined || dice.chance(15) ? somebody(world) : dice.pick([handle.user.id, handle.id]);
  const type = dice.weighted<'kick' | 'ban' | 'mute'>([
    [60, 'kick'],
    [20, 'ban'],
    [20, 'mute'],
  ]);
  world.causes.add(type === 'kick' ? `KICKED ${room}` : `BANNED ${room}`);
  const isHere = handle !== undefined && (who === handle.id || who === handle.user.id);
  const stays = isHere && type !== 'mute' ? world.stays(handle.user.id, room) : [];
  const command = { type, room, member: who, ...(type === 'kick' ? {} : { seconds: dice.between(1, 6) }) } as const;
  client.send(command, (event) => {
    if (event.type !== 'ok') return;
    for (const stay of stays) {
      if (stay.over) continue;
      world.doomed.push({ what: `the ${type} of ${stay.member} in ${room}`, isOver: () => stay.over });
    }
  });
  return true;
};

// ---- Going

const quit: Operation = (world) => {
  const client = connected(world);
  if (client === undefined) return false;
  ends(world, client);
  client.send({ type: 'quit' });
  client.finished = 'quit';
  return true;
};

function ends(world: World, client: Client): void {
  client.endsSession = true;
  client.givesUp();
  const { session } = client;
  if (session === undefined) return;
  const isOver = () =>
    !world.live.has(session.id) || session.holder !== undefined || client.ending?.reason?.code !== 1_000;
  world.doomed.push({ what: `the end of ${session.id}`, isOver });
}

const cut: Operation = (world) => {
  const client = world.dice.pick(world.clients.filter(({ isOpen }) => isOpen));
  if (client === undefined) return false;
  cutOff(client);
  return true;
};

function cutOff(client: Client): void {
  client.pump();
  client.world.note(`${client.label} cut`);
  if (client.stalled && client.peer.bufferedBytes > 0) client.lossy = true;
  client.finished ??= 'cut';
  client.peer.cut();
}

const end: Operation = (world) => {
  const client = world.dice.pick(world.clients.filter(({ canSend }) => canSend));
  if (client === undefined) return false;
  world.note(`${client.label} end`);
  if (client.quiet) ends(world, client);
  client.finished = 'end';
  client.endedAt = world.clock.now();
  client.peer.end();
  return true;
};

const goodbye: Operation = (world) => {
  const client = world.dice.pick(world.clients.filter(({ canSend }) => canSend));
  if (client === undefined) return false;
  world.note(`${client.label} leave`);
  ends(world, client);
  client.finished = 'leave';
  client.peer.leave();
  return true;
};

const stall: Operation = (world) => {
  const client = connected(world);
  if (client === undefined || client.stalled) return false;
  world.note(`${client.label} stall`);
  client.stalled = true;
  for (const known of client.asksFor()) known.lossy = true;
  client.peer.stall();
  return true;
};

const readOn: Operation = (world) => {
  const client = world.dice.pick(world.clients.filter(({ isOpen, stalled }) => isOpen && stalled));
  if (client === undefined) return false;
  world.note(`${client.label} reads on`);
  if (world.dice.chance(30)) client.peer.read(world.dice.between(1, 3_000));
  else {
    client.stalled = false;
    client.peer.resume();
  }
  return true;
};

// ---- The application

const roomSend: Operation = (world) => {
  const { dice, hub } = world;
  const room = dice.pick(rooms);
  const text = `#${world.next()}`;
  const handle = dice.chance(30) ? member(world) : undefined;
  const options = handle === undefined ? {} : { from: handle };
  world.call(
    `room.send ${text}`,
    hub.room(room).send(text, options),
    () => false,
    (message) => {
      world.check(
        message.text === text && message.room === room.toLowerCase(),
        `room.send of ${text} gave ${message.text}`,
      );
      world.check(world.model.stored.has(message), `room.send gave what was never stored: ${text}`);
    },
  );
  return true;
};

/** More than an outbox holds: whoever does not read falls behind. */
const flood: Operation = (world) => {
  const room = world.dice.pick(rooms);
  for (let left = 24; left > 0; left--) {
    world.call('room.flood', world.hub.room(room).send(`#${world.next()}${bigText}`), () => false);
  }
  return true;
};

const roomSignal: Operation = (world) => {
  const work = world.hub.room(world.dice.pick(rooms)).signal('news', world.next());
  world.call('room.signal', work, () => false);
  return true;
};

const memberJoin: Operation = (world) => {
  const handle = member(world);
  if (handle === undefined) return false;
  const room = world.dice.pick(rooms);
  const key = room.toLowerCase();
  const { since, model } = world;
  world.note(`member.join ${handle.id} ${room}`);
  world.call(`member.join ${handle.id} ${room}`, handle.join(room, { history: world.dice.pick([0, 5]) }), (code) => {
    if (!world.live.has(handle.id)) return true;
    if (code === 'BANNED') {
      return model.sanctioned('ban', key, handle.user.id, since) || world.causes.has(`BANNED ${key}`);
    }
    if (code === 'ROOM_FULL')
      return world.limits.rooms < 10 || model.refusedSince('full', key, since.moment, handle.id);
    if (code === 'KICKED') return world.causes.has(`KICKED ${key}`);
    return code === 'TOO_MANY_ROOMS' && model.wasFull(handle.id, since.moment);
  });
  return true;
};

const memberLeave: Operation = (world) => {
  const handle = member(world);
  if (handle === undefined) return false;
  const room = world.dice.pick(handle.rooms) ?? world.dice.pick(rooms);
  const stay = world.live.get(handle.id)?.rooms.get(room);
  world.causes.add(`leave ${handle.id} ${room.toLowerCase()}`);
  world.note(`member.leave ${handle.id} ${room}`);
  world.call(
    `member.leave ${handle.id} ${room}`,
    handle.leave(room),
    () => false,
    () => {
      if (stay !== undefined)
        world.check(stay.over, `member.leave of ${room} resolved, and ${handle.id} is still there`);
    },
  );
  return true;
};

const memberRename: Operation = (world) => {
  const handle = member(world);
  if (handle === undefined) return false;
  const name = world.dice.pick(nicknames);
  const { moment } = world.since;
  world.note(`member.rename ${handle.id} ${name}`);
  world.call(`member.rename ${handle.id} ${name}`, handle.rename(name), (code) => {
    if (!world.live.has(handle.id)) return true;
    if (code === 'BAD_NAME') return name.includes(' ');
    return code === 'NAME_TAKEN' && (name === 'admin' || world.model.refusedSince('name', name, moment, handle.id));
  });
  return true;
};

const memberNotice: Operation = (world) => {
  const handle = member(world);
  handle?.send(`notice ${world.next()} for ${handle.id}`);
  return handle !== undefined;
};

const memberDisconnect: Operation = (world) => {
  const handle = member(world);
  if (handle === undefined) return false;
  const { id } = handle;
  world.causes.add(`end ${id}`);
  world.note(`member.disconnect ${id}`);
  const isOver = () => !world.live.has(id);
  const work = world.dice.chance(50)
    ? handle.disconnect('enough')
    : byId(world, id, (found) => found.disconnect('enough'));
  world.call(
    'member.disconnect',
    work,
    () => false,
    () => world.doomed.push({ what: `the end of ${id}`, isOver }),
  );
  return true;
};

const remoteLeave: Operation = (world) => {
  const handle = member(world);
  const room = handle === undefined ? undefined : world.dice.pick(handle.rooms);
  if (handle === undefined || room === undefined) return false;
  world.causes.add(`leave ${handle.id} ${room}`);
  world.note(`hub.member.leave ${handle.id} ${room}`);
  world.call(
    'hub.member',
    byId(world, handle.id, (found) => found.leave(room)),
    () => false,
  );
  return true;
};

async function byId(
  world: World,
  id: string,
  act: (found: NonNullable<Awaited<ReturnType<World['hub']['member']>>>) => Promise<void>,
): Promise<void> {
  const found = await world.hub.member(id);
  if (found !== undefined) await act(found);
}

const userNotice: Operation = (world) => {
  const user = world.dice.pick(users);
  world.call('user.send', world.hub.user(user).send(`notice ${world.next()} for ${user}`), () => false);
  return true;
};

const userDisconnect: Operation = (world) => {
  const user = world.dice.pick(users);
  world.causes.add(`end ${user}`);
  world.note(`user.disconnect ${user}`);
  world.call('user.disconnect', world.hub.user(user).disconnect(), () => false);
  return true;
};

const listen: Operation = (world) => {
  if (world.limits.rooms < 10 || world.ears.filter(({ on }) => on).length >= 3) return false;
  const room = world.dice.pick(rooms).toLowerCase();
  const ear: Ear = { room, heard: [], on: true, listener: ({ message }) => ear.heard.push(message) };
  world.note(`listens to ${room}`);
  world.ears.push(ear);
  world.hub.room(room).on('message', ear.listener);
  return true;
};

const deafen: Operation = (world) => {
  const ear = world.dice.pick(world.ears.filter(({ on }) => on));
  if (ear === undefined) return false;
  world.note(`listens to ${ear.room} no more`);
  ear.on = false;
  world.hub.room(ear.room).off('message', ear.listener);
  return true;
};

/** How often each is done. */
export const operations: readonly (readonly [weight: number, operation: readonly [name: string, run: Operation]])[] = [
  [9, ['connect', connect]],
  [3, ['hello', hello]],
  [1, ['firstCommand', firstCommand]],
  [7, ['resume', resume]],
  [1, ['auth', authenticate]],
  [14, ['join', join]],
  [6, ['leave', leave]],
  [16, ['send', send]],
  [3, ['burst', burst]],
  [3, ['signal', signal]],
  [2, ['history', history]],
  [2, ['listings', listings]],
  [4, ['nick', nick]],
  [1, ['refresh', refresh]],
  [4, ['direct', direct]],
  [0.5, ['badFrame', badFrame]],
  [4, ['moderate', moderate]],
  [0.8, ['quit', quit]],
  [5, ['cut', cut]],
  [0.8, ['end', end]],
  [0.6, ['goodbye', goodbye]],
  [1.5, ['stall', stall]],
  [2, ['readOn', readOn]],
  [4, ['room.send', roomSend]],
  [0.15, ['flood', flood]],
  [1, ['room.signal', roomSignal]],
  [3, ['member.join', memberJoin]],
  [2, ['member.leave', memberLeave]],
  [2, ['member.rename', memberRename]],
  [1, ['member.send', memberNotice]],
  [0.8, ['member.disconnect', memberDisconnect]],
  [0.8, ['hub.member', remoteLeave]],
  [0.3, ['user.send', userNotice]],
  [0.3, ['user.disconnect', userDisconnect]],
  [0.7, ['listen', listen]],
  [0.7, ['deafen', deafen]],
];
