import type { AuthCommand, HelloCommand } from '../model/commands.js';
import { ChatError, type ErrorCode, toChatError } from '../model/errors.js';
import type { JoinedFacts, WelcomeEvent } from '../model/events.js';
import { randomId } from '../model/ids.js';
import { isReservedName, parseNickname } from '../model/names.js';
import type { Caller } from './commands/caller.js';
import { mayJoin } from './commands/join.js';
import { mayTakeName } from './commands/nick.js';
import type { AnyUser } from './context.js';
import { digest } from './digest.js';
import type { MemberState } from './member-state.js';
import type { Begun, Wanted } from './membership.js';
import { nicknameOf } from './names.js';

/** How often a free name is looked for before giving up. */
const nameAttempts = 16;

/** Begins a session for a connection, or takes one up. */
export async function greet(caller: Caller, command: HelloCommand): Promise<void> {
  if (caller.current !== undefined && command.session === undefined) {
    throw new ChatError('BAD_COMMAND', 'This connection has a session already.');
  }
  let user: AnyUser | null;
  try {
    user = await authenticate(caller, command);
  } catch (error) {
    if (command.automatic) caller.awaitLogIn();
    throw error;
  }
  if (command.session !== undefined && (await resume(caller, command, command.session, user))) return;
  // A person who mistypes a token keeps the session of this connection; a program that has none yet gets a fresh one.
  if (caller.current !== undefined)
    throw new ChatError('NO_SUCH_MEMBER', 'There is no such session; you go on as you are.');
  await begin(caller, command, user);
}

/** Logs in on a connection that may have a session: the rooms of the old one are joined again. */
export async function logIn(caller: Caller, command: AuthCommand): Promise<void> {
  const user = await authenticate(caller, command);
  if (user === null) throw new ChatError('UNAUTHENTICATED', "That token is nobody's.");
  const { current } = caller;
  if (current !== undefined && current.user.id === user.id && !current.guest) {
    current.user = user;
    caller.reply({ type: 'ok' });
    return;
  }
  const rooms = current?.rooms ?? [];
  // The guest's name is free before the user's is looked for: often it is the same person's.
  await current?.abandon();
  try {
    await begin(caller, { type: 'hello' }, user);
  } catch (error) {
    caller.link.end(toChatError(error).code);
    throw error;
  }
  const { node, member } = caller;
  // What the application joins it to on `connect` comes first, and need not be joined again.
  await member.turns.idle();
  for (const room of rooms) {
    if (member.residence.get(room) !== undefined) continue;
    try {
      await mayJoin({ node, member }, room);
      await member.joinRoom(room, {}, (event) => caller.link.tell(event), caller.link);
    } catch (error) {
      // The command has had its reply. What the user may not enter, the guest was in: the client must hear that it is out.
      if (!(error instanceof ChatError)) node.context.report(error, 'auth');
      caller.link.tell({ type: 'left', room, code: toChatError(error).code });
    }
  }
}

/**
 * Asks the application who this is; `null`: a guest.
 *
 * @throws ChatError what the policy throws
 */
export async function authenticate(
  { node, link, gone }: Pick<Caller, 'node' | 'link' | 'gone'>,
  { token, name }: { readonly token?: string; readonly name?: string },
): Promise<AnyUser | null> {
  const { policies, runner } = node.context;
  if (policies.authenticate === undefined) return null;
  const { transport, remoteAddress, secure } = link;
  const facts = { token, name, transport, remoteAddress, secure };
  const user = await runner.ask('authenticate policy', policies.authenticate, facts, gone);
  if (user === null) return null;
  if (typeof user !== 'object' || typeof user.id !== 'string' || user.id === '') {
    node.context.report(
      new TypeError('Expected "authenticate" to return { id: string, … } or null'),
      'authenticate policy',
    );
    throw new ChatError('INTERNAL');
  }
  return user;
}

async function begin(caller: Caller, command: HelloCommand, user: AnyUser | null): Promise<void> {
  const { node } = caller;
  const { presence } = node.context.engine;
  const id = randomId(12);
  const secret = randomId(24);
  const identity = { member: id, generation: 1, user: user ?? { id }, guest: user === null, name: '', secret };
  await presence.openSession({
    member: id,
    generation: 1,
    secret: digest(secret),
    node: node.context.node,
    user: identity.user.id,
    guest: identity.guest,
    name: '',
    rooms: [],
  });
  const member = node.adopt(identity);
  try {
    await node.follow(member);
    await takeFirstName(caller, member, command.name);
    const inbox = await member.turns.run(() => member.residence.openInbox());
    const begun = await inbox.begin({ after: command.rooms?.get('@') }, node.context.limits.recoverBytes);
    if (caller.gone.aborted) throw new ChatError('TIMEOUT', 'You are gone.');
    member.mustLive();
    welcome(caller, member, false, command.rooms?.has('@') ? new Map([['@', begun]]) : new Map());
    begun.start();
  } catch (error) {
    member.discard();
    throw error;
  }
  member.announce();
}

/** Takes an earlier session up; false when there is none. */
async function resume(caller: Caller, command: HelloCommand, secret: string, user: AnyUser | null): Promise<boolean> {
  const { node } = caller;
  const hash = digest(secret);
  const record = await node.context.engine.presence.peekSession(hash);
  if (record === undefined) return false;
  if (record.member === caller.current?.id) throw new ChatError('BAD_COMMAND', 'This is that session.');
  // No attempt harms anybody's session: nothing has been taken yet.
  if (record.guest !== (user === null) || (user !== null && user.id !== record.user)) {
    throw new ChatError('UNAUTHENTICATED', 'That session is of somebody else.');
  }
  const isHere = record.node === node.context.node;
  const taken = isHere ? await takeHere(caller, hash, record.member) : await takeOver(caller, hash, user, secret);
  if (taken === undefined) return false;
  const { member, rooms } = taken;
  if (user !== null) member.user = user;
  // Bans and the join policy hold for whoever comes back, too. Asked before the member is busy: a policy may act on it.
  const refused = await refusals(caller, member, rooms);
  // A session that this connection had is over before anybody is counted.
  const earlier = caller.current;
  await earlier?.abandon();
  try {
    await member.turns.run(() => takeUp(caller, member, refused, command));
  } catch (error) {
    if (earlier !== undefined) caller.link.end(toChatError(error).code);
    throw error;
  }
  return true;
}

async function refusals(
  { node }: Caller,
  member: MemberState,
  rooms: readonly string[],
): Promise<Map<string, ErrorCode>> {
  const refused = new Map<string, ErrorCode>();
  for (const room of rooms) {
    try {
      await mayJoin({ node, member }, room);
      member.residence.get(room)?.room.sanctions?.checkBan(member.user.id);
    } catch (error) {
      refused.set(room, toChatError(error).code);
    }
  }
  return refused;
}

/** A session that was taken up, and the rooms that it is in. */
interface Taken {
  readonly member: MemberState;
  readonly rooms: readonly string[];
}

/** Takes up a session that this node holds; undefined when it is over. */
async function takeHere({ node }: Caller, hash: string, id: string): Promise<Taken | undefined> {
  // Without a member it has ended here, and is about to end in the engine.
  const member = node.members.get(id);
  // In its turn: what the member writes to the engine meanwhile would be refused for the fence of before.
  return member?.turns.run(async () => {
    const taken = await node.context.engine.presence.takeSession(hash, node.context.node);
    if (taken === undefined) return undefined;
    // Of one that has ended meanwhile, too: its end comes to the engine after this.
    member.generation = taken.session.generation;
    return member.over ? undefined : { member, rooms: taken.session.rooms };
  });
}

/** Takes up a session that another node holds; undefined when it is over. */
async function takeOver(
  { node }: Caller,
  hash: string,
  user: AnyUser | null,
  secret: string,
): Promise<Taken | undefined> {
  const { presence } = node.context.engine;
  const taken = await presence.takeSession(hash, node.context.node);
  if (taken === undefined) return undefined;
  const { session, was } = taken;
  const name = (await presence.nameOf(session.user)) ?? session.name;
  const member = node.adopt({ ...session, user: user ?? { id: session.user }, name, secret, known: true });
  member.startWindow();
  await node.follow(member);
  await node.tell(was, { taken: session.member, generation: session.generation });
  return { member, rooms: session.rooms };
}

async function takeUp(
  caller: Caller,
  member: MemberState,
  refused: Map<string, ErrorCode>,
  command: HelloCommand,
): Promise<void> {
  // Nobody is harmed by one who asked and went.
  if (caller.gone.aborted) throw new ChatError('TIMEOUT', 'You are gone.');
  // The earlier connection ends here; while the past is read, the session waits like any that lost its connection.
  member.replaceLink();
  const { presence } = caller.node.context.engine;
  const session = await presence.find(member.id);
  const begun = new Map<string, Begun>();
  let bytes = caller.node.context.limits.recoverBytes;
  for (const room of session?.rooms ?? []) {
    const after = command.fromLast ? member.residence.get(room)?.position : command.rooms?.get(room);
    const facts = refused.has(room) ? undefined : await rejoin(member, room, { after }, bytes, refused);
    if (facts !== undefined) begun.set(room, facts);
    else await leaveRefused(caller, member, room, refused.get(room) ?? 'FORBIDDEN');
    bytes = Math.max(1, bytes - sizeOf(facts?.facts));
  }
  const inbox = await member.residence.openInbox();
  const after = command.fromLast ? inbox.position : command.rooms?.get('@');
  const directs = await inbox.begin({ after }, bytes);
  if (caller.gone.aborted || member.over) throw new ChatError('TIMEOUT', 'You are gone.');
  const told = new Map(begun);
  if (after !== undefined && (!command.fromLast || directs.facts.entries.length > 0)) told.set('@', directs);
  welcome(caller, member, true, told);
  for (const [room, code] of refused) caller.link.tell({ type: 'left', room, code });
  for (const { start } of [...begun.values(), directs]) start();
}

/** Shows the past of a room that the session is in; undefined when it may be there no more. */
async function rejoin(
  member: MemberState,
  room: string,
  wanted: Wanted,
  bytes: number,
  refused: Map<string, ErrorCode>,
): Promise<Begun | undefined> {
  try {
    const membership = await member.residence.enter(room);
    // It was in the room before, on another node perhaps.
    membership.known = true;
    return await membership.begin(wanted, bytes);
  } catch (error) {
    if (!(error instanceof ChatError) || error.retryable || member.over) throw error;
    refused.set(room, error.code);
    return undefined;
  }
}

async function leaveRefused({ node }: Caller, member: MemberState, room: string, code: ErrorCode): Promise<void> {
  const membership = member.residence.get(room);
  if (membership !== undefined) await member.expel(membership, code);
  else await node.context.engine.presence.leave(room, member.fence);
}

function welcome(caller: Caller, member: MemberState, resumed: boolean, begun: ReadonlyMap<string, Begun>): void {
  caller.become(member);
  caller.reply(welcomeOf(caller, member, resumed, begun));
}

function welcomeOf(
  { node }: Caller,
  member: MemberState,
  resumed: boolean,
  begun: ReadonlyMap<string, Pick<Begun, 'facts'>>,
): WelcomeEvent {
  const { limits } = node.context;
  const { messageBytes, dataBytes, frameBytes, heartbeat } = limits;
  const rooms: { [room: string]: JoinedFacts } = Object.create(null) as { [room: string]: JoinedFacts };
  for (const [room, { facts }] of begun) rooms[room] = facts;
  return {
    type: 'welcome',
    session: member.secret,
    member: member.author,
    resumed,
    heartbeat,
    limits: { messageBytes, dataBytes, frameBytes },
    rooms,
  };
}

/** The rooms that a session is in, as they stand. */
function standing({ residence }: MemberState): Map<string, Pick<Begun, 'facts'>> {
  const rooms = residence.rooms.map((room) => [room, residence.get(room)] as const);
  return new Map(rooms.flatMap(([room, membership]) => (membership === undefined ? [] : [[room, membership]])));
}

function sizeOf(facts: JoinedFacts | undefined): number {
  return facts === undefined || facts.entries.length === 0 ? 0 : JSON.stringify(facts.entries).length;
}

/** The name that is asked for; else the one that the user has, or brings; else one of our making. */
async function takeFirstName(caller: Caller, member: MemberState, wished: string | undefined): Promise<void> {
  const { engine, limits } = caller.node.context;
  if (wished !== undefined) {
    const { name, key } = nicknameOf(wished, limits);
    await mayTakeName({ node: caller.node, member }, name);
    if (!(await claim(key, name))) throw new ChatError('NAME_TAKEN', `"${name}" is taken.`);
    await member.tellName();
    return;
  }
  const known = await engine.presence.nameOf(member.user.id);
  if (known !== undefined) {
    member.name = known;
    return;
  }
  const brought = 'name' in member.user ? parseNickname(member.user.name, limits) : undefined;
  if (brought !== undefined && !isReservedName(brought.key) && (await claim(brought.key, brought.name))) return;
  const stem = brought?.name ?? (member.guest ? 'guest' : 'user');
  for (let attempt = 0; attempt < nameAttempts; attempt++) {
    const made = parseNickname(`${stem}-${hex(attempt < nameAttempts / 2 ? 4 : 8)}`, {
      nameLength: limits.nameLength + 9,
    });
    if (made !== undefined && (await claim(made.key, made.name))) return;
  }
  throw new ChatError('INTERNAL', 'No free name was found.');

  async function claim(key: string, name: string): Promise<boolean> {
    const claimed = await engine.presence.claimName({ key, name, fence: member.fence });
    // Somebody may have ended the session by now: its fence holds no more, and the name need not be taken.
    member.mustLive();
    if (claimed) member.name = name;
    return claimed;
  }
}

function hex(digits: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(digits)), (byte) => (byte & 15).toString(16)).join('');
}
