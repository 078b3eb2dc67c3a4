import type { Presence, PresenceWatch } from '../../index.js';
import { Handles } from './handles.js';
import { type NodeParts, opened } from './node-parts.js';
import { FaultyWatch } from './watch.js';

type WatchCall = Parameters<Presence['watch']>;

/** What changes something takes effect in the order of the calls. */
const lane = 'presence';

/** Presence, behind the faults. */
export function faultyPresence(presence: Presence, node: NodeParts): Presence {
  const { calls } = node;
  const watches = new Handles<FaultyWatch>();
  const told = (room?: string) => ({ lane, told: () => watches.reach(room) });
  return {
    ...presence,
    openSession: (session) => calls.make('presence.openSession', () => presence.openSession(session), { lane }),
    takeSession: (...call) => calls.make('presence.takeSession', () => presence.takeSession(...call), { lane }),
    endSession: (fence) => calls.make('presence.endSession', () => presence.endSession(fence), told()),
    peekSession: (secret) => calls.make('presence.peekSession', () => presence.peekSession(secret)),
    claimName: (claim) => calls.make('presence.claimName', () => presence.claimName(claim), told()),
    findName: (key) => calls.make('presence.findName', () => presence.findName(key)),
    nameOf: (user) => calls.make('presence.nameOf', () => presence.nameOf(user)),
    enter: (room, ...call) => calls.make('presence.enter', () => presence.enter(room, ...call), told(room)),
    leave: (room, fence) => calls.make('presence.leave', () => presence.leave(room, fence), told(room)),
    list: (room) => calls.make('presence.list', () => presence.list(room)),
    watch: (...call) => watch(presence, node, watches, call),
    rooms: (page) => calls.make('presence.rooms', () => presence.rooms(page)),
    find: (member) => calls.make('presence.find', () => presence.find(member)),
    sessionsOf: (user) => calls.make('presence.sessionsOf', () => presence.sessionsOf(user)),
  };
}

function watch(
  presence: Presence,
  node: NodeParts,
  watches: Handles<FaultyWatch>,
  [room, handler]: WatchCall,
): Promise<PresenceWatch> {
  const made: FaultyWatch = new FaultyWatch(
    handler,
    node.faults,
    (behind) => presence.watch(room, behind),
    () => {
      watches.delete(room, made);
      node.open.delete(made);
    },
  );
  const open = async () => {
    watches.add(room, made);
    return { list: await made.open(), close: () => made.close() };
  };
  return opened(made, node, node.calls.make('presence.watch', open));
}
