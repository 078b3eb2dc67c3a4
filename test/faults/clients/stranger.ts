import type { Dice } from '../../hub/model/dice.js';
import type { Ledger } from '../checker/ledger.js';
import { pause } from '../pause.js';
import { privateRooms } from '../settings.js';
import type { FaultyNode } from '../world/node.js';
import { ProtocolLink, type Received } from './protocol-link.js';

/** How often it tries something, in milliseconds. */
const every = 400;

/** Answers that show nothing. */
const harmless = ['welcome', 'error', 'pong', 'bye'];

/** Somebody who is in no room, and tries to see what goes on in private ones, and between two others. */
export class Stranger {
  readonly #who: string;
  readonly #node: FaultyNode;
  readonly #ledger: Ledger;
  readonly #dice: Dice;
  #link: ProtocolLink | undefined;
  #closed = false;
  #tried = 0;

  constructor(node: FaultyNode, ledger: Ledger, dice: Dice) {
    this.#who = `stranger at ${node.name}`;
    this.#node = node;
    this.#ledger = ledger;
    this.#dice = dice;
  }

  async pry(signal: AbortSignal): Promise<void> {
    this.#connect();
    while (!signal.aborted) {
      await pause(every);
      this.#try();
    }
    this.#closed = true;
    this.#link?.drop(1000);
  }

  #try(): void {
    const room = this.#dice.pick(Object.keys(privateRooms))!;
    const attempt = this.#dice.pick([
      { type: 'join', room },
      { type: 'history', room, limit: 5 },
      { type: 'members', room },
      { type: 'send', room, text: `stranger ${++this.#tried}` },
      { type: 'signal', room, name: 'typing' },
      { type: 'read', room, offset: 1 },
      { type: 'search', room, text: 'p1' },
      { type: 'history', room: '@user-p1', limit: 5 },
      { type: 'join', room: '@user-p1' },
      // The token of nobody's session.
      { type: 'hello', session: 'x'.repeat(32) },
    ]);
    this.#link?.tell({ ...attempt, id: `${attempt.type} ${room}` });
  }

  #connect(): void {
    if (this.#closed) return;
    const link = new ProtocolLink(`ws://127.0.0.1:${this.#node.web}/chat`, {
      opened: () => {
        link.tell({ type: 'hello' });
        this.#link = link;
      },
      received: (event) => this.#receive(link, event),
      lost: () => {
        this.#link = undefined;
        setTimeout(() => this.#connect(), 500);
      },
    });
  }

  #receive(link: ProtocolLink, event: Received): void {
    const { type, re = '' } = event;
    if (type === 'welcome') link.lives(event.heartbeat as number);
    if (harmless.includes(type) && event.resumed !== true) return;
    // Of its own direct messages, of which there are none.
    if (event.room === '@' && type !== 'direct') return;
    const what = JSON.stringify(event).slice(0, 300);
    this.#ledger.note({ fact: 'shown', who: this.#who, room: event.room ?? re, what });
  }
}
