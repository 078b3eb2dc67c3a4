import type { ClientRoom } from '../client/index.js';

/** The server is told at most so often. */
const pauseMs = 1_000;

/** Tells the server up to where a room was read, for whoever else is the same user. */
export class ReadMarker {
  #told: ClientRoom['position'] | undefined;
  #waits: ClientRoom['position'] | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** All that has come was looked at. */
  read(room: ClientRoom): void {
    const { position } = room;
    if (!isBeyond(position, this.#waits ?? this.#told)) return;
    this.#waits = position;
    if (this.#timer === undefined) this.#tell(room);
  }

  /** The page goes: what waits is told now, or never. */
  flush(room: ClientRoom): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#tell(room);
  }

  #tell(room: ClientRoom): void {
    const upTo = this.#waits;
    this.#waits = undefined;
    if (upTo === undefined || !room.joined) return;
    this.#told = upTo;
    room.markRead(upTo);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#tell(room);
    }, pauseMs);
  }
}

function isBeyond(position: ClientRoom['position'], told: ClientRoom['position'] | undefined): boolean {
  return position.epoch !== '' && (told?.epoch !== position.epoch || position.offset > told.offset);
}
