import type { Position } from '../model/entry.js';
import type { ConnectionFacts } from './link.js';
import type { LocalNode } from './local-node.js';
import type { MemberState } from './member-state.js';

/**
 * A session of this node, as it is now, for those who look after a server.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * const slow = [...hub.sessions()].filter(({ connection }) => connection?.blocked);
 * console.log(slow.map(({ name, remoteAddress }) => `${name} at ${remoteAddress}`));
 * ```
 */
export interface SessionFacts {
  /** Its id. */
  readonly member: string;
  /** Whose it is: a guest's is its own. */
  readonly user: string;
  /** What it is called. */
  readonly name: string;
  /** Whether it is nobody's that is logged in. */
  readonly guest: boolean;
  /** Those that it is in. */
  readonly rooms: readonly string[];
  /** Of its connection, or of the last one, such as `tcp`. */
  readonly transport: string;
  /** Of its connection, or of the last one; undefined where there is none (Unix sockets). */
  readonly remoteAddress: string | undefined;
  /** Whether the way to the peer is encrypted. */
  readonly secure: boolean;
  /** Undefined while it waits for its client to come back. */
  readonly connection: ConnectionFacts | undefined;
}

/**
 * A room that has members on this node.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * for (const { name, members } of new ChatHub().localRooms()) console.log(name, members);
 * ```
 */
export interface RoomFacts {
  /** What it is called. */
  readonly name: string;
  /** How many of its members this node holds. */
  readonly members: number;
  /** How many it has on all nodes. */
  readonly count: number;
  /** Up to where its log has come: how fast it grows says how much is said. */
  readonly position: Position;
}

/** The sessions of a node, one by one. */
export function* sessionsOf(node: LocalNode | undefined): Generator<SessionFacts> {
  for (const member of node?.members.values() ?? []) yield factsOf(member);
}

/** The rooms of a node, one by one. */
export function* roomsOf(node: LocalNode | undefined): Generator<RoomFacts> {
  for (const room of node?.rooms.values() ?? []) {
    const members = room.occupants.size;
    if (room.inbox || members === 0) continue;
    yield { name: room.name, members, count: room.people.count, position: room.position };
  }
}

function factsOf(member: MemberState): SessionFacts {
  const { id, user, name, guest, rooms, transport, remoteAddress, secure, link } = member;
  return { member: id, user: user.id, name, guest, rooms, transport, remoteAddress, secure, connection: link?.facts };
}
