import { WebSocket } from 'ws';

/** An object as it came: nothing is known of the server but what docs/protocol.md says. */
export interface Received {
  readonly type: string;
  readonly re?: string;
  readonly room?: string;
  readonly [member: string]: unknown;
}

/** Told of one connection. After `lost` nothing more of it comes. */
export interface LinkEvents {
  opened(link: ProtocolLink): void;
  received(event: Received): void;
  lost(code: number): void;
}

/** How long the server may take where it is to answer. */
const patience = 10_000;

/** One connection of the JSON protocol: whoever is silent for too long is asked, and given up. */
export class ProtocolLink {
  readonly #ws: WebSocket;
  readonly #events: LinkEvents;
  #heartbeat = 0;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(url: string, events: LinkEvents) {
    this.#events = events;
    this.#ws = new WebSocket(url, ['chathub.v1.json'], { perMessageDeflate: false });
    this.#ws.on('open', () => this.#over || events.opened(this));
    this.#ws.on('message', (data) => this.#receive(String(data)));
    // There is no server, or no more; 'close' follows.
    this.#ws.on('error', () => undefined);
    this.#ws.on('close', (code) => this.drop(code));
    // Until it is greeted.
    this.#wait(patience, () => this.drop());
  }

  /** The server has greeted, and said how long it may be silent. */
  lives(heartbeat: number): void {
    this.#heartbeat = heartbeat;
    this.#listen();
  }

  tell(command: object): void {
    if (!this.#over) this.#ws.send(JSON.stringify(command));
  }

  /** It is over. */
  drop(code = 4000): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#ws.close(code === 1000 ? 1000 : 4000);
    this.#events.lost(code);
  }

  #receive(frame: string): void {
    if (this.#over) return;
    if (this.#heartbeat > 0) this.#listen();
    this.#events.received(JSON.parse(frame) as Received);
  }

  #listen(): void {
    this.#wait(this.#heartbeat, () => {
      this.tell({ type: 'ping' });
      this.#wait(patience, () => this.drop());
    });
  }

  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }
}
