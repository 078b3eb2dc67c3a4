import type { Command } from '../model/commands.js';
import type { ErrorCode } from '../model/errors.js';
import type { Connection } from '../ports/transport.js';
import type { LatencyHistogram } from './histogram.js';
import type { LocalNode } from './local-node.js';
import type { Session } from './session.js';
import type { Tally } from './tally.js';

/**
 * What a hub counts, for monitoring: `chathub/metrics` gives it to Prometheus. Counters begin at 0 when the hub is made, and only grow; the
 * others are of now. All is of this node alone.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const { messages, deliveries, append } = new ChatHub().metrics();
 * console.log(messages.room, deliveries, append.sum / append.count);
 * ```
 */
export interface HubMetrics {
  /** By transport. `open`: now; `opened`: in all. */
  readonly connections: { readonly [transport: string]: { readonly open: number; readonly opened: number } };
  /** Connections that nobody let in, in all, by why. */
  readonly refused: { readonly [code in ErrorCode]?: number };
  /** Connections that the hub ended, in all, by why. */
  readonly closed: { readonly [code in ErrorCode]?: number };
  /** What came from peers and went to them, in all, where transports count it (TCP and WebSocket do). */
  readonly bytes: { readonly read: number; readonly written: number };
  /** What waits to be taken by slow peers now: bytes, and the connections that writing waits for. */
  readonly outboxes: { readonly bytes: number; readonly blocked: number };
  /** `connected` and `waiting` (for their client to come back): now; the others in all. `missed`: were to be resumed, and were no more. */
  readonly sessions: {
    readonly connected: number;
    readonly waiting: number;
    readonly begun: number;
    readonly ended: number;
    readonly resumed: number;
    readonly missed: number;
  };
  /** What the `authenticate` policy said, in all. `refused`: of those who gave a token. */
  readonly logIns: { readonly user: number; readonly guest: number; readonly refused: number };
  /** Rooms that have members here, inboxes that are followed, and memberships in rooms, now. */
  readonly rooms: { readonly rooms: number; readonly inboxes: number; readonly memberships: number };
  /** What clients asked for, in all, by type. */
  readonly commands: { readonly [type in Command['type']]?: number };
  /** What clients were told that went wrong, in all, by code. */
  readonly errors: { readonly [code in ErrorCode]?: number };
  /** Times that a connection had to wait since it was faster than `commandsPerSecond` or `sendsPerSecond` allows, in all. */
  readonly heldBack: number;
  /** Messages that were stored, in all, by who said them on this node: members to rooms or to users, or the application. */
  readonly messages: { readonly room: number; readonly direct: number; readonly application: number };
  /** Messages that came again by their key, and were found stored, in all. */
  readonly repeats: number;
  /** What was queued for members of rooms, in all: a message to a room of ten is ten. */
  readonly deliveries: number;
  /** What was left out for members who read too slowly, in all. */
  readonly leftOut: {
    readonly entry: number;
    readonly signal: number;
    readonly presence: number;
    readonly notice: number;
  };
  /** From when something was queued for the members of a room until all of their connections were given it. */
  readonly fanOut: LatencyHistogram;
  /** From when a message was given to the engine until it was stored. */
  readonly append: LatencyHistogram;
}

/** What has been counted, and what is now. */
export function metricsOf(tally: Tally, sessions: Iterable<Session>, node: LocalNode | undefined): HubMetrics {
  const connections: { [transport: string]: { open: number; readonly opened: number } } = {};
  for (const [transport, opened] of Object.entries(tally.opened))
    connections[transport] = { open: 0, opened: opened ?? 0 };
  const bytes = { read: tally.bytesRead, written: tally.bytesWritten };
  const outboxes = { bytes: 0, blocked: 0 };
  for (const { connection, outbox } of sessions) {
    const known = connections[connection.transport];
    if (known !== undefined) known.open++;
    bytes.read += bytesRead(connection);
    bytes.written += bytesWritten(connection);
    outboxes.bytes += outbox.unsent;
    if (outbox.blocked) outboxes.blocked++;
  }
  const { sessionsBegun, sessionsEnded, sessionsResumed, sessionsMissed } = tally;
  const counted = { begun: sessionsBegun, ended: sessionsEnded, resumed: sessionsResumed, missed: sessionsMissed };
  return {
    connections,
    refused: { ...tally.refused },
    closed: { ...tally.closed },
    bytes: neverLess(tally.toldBytes, bytes),
    outboxes,
    sessions: { ...connected(node), ...counted },
    logIns: { ...tally.logIns },
    rooms: roomCounts(node),
    commands: { ...tally.commands },
    errors: { ...tally.errors },
    heldBack: tally.heldBack,
    messages: { ...tally.messages },
    repeats: tally.repeats,
    deliveries: tally.deliveries,
    leftOut: { ...tally.leftOut },
    fanOut: tally.fanOut.snapshot,
    append: tally.append.snapshot,
  };
}

/** A socket that is destroyed takes back what waited in it; a counter that goes back is taken for one that began anew. */
function neverLess(told: Tally['toldBytes'], { read, written }: HubMetrics['bytes']): HubMetrics['bytes'] {
  told.read = Math.max(told.read, read);
  told.written = Math.max(told.written, written);
  return { ...told };
}

/** The connection is no more: what it counted stays counted. */
export function keepBytes(tally: Tally, connection: Connection): void {
  tally.bytesRead += bytesRead(connection);
  tally.bytesWritten += bytesWritten(connection);
}

/** Streams that are no sockets count nothing. */
function bytesRead({ bytesRead = 0 }: Connection): number {
  return bytesRead;
}

function bytesWritten({ bytesWritten = 0 }: Connection): number {
  return bytesWritten;
}

function connected(node: LocalNode | undefined): { readonly connected: number; readonly waiting: number } {
  let connected = 0;
  for (const member of node?.members.values() ?? []) if (member.connected) connected++;
  return { connected, waiting: (node?.members.size ?? 0) - connected };
}

function roomCounts(node: LocalNode | undefined): HubMetrics['rooms'] {
  const counts = { rooms: 0, inboxes: 0, memberships: 0 };
  for (const { inbox, occupants } of node?.rooms.values() ?? []) {
    if (inbox) counts.inboxes++;
    else if (occupants.size > 0) {
      counts.rooms++;
      counts.memberships += occupants.size;
    }
  }
  return counts;
}
