import type { JoinedFacts, WelcomeEvent } from '../model/events.js';
import type { Caller } from './commands/caller.js';
import type { MemberState } from './member-state.js';
import type { Begun } from './membership.js';

/** Tells a connection that it belongs to a session from here on, with the rooms that begin for it. */
export function welcome(
  caller: Caller,
  member: MemberState,
  resumed: boolean,
  begun: ReadonlyMap<string, Begun>,
): void {
  caller.become(member);
  caller.reply(welcomeOf(caller, member, resumed, begun));
}

/** What a connection is told of its session. */
export function welcomeOf(
  { node }: Caller,
  member: MemberState,
  resumed: boolean,
  begun: ReadonlyMap<string, Pick<Begun, 'facts'>>,
): WelcomeEvent {
  const { limits } = node.context;
  const { messageBytes, dataBytes, frameBytes, heartbeat } = limits;
  const rooms = Object.create(null) as { [room: string]: WelcomeEvent['rooms'][string] };
  for (const [room, { facts }] of begun) rooms[room] = { room, ...facts };
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
export function standing({ residence }: MemberState): Map<string, Pick<Begun, 'facts'>> {
  const rooms = residence.rooms.map((room) => [room, residence.get(room)] as const);
  return new Map(rooms.flatMap(([room, membership]) => (membership === undefined ? [] : [[room, membership]])));
}

/** How much of a reply a room takes. */
export function sizeOf(facts: JoinedFacts | undefined): number {
  return facts === undefined || facts.entries.length === 0 ? 0 : JSON.stringify(facts.entries).length;
}
