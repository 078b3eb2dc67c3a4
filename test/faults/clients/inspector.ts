import { inspector } from '../settings.js';
import type { FaultyNode } from '../world/node.js';
import type { Came, Self } from './person.js';
import { ProtocolLink, type Received } from './protocol-link.js';

/** The most that one answer has. */
const page = 200;

/** How long a node may take to let somebody in. */
const patience = 5_000;

/** Somebody who asks one node what it thinks, and is in no room; by another connection where one is lost. */
export class Inspector {
  readonly node: FaultyNode;
  readonly #waiting = new Map<string, (event: Received) => void>();
  #link: ProtocolLink | undefined;
  #last = 0;

  constructor(node: FaultyNode) {
    this.node = node;
  }

  /** Whom the node knows to be there; where it is to be all of them, nobody as long as it can't say that. */
  async members(room: string, isWhole = false): Promise<readonly Self[]> {
    const { type, members, complete } = await this.#ask({ type: 'members', room });
    return type === 'members' && (complete || !isWhole) ? (members as readonly Self[]) : [];
  }

  /** All that the node has to tell of a room, the oldest first. */
  async history(room: string): Promise<readonly Came[]> {
    const messages: Came[] = [];
    for (;;) {
      const asked = { type: 'history', room, after: messages.at(-1)?.offset ?? 0, limit: page };
      const answer = await this.#ask(asked);
      if (answer.type !== 'history') throw new Error(`Expected the history of ${room}, got ${JSON.stringify(answer)}`);
      messages.push(...(answer.messages as readonly Came[]));
      if (!answer.more) return messages;
    }
  }

  close(): void {
    this.#link?.drop(1000);
  }

  /** Answers with an error where the node does not. */
  async #ask(command: object): Promise<Received> {
    this.#link ??= await this.#connect();
    const id = String(++this.#last);
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      if (this.#link === undefined) this.#lost(1006);
      this.#link?.tell({ ...command, id });
    });
  }

  /** Undefined when the node does not take it in. */
  #connect(): Promise<ProtocolLink | undefined> {
    return new Promise((resolve) => {
      const link = new ProtocolLink(`ws://127.0.0.1:${this.node.web}/chat`, {
        opened: () => link.tell({ type: 'hello', token: inspector }),
        received: (event) => {
          this.#receive(event);
          if (event.type !== 'welcome') return;
          clearTimeout(late);
          link.lives(event.heartbeat as number);
          resolve(link);
        },
        lost: (code) => {
          this.#lost(code);
          resolve(undefined);
        },
      });
      const late = setTimeout(() => link.drop(), patience);
    });
  }

  #lost(code: number): void {
    this.#link = undefined;
    for (const wake of this.#waiting.values()) wake({ type: 'error', code: `lost ${code}` });
    this.#waiting.clear();
  }

  #receive(event: Received): void {
    this.#waiting.get(event.re ?? '')?.(event);
    this.#waiting.delete(event.re ?? '');
  }
}
