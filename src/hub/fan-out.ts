import type { Entry } from '../model/entry.js';
import type { ServerEvent } from '../model/events.js';
import type { Clock, Scheduler } from '../ports/clock.js';
import type { Protocol } from '../ports/protocol.js';
import type { Framing } from '../ports/transport.js';
import { Flusher } from './flusher.js';
import type { Outbox } from './outbox.js';
import type { Tally } from './tally.js';
import type { Lane, Place, TapeSet } from './tape.js';

/** Somebody who may be sent what happens in a room. */
export interface Recipient {
  /** Where to put it; undefined when this recipient gets nothing now. Told what it is, so that it can keep account. */
  accept(event: ServerEvent, entry: Entry | undefined): { readonly outbox: Outbox; readonly lane: Lane } | undefined;
}

/** Sends events to many: encoded once for each protocol, framed once for each lane. */
export class FanOut {
  readonly flusher: Flusher;
  readonly #lanes = new Map<Protocol, Map<Framing, Lane>>();
  readonly #tally: Tally;

  constructor(schedule: Scheduler, clock: Clock, tally: Tally) {
    this.flusher = new Flusher(schedule, clock, tally.fanOut);
    this.#tally = tally;
  }

  lane(protocol: Protocol, framing: Framing): Lane {
    let framings = this.#lanes.get(protocol);
    if (framings === undefined) this.#lanes.set(protocol, (framings = new Map()));
    let lane = framings.get(framing);
    if (lane === undefined) framings.set(framing, (lane = { protocol, framing }));
    return lane;
  }

  broadcast(tapes: TapeSet, recipients: Iterable<Recipient>, event: ServerEvent, entry?: Entry): void {
    let lane: Lane | undefined;
    let placed: Place | undefined;
    let deliveries = 0;
    for (const recipient of recipients) {
      const target = recipient.accept(event, entry);
      if (target === undefined) continue;
      if (target.lane !== lane || placed === undefined) {
        if (!tapes.isOpen) this.flusher.opened(tapes);
        lane = target.lane;
        placed = tapes.place(lane, event, entry);
      }
      if (placed.index < 0) continue;
      target.outbox.share(placed, tapes.group);
      deliveries++;
    }
    this.#tally.deliveries += deliveries;
  }
}
