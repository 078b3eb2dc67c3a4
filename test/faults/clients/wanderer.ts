import type { Dice } from '../../hub/model/dice.js';
import type { Ledger } from '../checker/ledger.js';
import { pause } from '../pause.js';
import { talkRooms } from '../settings.js';
import type { FaultyNode } from '../world/node.js';
import type { Came } from './person.js';
import { ProtocolLink, type Received } from './protocol-link.js';
import { type Joined, ProtocolRoom } from './protocol-room.js';

/** For how long it stays in a room, in milliseconds, and for how long it is in none. */
const stay = [300, 2_500] as const;
const rest = [100, 800] as const;

/** Somebody who goes from room to room, and is to be told of what is said while it is there: nothing from before, nothing from after. */
export class Wanderer {
  readonly #who: string;
  readonly #nodes: readonly FaultyNode[];
  readonly #ledger: Ledger;
  readonly #dice: Dice;
  /** The latest connection, and the same once it was greeted. */
  #opening: ProtocolLink | undefined;
  #link: ProtocolLink | undefined;
  /** Where it is now. */
  #room: ProtocolRoom | undefined;
  #wake: (() => void) | undefined;

  constructor(who: string, nodes: readonly FaultyNode[], ledger: Ledger, dice: Dice) {
    this.#who = who;
    this.#nodes = nodes;
    this.#ledger = ledger;
    this.#dice = dice;
  }

  async wander(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#link === undefined) await this.#connect();
      const room = this.#dice.pick(talkRooms)!;
      await this.#ask({ type: 'join', room });
      await pause(this.#dice.between(...stay));
      await this.#ask({ type: 'leave', room });
      await pause(this.#dice.between(...rest));
    }
    this.#link?.drop(1000);
  }

  async #ask(command: object): Promise<void> {
    if (this.#link === undefined) return;
    const answered = this.#answer();
    this.#link.tell(command);
    await answered;
  }

  #connect(): Promise<void> {
    const { web } = this.#dice.pick(this.#nodes)!;
    const link = new ProtocolLink(`ws://127.0.0.1:${web}/chat`, {
      opened: () => link.tell({ type: 'hello' }),
      received: (event) => this.#receive(link, event),
      lost: () => this.#lost(link),
    });
    this.#opening = link;
    return this.#answer();
  }

  /** Until something is answered, or the connection is lost. */
  #answer(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => setTimeout(resolve, this.#link === undefined ? 300 : 0);
    });
  }

  #lost(link: ProtocolLink): void {
    if (this.#opening !== link) return;
    this.#link = undefined;
    this.#leave();
    this.#wake?.();
  }

  #leave(): void {
    if (this.#room !== undefined) this.#ledger.note({ fact: 'out', who: this.#who, room: this.#room.log });
    this.#room = undefined;
  }

  #receive(link: ProtocolLink, event: Received): void {
    const { type, room: name = '' } = event;
    if (type === 'welcome') {
      link.lives(event.heartbeat as number);
      this.#link = link;
    } else if (type === 'joined') this.#enter(name, event as unknown as Joined);
    else if (type === 'left') this.#leave();
    else if (type === 'message') this.#take(name, event as unknown as Came);
    // And of its inbox, in which there is nothing.
    else if (type === 'gap' && name !== '@') this.#room?.skip(event as unknown as Parameters<ProtocolRoom['skip']>[0]);
    else if (type === 'reset' && name !== '@')
      this.#room?.restart(event as unknown as Parameters<ProtocolRoom['restart']>[0]);
    if (['welcome', 'joined', 'left'].includes(type)) this.#wake?.();
    // Where it can't come in, or may be in a room that it did not hear of, it begins anew.
    if (type === 'error') link.drop();
  }

  #enter(name: string, facts: Joined): void {
    const note = this.#ledger.note.bind(this.#ledger);
    note({ fact: 'in', who: this.#who, room: name });
    this.#room = new ProtocolRoom(this.#who, name, note);
    this.#room.begin(facts);
  }

  #take(name: string, entry: Came): void {
    const { id, offset, text, at } = entry;
    // Of a room that it is not in: written down as it came, for the checker to see.
    const epoch = this.#room?.position?.epoch ?? '?';
    if (this.#room?.log === name) this.#room.take(entry);
    else this.#ledger.note({ fact: 'told', who: this.#who, room: name, epoch, offset, id, text, at });
  }
}
