import type { JoinedFacts, WelcomeEvent } from '../model/events.js';
import type { Clock } from '../ports/clock.js';
import type { Caller } from './commands/caller.js';
import type { AnyUser } from './context.js';
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
  const { limits, clock } = node.context;
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
    ...expiry(member.user, clock),
    rooms,
  };
}

/** In how many milliseconds a log-in runs out: clocks of clients are set as they like. */
export function expiry({ expiresAt }: AnyUser, clock: Clock): { readonly expiresIn?: number } {
  if (expiresAt === undefined || expiresAt === Number.POSITIVE_INFINITY) return {};
  return { expiresIn: Math.max(0, expiresAt - clock.now()) };
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
