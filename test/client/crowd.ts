import type { ChatClient, ClientMessage, ClientRoom, ConnectOptions, Sent } from 'chathub/client';
import { ClientError } from 'chathub/client';
import { WebSocket } from 'ws';
import type { Dice } from '../hub/model/dice.js';
import { opened } from './set-up.js';

/** What a room told a client, in order. */
export type Told =
  | { readonly type: 'message'; readonly message: ClientMessage }
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  | { readonly type: 'reset'; readonly epoch: string; readonly offset: number };

/** What became of something that was sent. */
export interface Said {
  readonly room: string;
  readonly text: string;
  readonly outcome: Sent | ClientError;
}

/** What came over all connections, whoever it was for. */
export const nothing = () => ({ resumed: 0, fresh: 0, duplicates: 0, catchUps: 0 });

/** A client whose rooms are written down. */
export class Guest {
  readonly client: ChatClient & { readonly errors: readonly unknown[] };
  readonly rooms = new Map<string, ClientRoom>();
  readonly told = new Map<string, Told[]>();
  readonly said: Said[] = [];
  /** Rooms that it was put out of: none may be. */
  readonly lost: string[] = [];
  readonly name: string;
  #count = 0;

  constructor(url: string, name: string, wire: ReturnType<typeof nothing>, options: ConnectOptions) {
    this.name = name;
    this.client = opened(url, { WebSocket: counting(wire), retryDelayMax: 150, ...options });
    this.client.on('leave', ({ room }) => this.lost.push(room.name));
  }

  async enter(name: string): Promise<void> {
    const room = await this.client.join(name);
    const told: Told[] = [];
    room.on('message', (message) => told.push({ type: 'message', message }));
    room.on('gap', (gap) => told.push({ type: 'gap', ...gap }));
    room.on('reset', (position) => told.push({ type: 'reset', ...position }));
    this.rooms.set(name, room);
    this.told.set(name, told);
  }

  /** Talks, a few messages under way at a time, until it is told to stop; resolves when it knows what became of each. */
  async talk(dice: Dice, signal: AbortSignal, looksBack: boolean): Promise<void> {
    const talkers = Array.from({ length: 4 }, async () => {
      while (!signal.aborted) {
        // To go on in a room that it was put out of would be refused at once, for ever.
        const room = dice.pick([...this.rooms.values()].filter(({ joined }) => joined));
        if (room === undefined) return;
        if (looksBack && dice.chance(2)) await this.client.join(room.name, { history: dice.between(1, 20) });
        else await this.#say(room, dice.chance(8));
      }
    });
    await Promise.all(talkers);
  }

  /** Resolves when a message that says this has come, in each of the rooms that it is still in. */
  async heard(text: string): Promise<void> {
    for (const [name, room] of this.rooms) {
      const said = (told: Told) => told.type === 'message' && told.message.text === text;
      if (!room.joined || this.told.get(name)?.some(said)) continue;
      await new Promise<void>((resolve) => {
        room.on('message', (message) => message.text === text && resolve());
        room.on('leave', () => resolve());
      });
    }
  }

  async #say(room: ClientRoom, forbidden: boolean): Promise<void> {
    const text = `${this.name} ${++this.#count}${forbidden ? ' forbidden' : ''}`;
    const outcome = await room.send(text).catch((error: unknown) => {
      if (error instanceof ClientError) return error;
      throw error;
    });
    this.said.push({ room: room.name, text, outcome });
  }
}

/** A `WebSocket` that looks at what comes before anybody else does. */
function counting(wire: ReturnType<typeof nothing>) {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      this.on('message', (data) => {
        const event = JSON.parse(String(data)) as {
          type: string;
          resumed?: boolean;
          duplicate?: boolean;
          rooms?: object;
        };
        if (event.type === 'welcome') wire[event.resumed ? 'resumed' : 'fresh']++;
        if (event.duplicate) wire.duplicates++;
        const rooms = Object.values(event.rooms ?? {}) as { more?: boolean }[];
        if (event.type === 'welcome' && rooms.some(({ more }) => more)) wire.catchUps++;
      });
    }
  };
}
