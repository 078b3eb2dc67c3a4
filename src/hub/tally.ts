import type { Command } from '../model/commands.js';
import type { ErrorCode } from '../model/errors.js';
import { Histogram } from './histogram.js';

type Counts<Name extends string> = { [name in Name]?: number };

/** What a hub has counted since it was made. Numbers alone: this is in the way of every message. */
export class Tally {
  /** Connections by transport. */
  readonly opened: Counts<string> = {};
  /** Of connections that are no more. */
  bytesRead = 0;
  bytesWritten = 0;
  /** What was told of bytes in all, the open connections included: see `metricsOf()`. */
  readonly toldBytes = { read: 0, written: 0 };
  /** Connections that nobody let in, by why. */
  readonly refused: Counts<ErrorCode> = {};
  /** Connections that the hub ended, by why. */
  readonly closed: Counts<ErrorCode> = {};
  readonly commands: Counts<Command['type']> = {};
  /** What clients were told that went wrong. */
  readonly errors: Counts<ErrorCode> = {};
  /** Times that somebody who was faster than its rates had to wait. */
  heldBack = 0;

  sessionsBegun = 0;
  sessionsEnded = 0;
  sessionsResumed = 0;
  /** Sessions that were to be taken up, and were no more. */
  sessionsMissed = 0;
  /** What the `authenticate` policy said. */
  readonly logIns = { user: 0, guest: 0, refused: 0 };

  /** Messages that were stored, by who said them here. */
  readonly messages = { room: 0, direct: 0, application: 0 };
  /** Messages that came again, and were found stored. */
  repeats = 0;
  /** What was queued for members: a message to a room of ten is ten. */
  deliveries = 0;
  /** What was left out for members who read too slowly. */
  readonly leftOut = { entry: 0, signal: 0, presence: 0, notice: 0 };

  /** From when something was queued for the members of a room until it was given to all of their connections. */
  readonly fanOut = new Histogram();
  /** From when a message was given to the engine until it was stored. */
  readonly append = new Histogram();
}

/** Counts one more of a name. */
export function countOne<Name extends string>(counts: Counts<Name>, name: Name): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
