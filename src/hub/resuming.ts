import type { HelloCommand } from '../model/commands.js';
import { ChatError, toChatError } from '../model/errors.js';
import type { Caller } from './commands/caller.js';
import type { AnyUser } from './context.js';
import { digest } from './digest.js';
import { enterAll, inNormalForm, type Refused, refusals } from './entering.js';
import type { MemberState } from './member-state.js';
import type { Wanted } from './membership.js';
import { type Taken, take } from './taking.js';
import { welcome } from './welcome.js';

/** Takes an earlier session up; false when there is none. */
export async function resume(
  caller: Caller,
  command: HelloCommand,
  secret: string,
  user: AnyUser | null,
): Promise<boolean> {
  const { node } = caller;
  const hash = digest(secret);
  const record = await node.context.engine.presence.peekSession(hash);
  if (record === undefined) return false;
  if (record.member === caller.current?.id) throw new ChatError('BAD_COMMAND', 'This is that session.');
  // No attempt harms anybody's session: nothing has been taken yet.
  if (record.guest !== (user === null) || (user !== null && user.id !== record.user)) {
    throw new ChatError('UNAUTHENTICATED', 'That session is of somebody else.');
  }
  node.sanctions.checkBan({ ...record, remoteAddress: caller.link.remoteAddress });
  // Who has gone meanwhile has come again elsewhere, perhaps: that connection is the later one.
  if (caller.gone.aborted) throw new ChatError('TIMEOUT', 'You are gone.');
  const taken = await take(caller, record, hash, user, secret);
  if (taken === 'over') return false;
  // As here, where nobody said that this connection is dead: to take it up again would close the live one for good. Who lives asks again.
  if (taken === 'changed') throw new ChatError('TIMEOUT', 'Another connection has taken that session up meanwhile.');
  try {
    await goOn(caller, command, taken, user);
  } finally {
    taken.release();
  }
  return true;
}

/** The session is this node's: it goes on with this connection. */
async function goOn(
  caller: Caller,
  command: HelloCommand,
  { member, rooms }: Taken,
  user: AnyUser | null,
): Promise<void> {
  if (user !== null) member.user = user;
  // Bans and the join policy hold for whoever comes back, too. Asked before the member is busy: a policy may act on it.
  const refused = await refusals(caller, member, rooms);
  // A session that this connection had is over before anybody is counted.
  const earlier = caller.current;
  await earlier?.abandon();
  try {
    await member.turns.run(() => takeUp(caller, member, refused, command));
  } catch (error) {
    // Over in the middle of it: another connection has taken it up, or it was ended.
    const refusal = member.over ? new ChatError('REPLACED', undefined, { cause: error }) : error;
    if (earlier !== undefined) caller.link.end(toChatError(refusal).code);
    throw refusal;
  }
}

/** Messages of a room that a person is shown who comes back after a restart. */
const shownAgain = 10;

async function takeUp(caller: Caller, member: MemberState, refused: Refused, command: HelloCommand): Promise<void> {
  const turn = caller.node.context.pace.wait();
  if (turn !== undefined) await turn;
  // Nobody is harmed by one who asked and went.
  if (caller.gone.aborted) throw new ChatError('TIMEOUT', 'You are gone.');
  // The earlier connection ends here; while the past is read, the session waits like any that lost its connection.
  member.replaceLink();
  const { presence } = caller.node.context.engine;
  const session = await presence.find(member.id);
  const { limits } = caller.node.context;
  const positions = inNormalForm(command.rooms, limits);
  const wantedIn = (room: string): Wanted => {
    if (!command.fromLast) return { after: positions.get(room) };
    // Since a restart nobody knows what was handed over: the last messages are shown, as when one joins.
    const after = member.residence.get(room)?.position;
    return after === undefined ? { history: shownAgain } : { after };
  };
  // What it was told to be out of, it is out of, whatever the engine has heard of that.
  const rooms = (session?.rooms ?? []).filter((room) => !member.leaves.has(room));
  const { begun, bytes } = await enterAll(member, rooms, wantedIn, limits.recoverBytes, refused, true);
  const inbox = await member.residence.openInbox();
  const after = command.fromLast ? inbox.position : command.rooms?.get('@');
  const directs = after === undefined ? undefined : await inbox.begin({ after }, bytes);
  if (caller.gone.aborted || member.over) throw new ChatError('TIMEOUT', 'You are gone.');
  caller.node.sanctions.checkBan({ ...member.who, remoteAddress: caller.link.remoteAddress });
  const told = new Map(begun);
  if (directs !== undefined && (!command.fromLast || directs.facts.entries.length > 0)) told.set('@', directs);
  welcome(caller, member, true, told);
  for (const [room, code] of refused) caller.link.tell({ type: 'left', room, code });
  for (const { start } of begun.values()) start();
  // A client that gives no position is sent the direct messages that its earlier connection was not.
  if (directs === undefined) inbox.proceed();
  else directs.start();
}
