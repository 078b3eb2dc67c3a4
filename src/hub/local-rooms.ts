import type { JsonValue } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import type { Context } from './context.js';
import { LocalRoom, topicOf } from './local-room.js';
import type { Removal, SignalPayload } from './payloads.js';

/** The rooms that this node needs now, each opened once and closed when nobody needs it any more. */
export class LocalRooms {
  readonly #rooms = new Map<string, LocalRoom>();
  #inboxes = 0;
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  get size(): number {
    return this.#rooms.size;
  }

  get(name: string): LocalRoom | undefined {
    return this.#rooms.get(name);
  }

  values(): MapIterator<LocalRoom> {
    return this.#rooms.values();
  }

  /** Opens a room, or shares it; whoever acquires it must release it. Await its `ready` before use. */
  acquire(name: string, inbox = false): LocalRoom {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      this.#checkCount(inbox);
      room = new LocalRoom(name, inbox, this.#context);
      this.#rooms.set(name, room);
      if (inbox) this.#inboxes++;
      const opened = room;
      // One that could not be opened must not stay: the next who asks tries anew.
      room.ready.catch(() => this.#drop(opened));
    }
    room.uses++;
    return room;
  }

  /** Tells every node with members of a room, whether or not there are any here. */
  publish(room: string, payload: Removal | SignalPayload): Promise<void> {
    return this.#context.engine.signals.publish(topicOf(room), payload as unknown as JsonValue);
  }

  release(room: LocalRoom): void {
    if (--room.uses === 0) this.#drop(room);
  }

  #checkCount(inbox: boolean): void {
    if (inbox || this.#rooms.size - this.#inboxes < this.#context.limits.rooms) return;
    throw new ChatError('ROOM_FULL', 'There are too many rooms.');
  }

  #drop(room: LocalRoom): void {
    if (this.#rooms.get(room.name) === room) {
      this.#rooms.delete(room.name);
      if (room.inbox) this.#inboxes--;
    }
    room.close();
  }
}
