import type { AuthCommand, HelloCommand } from '../model/commands.js';
import { ChatError, toChatError } from '../model/errors.js';
import { randomId } from '../model/ids.js';
import type { Caller } from './commands/caller.js';
import { mayJoin } from './commands/join.js';
import type { AnyUser, Context } from './context.js';
import { digest } from './digest.js';
import { enterAll, inNormalForm, refusals } from './entering.js';
import { takeFirstName } from './first-name.js';
import { lastingRooms } from './lasting.js';
import type { MemberState } from './member-state.js';
import { resume } from './resuming.js';
import { standing, welcome, welcomeOf } from './welcome.js';

/** Begins a session for a connection, or takes one up. */
export async function greet(caller: Caller, command: HelloCommand): Promise<void> {
  if (caller.current !== undefined && command.session === undefined) {
    throw new ChatError('BAD_COMMAND', 'This connection has a session already.');
  }
  const turn = caller.node.context.pace.wait();
  if (turn !== undefined) await turn;
  let user: AnyUser | null;
  try {
    // Of who has logged in here already, the policy is not asked again: it may refuse guests, and there is no token.
    user = loggedIn(caller, command) ?? (await authenticate(caller, command));
    caller.node.sanctions.checkBan({ member: '', user: user?.id ?? '', remoteAddress: caller.link.remoteAddress });
  } catch (error) {
    if (command.automatic) caller.awaitLogIn();
    throw error;
  }
  const { tally } = caller.node.context;
  if (command.session !== undefined) {
    if (await resume(caller, command, command.session, user)) {
      tally.sessionsResumed++;
      return;
    }
    tally.sessionsMissed++;
  }
  // Who mistypes the token of an earlier session goes on with the one that this connection has, and is told so.
  if (caller.current !== undefined) caller.reply(welcomeOf(caller, caller.current, false, standing(caller.current)));
  else await begin(caller, command, user);
}

/** Who has logged in on this connection already need not give a token again. */
function loggedIn({ current }: Caller, { token }: HelloCommand): AnyUser | null {
  return token === undefined && current !== undefined && !current.guest ? current.user : null;
}

/** Logs in on a connection that may have a session: the rooms of the old one are joined again. */
export async function logIn(caller: Caller, command: AuthCommand): Promise<void> {
  const user = await authenticate(caller, command);
  if (user === null) throw new ChatError('UNAUTHENTICATED', "That token is nobody's.");
  const { current, node: own, link } = caller;
  own.sanctions.checkBan({ member: '', user: user.id, remoteAddress: link.remoteAddress });
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
  const { policies, runner, tally } = node.context;
  if (policies.authenticate === undefined) return null;
  const { transport, remoteAddress, secure, handshake, certificate } = link;
  const given = token ?? handshake?.token;
  const facts = { token: given, name, transport, remoteAddress, secure, handshake, certificate };
  try {
    const user = await runner.ask('authenticate policy', policies.authenticate, facts, gone);
    if (user !== null) checkUser(user, node.context);
    tally.logIns[user === null ? 'guest' : 'user']++;
    return user;
  } catch (error) {
    // At a terminal everybody begins without a token: to be no guest is no attempt that failed.
    if (given !== undefined) tally.logIns.refused++;
    throw error;
  }
}

/** @throws ChatError `INTERNAL` for what is no user, `UNAUTHENTICATED` for one whose log-in has run out */
function checkUser(user: AnyUser, { report, clock }: Context): void {
  const fault =
    typeof user !== 'object' || typeof user.id !== 'string' || user.id === ''
      ? 'to return { id: string, … } or null'
      : user.expiresAt !== undefined && (typeof user.expiresAt !== 'number' || Number.isNaN(user.expiresAt))
        ? 'to give "expiresAt" in milliseconds since 1970'
        : undefined;
  if (fault !== undefined) {
    report(new TypeError(`Expected "authenticate" ${fault}`), 'authenticate policy');
    throw new ChatError('INTERNAL');
  }
  if (user.expiresAt !== undefined && user.expiresAt <= clock.now())
    throw new ChatError('UNAUTHENTICATED', 'That log-in has run out.');
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
  const turn = node.context.pace.wait();
  if (turn !== undefined) await turn;
  const member = node.adopt(identity);
  try {
    await node.follow(member);
    await takeFirstName(caller, member, command.name);
    const { inbox, begun } = await member.turns.run(() => enterLasting(caller, member, command));
    if (caller.gone.aborted) throw new ChatError('TIMEOUT', 'You are gone.');
    // It has an address from the next step on.
    node.sanctions.checkBan({ ...member.who, remoteAddress: caller.link.remoteAddress });
    member.mustLive();
    const told = new Map(begun);
    if (command.rooms?.has('@') || (inbox.facts.unread ?? 0) > 0) told.set('@', inbox);
    welcome(caller, member, false, told);
    for (const { start } of [...begun.values(), inbox]) start();
  } catch (error) {
    member.discard();
    // Who is banned meanwhile is over, and was told of that as of somebody who is gone.
    node.sanctions.checkBan(member.who);
    throw error;
  }
  member.announce();
  for (const room of member.rooms) {
    const membership = member.residence.get(room);
    if (membership?.known === false) member.announceJoin(membership);
  }
}

/** Enters the rooms that the user is in for good, and opens the inbox. In a turn. */
async function enterLasting(caller: Caller, member: MemberState, { rooms }: HelloCommand) {
  const { context } = caller.node;
  const lasting = member.guest ? [] : await lastingRooms(context, member);
  const wanted = lasting.filter((room) => context.lasts(member.handle, room));
  const stays = wanted.slice(0, context.limits.roomsPerMember);
  const refused = await refusals(caller, member, stays);
  const positions = inNormalForm(rooms, context.limits);
  const wantedIn = (room: string) => ({ after: positions.get(room) });
  const { begun, bytes } = await enterAll(member, stays, wantedIn, context.limits.recoverBytes, refused, false);
  const entered = new Map(begun);
  // Somebody may have been taken out of a room while its policy was asked.
  const still = new Set(begun.size === 0 ? [] : await lastingRooms(context, member));
  for (const room of begun.keys()) {
    const membership = member.residence.get(room);
    if (membership === undefined || still.has(room)) continue;
    await member.expel(membership, 'KICKED');
    entered.delete(room);
  }
  const inbox = await (await member.residence.openInbox()).begin({ after: rooms?.get('@') }, bytes);
  return { inbox, begun: entered };
}
