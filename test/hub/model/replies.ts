import type { Command, ServerEvent } from 'chathub';
import type { Client, KnownSession, Pending } from './client.js';
import type { World } from './world.js';

type EventOf<T extends ServerEvent['type']> = Extract<ServerEvent, { readonly type: T }>;
type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>;

const replyTypes: { readonly [T in Command['type']]?: ServerEvent['type'] } = {
  hello: 'welcome',
  join: 'joined',
  leave: 'left',
  send: 'sent',
  direct: 'sent',
  signal: 'ok',
  history: 'history',
  members: 'members',
  rooms: 'rooms',
  nick: 'renamed',
  refresh: 'ok',
  kick: 'ok',
  ban: 'ok',
  mute: 'ok',
  ping: 'pong',
};

/** Whether a reply is one that the model allows, given all that has happened since the command was sent. */
export function judge(client: Client, pending: Pending, event: ServerEvent): void {
  const { world } = client;
  const { command } = pending;
  world.count(`${command.type}.${event.type === 'error' ? event.code : 'ok'}`);
  if (event.type === 'error') {
    const allowed = refusals(client, pending);
    // Nobody is owed a reason by a session that is over, were it the one that this was sent behind the greeting of.
    const member = pending.member ?? client.session?.id;
    const over = member !== undefined && !world.live.has(member);
    client.check(
      over || allowed.has(event.code),
      () => `${JSON.stringify(command)} was refused: ${event.code} ${event.message}`,
    );
    return;
  }
  const type =
    command.type === 'auth' && event.type === 'ok'
      ? 'ok'
      : command.type === 'auth'
        ? 'welcome'
        : replyTypes[command.type];
  if (event.type !== type) return client.fail(`${command.type} was answered with ${event.type}`);
  accept(client, pending, event);
}

function accept(client: Client, pending: Pending, event: ServerEvent): void {
  switch (event.type) {
    case 'welcome':
      return welcome(client, pending, event);
    case 'joined':
      return joined(client, pending, pending.command as CommandOf<'join'>, event);
    case 'left':
      return client.left(event.room);
    case 'sent':
      return sent(client, pending, pending.command as CommandOf<'send' | 'direct'>, event);
    case 'renamed':
      client.check(!verdicts(client, pending).has('no'), `became ${event.name} though the policy refused`);
      return client.renamed(event.name);
    case 'history':
      return history(client, pending.command as CommandOf<'history'>, event);
    case 'rooms':
      return client.check(
        new Set(event.rooms.map(({ name }) => name)).size === event.rooms.length,
        'a room is listed twice',
      );
    case 'members':
      return client.check(
        event.members === undefined || event.members.length === event.count,
        'members are not counted',
      );
    default:
      return;
  }
}

/** What the policy that is asked about a command said: yes, no, or both to several. */
function verdicts(client: Client, { command, since, alone }: Pending): Set<string> {
  const { world } = client;
  const who = client.session?.id ?? '';
  const about = (policy: string, subject: string) => world.policies.codes(policy, who, subject, since.moment);
  const codes = (() => {
    switch (command.type) {
      case 'join':
        return about('join', roomName(command.room));
      case 'send':
      case 'direct':
        return about(command.type, command.text);
      case 'nick':
        return about('nick', command.name);
      default:
        return new Set<string | undefined>();
    }
  })();
  // Where somebody takes the session up meanwhile, it is asked about the same rooms for another reason.
  const ambiguous = !alone || world.causes.has(`resume ${who}`);
  if (codes.size === 0 || (command.type === 'join' && ambiguous)) return new Set();
  return new Set([...codes].map((code) => code ?? 'yes')).has('yes')
    ? new Set(['yes'])
    : new Set(['no', ...[...codes].map(String)]);
}

function joined(client: Client, pending: Pending, command: CommandOf<'join'>, event: EventOf<'joined'>): void {
  const { world } = client;
  const room = roomName(command.room);
  const member = client.session?.id ?? '';
  const { moment } = pending.since;
  client.check(event.room === room, `joined ${event.room} instead of ${room}`);
  if (!world.wasIn(member, room, moment) || (world.live.get(member)?.rooms.get(room)?.since ?? 0) > moment) {
    client.check(!verdicts(client, pending).has('no'), `joined ${room} though the policy refused`);
    const user = client.session?.user ?? '';
    client.check(!world.model.sanctionedThroughout('ban', room, user, pending.since), `joined ${room} though banned`);
  }
  client.joined(room, event, command.after, pending);
  recovery(client, pending, room, event, command.after);
  if (command.after === undefined) lastMessages(client, room, event, command.history ?? 0);
}

/** As many of the last messages as were asked for, and are kept. */
function lastMessages(client: Client, room: string, event: EventOf<'joined'>, wanted: number): void {
  const { world } = client;
  const log = world.model.logs.get(room);
  client.check(event.entries.length <= wanted, `${event.entries.length} entries of ${room} instead of ${wanted}`);
  if (log === undefined || log.epoch !== event.epoch) return;
  // What was trimmed since is not missed.
  const kept = event.offset - world.model.firstKept(log) + 1;
  const page = log.entries.slice(Math.max(event.offset - Math.min(wanted, kept, 200), 0), event.offset);
  const bytes = page.reduce((sum, entry) => sum + 256 + 2 * ('text' in entry ? entry.text.length : 0), 0);
  const least = bytes > world.limits.recoverBytes ? 1 : page.length;
  client.check(event.entries.length >= least, `${event.entries.length} entries of ${room}, of ${kept} that are kept`);
}

/** What must be recovered is, and what can't be is not said to be. */
function recovery(
  client: Client,
  pending: Pending,
  room: string,
  facts: { readonly epoch: string; readonly recovered: boolean; readonly offset: number },
  after: { readonly epoch: string; readonly offset: number } | undefined,
): void {
  const { world } = client;
  if (after === undefined) return;
  const log = world.model.logs.get(room);
  const before = pending.heads.get(room);
  const missed = (head: number) => head - after.offset;
  // Of a log to which nothing was appended, the model does not know the epoch.
  const possible = after.epoch === facts.epoch && missed(log?.entries.length ?? 0) >= 0;
  client.check(!facts.recovered || possible, `${room} was said to be recovered from ${JSON.stringify(after)}`);
  if (log === undefined || log.epoch !== after.epoch || before?.epoch !== after.epoch) return;
  const head = log.entries.length;
  // One of which nothing is kept may have begun anew.
  if (facts.epoch !== after.epoch && world.model.firstKept(log) > head) return;
  const sure =
    missed(before.offset) >= 0 &&
    missed(head) <= world.limits.recover &&
    world.model.firstKept(log) <= after.offset + 1;
  client.check(facts.recovered || !sure, `${room} was not recovered from ${after.offset} of ${head}`);
  if (!facts.recovered) world.count('not.recovered');
}

function sent(client: Client, pending: Pending, command: CommandOf<'send' | 'direct'>, event: EventOf<'sent'>): void {
  const { world } = client;
  const log = world.model.epochs.get(event.epoch);
  const entry = log?.entries[event.offset - 1];
  const what = `${JSON.stringify(command)} was acknowledged as ${event.epoch}:${event.offset}`;
  if (entry === undefined || !('text' in entry)) return client.fail(`${what}, where nothing stands`);
  client.check(entry.id === event.message && entry.at === event.at, `${what}, where ${entry.id} stands`);
  client.check(
    event.room === (command.type === 'send' ? roomName(command.room) : undefined),
    `${what} in ${event.room}`,
  );
  if (event.duplicate) {
    world.count('sent.duplicate');
    const own = client.greets(pending) || entry.from.user === client.session?.user;
    client.check(command.key !== undefined && own, `${what} as a repeat`);
    return;
  }
  client.check(
    entry.text === command.text || entry.text === `${command.text}!`,
    `${what}, where "${entry.text}" stands`,
  );
  // It may have overtaken the welcome of the session that said it.
  if (client.greets(pending)) return;
  client.check(entry.from.id === client.session?.id, `${what}, of ${entry.from.id}`);
  if (command.type === 'direct') return;
  const room = roomName(command.room);
  const user = client.session?.user ?? '';
  client.check(!verdicts(client, pending).has('no'), `${what} though the policy refused`);
  client.check(
    world.wasIn(client.session?.id ?? '', room, pending.since.moment),
    `${what} though it was not in ${room}`,
  );
  client.check(!world.model.sanctionedThroughout('mute', room, user, pending.since), `${what} though mute`);
  if (entry.type === 'message' && !world.toldOf(entry)) client.fail(`${what}, but the hub told nobody`);
}

function history(client: Client, command: CommandOf<'history'>, event: EventOf<'history'>): void {
  const { model } = client.world;
  const log = command.room === undefined ? undefined : model.epochs.get(event.epoch);
  for (const [index, message] of event.messages.entries()) {
    const before = event.messages[index - 1];
    client.check(before === undefined || before.offset < message.offset, 'history is out of order');
    if (log === undefined) continue;
    client.check(
      log.entries[message.offset - 1]?.id === message.id,
      `history says something else at ${message.offset}`,
    );
    client.check(before === undefined || before.offset + 1 === message.offset, 'history has a hole');
  }
  if (command.before !== undefined && command.epoch === undefined) {
    client.check((event.messages.at(-1)?.offset ?? 0) < command.before, 'history goes too far');
  }
}

function welcome(client: Client, pending: Pending, event: EventOf<'welcome'>): void {
  const { world } = client;
  if (!event.resumed && client.session?.id === event.member.id) return stayed(client, event);
  const command = pending.command as CommandOf<'hello' | 'auth'>;
  const user = command.token?.split('#')[0] ?? 'guest';
  client.check(
    user === 'guest' ? event.member.user === event.member.id : event.member.user === user,
    `welcomed as ${event.member.user}`,
  );
  const earlier = client.session;
  const before = [...client.rooms.keys()];
  if (earlier !== undefined && earlier.id !== event.member.id) {
    client.letGo();
    client.rooms.clear();
  }
  const wanted = command.type === 'hello' ? (command.rooms ?? new Map()) : new Map();
  const known = sessionOf(world, event, user);
  if (event.resumed) resumed(client, pending, command as CommandOf<'hello'>, known);
  else if (command.type === 'hello' && command.session !== undefined) notResumed(client, pending, command.session);
  client.rooms.clear();
  client.refused.clear();
  client.owed.clear();
  if (command.type === 'auth') for (const room of before) client.owed.add(room);
  client.resumedFrom = event.resumed ? pending.since.moment : Number.POSITIVE_INFINITY;
  client.session = known;
  client.name = event.member.name;
  const takenFrom = known.holder;
  const lossless = event.resumed && !known.lossy && takenFrom === undefined;
  for (const [room, facts] of Object.entries(event.rooms)) {
    if (room === '@') continue;
    const fromLast = command.type === 'hello' && command.fromLast === true;
    if (!fromLast) recovery(client, pending, room, facts, wanted.get(room));
    else if (lossless) fromWhereItWas(client, known, room, facts);
    client.joined(room, facts, fromLast ? undefined : wanted.get(room), pending);
  }
  if (takenFrom !== undefined && takenFrom !== client) takenFrom.letGo();
  known.holder = client;
  known.lostAt = undefined;
  if (client.pending.length > 0) world.causes.add(`pipelined ${known.id}`);
  if (client.endsSession || client.asksForAnother) world.causes.add(`end ${known.id}`);
  inbox(client, event, wanted.get('@'));
}

/** There is no such session: it goes on with the one that it has, and where it stands. */
function stayed(client: Client, event: EventOf<'welcome'>): void {
  client.world.count('hello.stayed');
  client.check(event.session === client.session?.secret, `the secret of ${event.member.id} has changed`);
  for (const [room, { epoch, offset }] of client.rooms) {
    const facts = event.rooms[room];
    client.check(
      facts?.epoch === epoch && facts.offset >= offset,
      `stands at ${epoch}:${offset} of ${room}, and was told ${JSON.stringify(facts)}`,
    );
  }
}

/** `fromLast`: nothing is left out between what was seen last and what is shown now. */
function fromWhereItWas(
  client: Client,
  known: KnownSession,
  room: string,
  facts: EventOf<'joined'> | EventOf<'welcome'>['rooms'][string],
): void {
  const position = known.positions.get(room);
  // Whoever was put out and in again meanwhile begins where it was put in.
  const since = client.world.live.get(known.id)?.rooms.get(room)?.since ?? Number.POSITIVE_INFINITY;
  if (since > known.letGoAt) return;
  if (position === undefined || position.epoch !== facts.epoch || !facts.recovered) return;
  const first = facts.entries[0]?.offset ?? facts.offset + 1;
  client.world.count('hello.fromLast');
  client.check(
    first <= client.reached(client.world.model.epochs.get(facts.epoch), position.offset) + 1,
    `${room} goes on at ${first} after ${position.offset}`,
  );
}

function inbox(
  client: Client,
  event: EventOf<'welcome'>,
  wanted: { readonly epoch: string; readonly offset: number } | undefined,
): void {
  const { model } = client.world;
  const facts = event.rooms['@'];
  const log = model.logs.get(`@${event.member.user}`);
  client.inbox = { epoch: log?.epoch ?? '', offset: undefined, most: log?.entries.length ?? 0 };
  if (facts === undefined) return;
  const last = facts.entries.at(-1)?.offset ?? (facts.recovered ? wanted?.offset : undefined);
  client.inbox.epoch = facts.epoch;
  client.inbox.offset = facts.more && last !== undefined ? last : facts.offset;
  for (const entry of facts.entries) {
    client.check(
      model.epochs.get(facts.epoch)?.entries[entry.offset - 1]?.id === entry.id,
      `inbox: ${entry.offset} was never stored`,
    );
  }
  if (facts.recovered && wanted !== undefined) {
    const first = facts.entries[0]?.offset ?? facts.offset + 1;
    client.check(first === wanted.offset + 1, `inbox goes on at ${first} after ${wanted.offset}`);
  }
}

function sessionOf(world: World, event: EventOf<'welcome'>, user: string): KnownSession {
  let known = world.known.get(event.member.id);
  if (known === undefined) {
    known = {
      id: event.member.id,
      secret: event.session,
      user: user === 'guest' ? event.member.id : user,
      holder: undefined,
      positions: new Map(),
      inbox: undefined,
      letGoAt: 0,
      lossy: false,
      quiet: false,
      lostAt: undefined,
    };
    world.known.set(known.id, known);
  }
  if (known.secret !== event.session) world.fail(`the secret of ${known.id} has changed`);
  return known;
}

function resumed(client: Client, pending: Pending, command: CommandOf<'hello'>, known: KnownSession): void {
  const { world } = client;
  client.check(command.session === known.secret, 'another session was resumed than was asked for');
  const wasLive = world.live.has(known.id);
  client.check(wasLive || world.over.has(known.id), `${known.id} was resumed, which never was`);
  world.count(known.holder !== undefined && known.holder !== client ? 'hello.takeover' : 'hello.resumed');
  if (pending.since.at !== world.clock.now()) world.count('hello.resumed.late');
}

function notResumed(client: Client, pending: Pending, secret: string): void {
  const { world } = client;
  world.count('hello.notResumed');
  const known = [...world.known.values()].find((session) => session.secret === secret);
  if (known === undefined) return;
  client.check(
    !world.live.has(known.id),
    `${known.id} is there, and was not resumed (asked at ${pending.since.moment})`,
  );
}

/** The codes with which a command may be refused. */
function refusals(client: Client, pending: Pending): Set<string> {
  const { world } = client;
  const codes = new Set<string>();
  const { command, since, member } = pending;
  const { model, policies } = world;
  // The connection is about to be closed, and that has been said.
  if (client.lastError !== undefined) for (const code of ['TIMEOUT', 'UNAUTHENTICATED']) codes.add(code);
  // Another has the session that it was given: that it was, was never written.
  if (client.lastError === 'REPLACED' && command.type === 'hello') codes.add('BAD_COMMAND');
  // Another connection takes its place, and has been told more.
  if (world.causes.has(`resume ${client.session?.id}`)) codes.add('REPLACED');
  const { moment } = since;
  // The session may have been given up for another since.
  const id = client.session?.id ?? '';
  const user = client.session?.user ?? '';
  const add = (code: string, when = true) => void (when && codes.add(code));
  const asked = (policy: string, about: string) => {
    for (const code of policies.codes(policy, id, about, moment)) if (code !== undefined) codes.add(code);
  };
  // Who is greeted for, and refused, must log in first.
  add('UNAUTHENTICATED', client.greeted && member === undefined);
  // A first command that is none of a greeting stands for one; that may have been refused.
  if (member === undefined && command.type !== 'hello' && command.type !== 'auth')
    greetingRefusals(world, pending, add, undefined);

  switch (command.type) {
    case 'hello':
    case 'auth':
      greetingRefusals(world, pending, add, command.type === 'hello' ? command.name : undefined);
      add('BAD_COMMAND', command.type === 'hello' && (client.session !== undefined || member !== undefined));
      // Whoever has a session goes on with it when the other one is not to be had.
      add(
        'NO_SUCH_MEMBER',
        command.type === 'hello' && client.session !== undefined && !isLive(world, command.session),
      );
      add('FORBIDDEN', command.type === 'auth');
      if (command.type === 'auth')
        for (const code of ['BANNED', 'ROOM_FULL', 'TOO_MANY_ROOMS', 'TIMEOUT', 'INTERNAL']) add(code);
      break;
    case 'join': {
      const room = roomName(command.room);
      asked('join', room);
      add('BAD_ROOM', command.room.includes(' '));
      add('BANNED', model.sanctioned('ban', room, user, since));
      add('ROOM_FULL', world.limits.rooms < 10 || model.refusedSince('full', room, moment, id));
      add('TOO_MANY_ROOMS', model.wasFull(id, moment));
      // Kicked while it was about to be in.
      for (const code of ['KICKED', 'BANNED']) add(code, world.causes.has(`${code} ${room}`));
      break;
    }
    case 'leave':
      add('BAD_ROOM', command.room.includes(' '));
      add('NOT_A_MEMBER', world.wasOut(id, roomName(command.room), moment));
      break;
    case 'send': {
      const room = roomName(command.room);
      asked('send', command.text);
      add('NOT_A_MEMBER', world.wasOut(id, room, moment));
      add('MUTED', model.sanctioned('mute', room, user, since));
      add('BAD_COMMAND', command.text === '' || command.key === '');
      add('TOO_LONG', command.text.length >= world.limits.messageBytes);
      break;
    }
    case 'direct':
      asked('direct', command.text);
      add('NO_SUCH_MEMBER', maybeUnknown(world, command.to, moment));
      break;
    case 'signal':
    case 'history':
    case 'members':
      if (command.room === undefined) {
        add('NO_SUCH_MEMBER', command.type === 'history' && maybeUnknown(world, command.with ?? '', moment));
        break;
      }
      asked('read', roomName(command.room));
      add('MUTED', command.type === 'signal' && model.sanctioned('mute', roomName(command.room), user, since));
      for (const code of policies.codes('read', id, roomName(command.room), moment))
        add('NOT_A_MEMBER', code !== undefined);
      break;
    case 'nick':
      asked('nick', command.name);
      add('NAME_TAKEN', model.refusedSince('name', command.name, moment, id) || command.name === 'admin');
      add('BAD_NAME', command.name.includes(' '));
      break;
    case 'refresh':
      for (const code of policies.codes('authenticate', command.token, '', moment)) if (code !== undefined) add(code);
      add('UNAUTHENTICATED', command.token.split('#')[0] !== user);
      break;
    case 'kick':
    case 'ban':
    case 'mute':
      add('ROOM_FULL', world.limits.rooms < 10);
      for (const code of policies.asked.filter((a) => a.policy === 'moderate' && a.who === id && a.moment > moment)) {
        if (code.code !== undefined) add(code.code);
      }
      add('NO_SUCH_MEMBER', maybeUnknown(world, command.member, moment) || command.type === 'kick');
      break;
    default:
      break;
  }
  return codes;
}

function isLive({ known, live }: World, secret: string | undefined): boolean {
  return [...known.values()].some((session) => session.secret === secret && live.has(session.id));
}

function greetingRefusals(
  world: World,
  { command, since, member }: Pending,
  add: (code: string, when?: boolean) => void,
  name: string | undefined,
): void {
  const token = 'token' in command ? (command.token ?? 'guest#0') : 'guest#0';
  for (const code of world.policies.codes('authenticate', token, '', since.moment)) add(code ?? '', code !== undefined);
  add('UNAUTHENTICATED', token.startsWith('bad') || command.type === 'auth');
  const session = command.type === 'hello' ? command.session : undefined;
  const known = [...world.known.values()].find(({ secret }) => secret === session);
  const user = token.split('#')[0];
  const ofAnother = known !== undefined && (user === 'guest' ? known.user !== known.id : known.user !== user);
  add('UNAUTHENTICATED', ofAnother);
  // A session that ended while it was taken up.
  const over = known !== undefined && !world.live.has(known.id);
  for (const code of ['NO_SUCH_MEMBER', 'TIMEOUT', 'REPLACED']) add(code, over);
  // Another takes it up at the same time, and had it first: who lives asks again.
  add('TIMEOUT', known !== undefined && world.causes.has(`rivals ${known.id}`));
  if (name !== undefined) {
    add('BAD_NAME', name.includes(' '));
    add('NAME_TAKEN', world.model.refusedSince('name', name, since.moment) || name === 'admin');
    for (const { policy, about, code, moment } of world.policies.asked) {
      if (policy === 'nick' && about === name && moment > since.moment && code !== undefined) add(code);
    }
  }
  // Sessions that were ended before they were told of.
  for (const code of ['NO_SUCH_MEMBER', 'TIMEOUT']) add(code, world.causes.has(`end ${user}`));
  add('BAD_COMMAND', member !== undefined);
}

/** Whether nobody was to be found by a name or id at some time since. */
function maybeUnknown({ model, live }: World, who: string, moment: number): boolean {
  if (live.has(who) || (model.names.has(who) && (model.namedAt.get(who) ?? moment) < moment)) return false;
  // Names change hands: whoever is looked for by name may not be found in between.
  return true;
}

function roomName(room: string): string {
  return room.toLowerCase();
}
