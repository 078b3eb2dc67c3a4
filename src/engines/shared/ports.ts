import type { JsonValue } from '../../model/entry.js';
import type { Presence, PresenceHandler, Signals } from '../../ports/engine.js';
import { type NodeScope, settled } from './node-scope.js';
import type { PresenceStore } from './presence.js';
import type { Topics } from './topics.js';

/** Runs some work, and tells of its result or its error by a promise. */
type Run = <T>(work: () => T) => Promise<T>;

/**
 * The presence of a process as one node sees it.
 *
 * @param changed - for what changes something: resolves when that is as safe as the engine promises
 * @param settled - for all else
 */
export function presencePort(presence: PresenceStore, node: NodeScope, changed: Run, settled: Run): Presence {
  const safe = (handler: PresenceHandler): PresenceHandler => ({
    change: (change) => node.tell(() => handler.change(change)),
    reset: (list) => node.tell(() => handler.reset(list)),
  });
  return {
    openSession: (session) => changed(() => presence.openSession(session)),
    takeSession: (secret, node, generation) => changed(() => presence.takeSession(secret, node, generation)),
    endSession: (fence) => changed(() => presence.endSession(fence)),
    peekSession: (secret) => settled(() => presence.peekSession(secret)),
    claimName: (claim) => changed(() => presence.claimName(claim)),
    findName: (key) => settled(() => presence.findName(key)),
    nameOf: (user) => settled(() => presence.nameOf(user)),
    enter: (room, fence, limit) => changed(() => presence.enter(room, fence, limit)),
    leave: (room, fence) => changed(() => presence.leave(room, fence)),
    list: (room) => settled(() => presence.list(room)),
    watch: (room, handler) => settled(() => node.own(presence.watch(room, safe(handler)))),
    rooms: (page) => settled(() => presence.rooms(page)),
    find: (member) => settled(() => presence.find(member)),
    sessionsOf: (user) => settled(() => presence.sessionsOf(user)),
  };
}

/** The signals of a process as one node sees them. */
export function signalsPort(signals: Topics<JsonValue>, node: NodeScope): Signals {
  return {
    publish: (topic, payload) => settled(() => signals.publish(topic, payload)),
    subscribe: (topic, handler) =>
      settled(() => node.own(signals.subscribe(topic, (payload) => node.tell(() => handler(payload))))),
  };
}
