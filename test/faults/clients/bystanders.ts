import type { Ledger } from '../checker/ledger.js';
import { pause } from '../pause.js';
import type { Concerns } from '../world/concerns.js';
import type { FaultyNode } from '../world/node.js';
import { ProtocolLink, type Received } from './protocol-link.js';

/** How often one says something, in milliseconds. */
const every = 80;

/** What is not there by then has taken so long, at least. */
const patience = 10_000;

/** Whoever measures is late itself where this process is: what comes then says nothing of the server. */
const late = 100;

/** Two who talk in a room of their own, on one node, and by no proxy: what is done elsewhere is not their concern. */
export class Bystanders {
  readonly #node: FaultyNode;
  readonly #ledger: Ledger;
  readonly #concerns: Concerns;
  readonly #sent = new Map<string, number>();
  #links: (ProtocolLink | undefined)[] = [undefined, undefined];
  /** Which of them are in the room. */
  readonly #there = new Set<ProtocolLink>();
  #count = 0;
  #closed = false;
  #ticked = performance.now();
  #lateAt = 0;

  constructor(node: FaultyNode, ledger: Ledger, concerns: Concerns) {
    this.#node = node;
    this.#ledger = ledger;
    this.#concerns = concerns;
  }

  async talk(signal: AbortSignal): Promise<void> {
    for (const number of [0, 1]) this.#connect(number);
    const ticking = setInterval(() => this.#tick(), 20);
    while (!signal.aborted) {
      await pause(every);
      this.#say();
    }
    clearInterval(ticking);
    this.#closed = true;
    for (const link of this.#links) link?.drop(1000);
  }

  get #room(): string {
    return `by-${this.#node.name}`;
  }

  #tick(): void {
    const now = performance.now();
    if (now - this.#ticked > late) this.#lateAt = now;
    this.#ticked = now;
    for (const [text, sent] of this.#sent) if (now - sent > patience) this.#hear(text);
  }

  #say(): void {
    const [first, second] = this.#links;
    if (first === undefined || second === undefined || !this.#there.has(first) || !this.#there.has(second)) return;
    const text = `by ${++this.#count}`;
    this.#sent.set(text, performance.now());
    first.tell({ type: 'send', room: this.#room, text });
  }

  #hear(text: string, least = 0): void {
    const sent = this.#sent.get(text);
    if (sent === undefined) return;
    this.#sent.delete(text);
    const { number, name } = this.#node;
    const concerned = this.#concerns.since(number, sent) || this.#lateAt >= sent;
    this.#ledger.note({ fact: 'echo', node: name, ms: Math.max(least, performance.now() - sent), concerned });
  }

  #connect(number: number): void {
    if (this.#closed) return;
    const link = new ProtocolLink(`ws://127.0.0.1:${this.#node.web}/chat`, {
      opened: () => {
        link.tell({ type: 'hello' });
        link.tell({ type: 'join', room: this.#room });
      },
      received: (event) => this.#receive(link, number, event),
      lost: () => this.#lost(number),
    });
    this.#links[number] = link;
  }

  #receive(link: ProtocolLink, number: number, event: Received): void {
    if (event.type === 'welcome') link.lives(event.heartbeat as number);
    else if (event.type === 'joined') this.#there.add(link);
    else if (event.type === 'message' && number === 1) this.#hear(event.text as string);
    else if (event.type === 'error' && !this.#there.has(link)) link.drop();
  }

  #lost(number: number): void {
    this.#links[number] = undefined;
    // What was under way comes to nobody.
    for (const text of [...this.#sent.keys()]) this.#hear(text, patience);
    setTimeout(() => this.#connect(number), 200);
  }
}
