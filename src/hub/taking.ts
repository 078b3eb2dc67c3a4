import { ChatError } from '../model/errors.js';
import type { SessionRecord } from '../ports/engine.js';
import type { Caller } from './commands/caller.js';
import type { AnyUser } from './context.js';
import type { LocalNode } from './local-node.js';
import type { MemberState } from './member-state.js';
import { persist } from './persist.js';

/** A session that was taken up, and the rooms that it is in. It does not run out until it is released. */
export interface Taken {
  readonly member: MemberState;
  readonly rooms: readonly string[];
  release(): void;
}

/** `over`: there is none any more. `changed`: another took it up meanwhile. */
type Taking = Taken | 'over' | 'changed';

/**
 * Takes a session up as it was looked at, for a connection of this node.
 *
 * @param hash - of the secret
 */
export function take(
  { node }: Caller,
  record: SessionRecord,
  hash: string,
  user: AnyUser | null,
  secret: string,
): Promise<Taking> {
  const member = node.members.get(record.member);
  // What this node has for it may be of long ago: it need not have heard that another node took it up.
  const isHere = record.node === node.context.node && member?.generation === record.generation;
  if (member !== undefined && isHere) return takeHere(node, member, hash);
  // Another connection is taking it up here, and its answer is on its way: to take it over as from another node would make two of one.
  if (member?.turns.busy && record.node === node.context.node) return member.turns.idle().then(() => 'changed');
  // It has ended here, and is about to end in the engine.
  if (member === undefined && node.isEnding(record)) return Promise.resolve('over');
  return takeOver(node, record, hash, user, secret);
}

/** Takes up a session that this node holds. */
async function takeHere(node: LocalNode, member: MemberState, hash: string): Promise<Taking> {
  const { presence } = node.context.engine;
  const release = member.hold();
  let taken: readonly string[] | 'over' | 'changed' = 'over';
  try {
    // In its turn: what the member writes to the engine meanwhile would be refused for the fence of before.
    taken = await member.turns.run(async () => {
      const found = await presence.takeSession(hash, node.context.node, member.generation);
      if (found === undefined) return 'changed';
      // Of one that has ended meanwhile, too: its end comes to the engine after this.
      member.generation = found.session.generation;
      return member.over ? 'over' : found.session.rooms;
    });
  } finally {
    if (typeof taken === 'string') release();
  }
  return typeof taken === 'string' ? taken : { member, rooms: taken, release };
}

/** Takes up a session that another node holds, or none. */
async function takeOver(
  node: LocalNode,
  record: SessionRecord,
  hash: string,
  user: AnyUser | null,
  secret: string,
): Promise<Taking> {
  const { presence } = node.context.engine;
  const taken = await presence.takeSession(hash, node.context.node, record.generation);
  if (taken === undefined) return 'changed';
  const { session, was } = taken;
  // Another connection may have taken it up here at the same time: the later generation has it, whichever comes to this line first.
  const other = node.members.get(session.member);
  if (other !== undefined && other.generation > session.generation) throw new ChatError('REPLACED');
  other?.moved();
  const member = node.adopt({ ...session, user: user ?? { id: session.user }, secret, known: true });
  const release = member.hold();
  try {
    await node.follow(member);
    // What another session of the user did before that was heard.
    await member.naming.refresh();
  } catch (error) {
    release();
    throw error;
  }
  // Its refusal is no reason to refuse the client: what the old node writes is refused by the fence.
  const tell = () => node.tell(was, { taken: session.member, generation: session.generation });
  if (was !== node.context.node) void persist(node.context, 'take-over', tell);
  return { member, rooms: session.rooms, release };
}
