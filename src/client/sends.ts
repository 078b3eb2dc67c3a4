import type { CommandOf } from '../model/commands.js';
import type { Author, Entry } from '../model/entry.js';
import type { SentEvent } from '../model/events.js';
import { ClientError } from './client-error.js';
import { type Link, lost, type Outgoing } from './link.js';
import type { Sent } from './messages.js';

type Draft = Outgoing<CommandOf<'send' | 'edit' | 'delete' | 'react' | 'direct'>>;

/** A key is known to the server for ten minutes: after nine a repeat could come too late, and be a second copy. */
const repeatMs = 540_000;

/** Milliseconds before a message is repeated that could not be stored. */
const pauseMs = 1_000;

/** Closes that say that something sent was no good (RFC 6455, 7.4.1). Sent again, it would be no better. */
const protocolErrors = [1002, 1003, 1007, 1009];

/** By what messages go, and as whom. */
export interface SendsHost {
  /** The connection, once it was greeted. */
  readonly link: Link | undefined;
  readonly me: Author | undefined;
  /** The rooms that we are in; `live` where the server has said so on this connection. */
  readonly rooms: ReadonlyMap<string, { readonly live: boolean }>;
}

interface Send {
  readonly draft: Draft;
  readonly key: string;
  /** As whom it was first sent: the key means nothing to the server if it is of another user. */
  user?: string;
  /** The connection over which it waits for the server's answer. */
  link?: Link | undefined;
  timer?: ReturnType<typeof setTimeout>;
  resolve(sent: Sent): void;
  reject(error: ClientError): void;
}

export const notIn = 'You are not in that room.';

const unknown = () => new ClientError('TIMEOUT', 'It may be stored, or not.', true);

/** Messages that are not known to be stored, in order: repeated with their key until they are, so that each is stored once. */
export class Sends {
  readonly #queue = new Set<Send>();
  readonly #limit: number;
  readonly #host: SendsHost;
  /** Why nothing is sent any more. */
  #over: ClientError | undefined;

  constructor(limit: number, host: SendsHost) {
    this.#limit = limit;
    this.#host = host;
  }

  /** Whoever does not wait for it need not catch what becomes of it. */
  add(command: Draft): Promise<Sent> {
    const sent = new Promise<Sent>((resolve, reject) => {
      if (this.#over) throw this.#over;
      if ('room' in command && !this.#host.rooms.has(command.room)) throw new ClientError('NOT_A_MEMBER', notIn);
      if (this.#queue.size >= this.#limit) throw new ClientError('RATE_LIMITED', 'Too much waits.', true);
      const key = crypto.getRandomValues(new Uint32Array(4)).join('.');
      const settle =
        <T>(how: (result: T) => void) =>
        (result: T) => {
          this.#queue.delete(send);
          clearTimeout(send.timer);
          how(result);
        };
      const send: Send = { draft: { ...command, key }, key, resolve: settle(resolve), reject: settle(reject) };
      this.#queue.add(send);
      this.pump();
    });
    sent.catch(() => undefined);
    return sent;
  }

  /** Sends what can be sent now; those of rooms that are not joined on this connection wait. */
  pump(): void {
    const { link, me, rooms } = this.#host;
    if (!link || !me) return;
    for (const send of this.#queue) {
      const room = rooms.get(roomOf(send));
      if (send.link === link || room?.live === false) continue;
      // What was sent to a room that we are not in any more is answered by nobody.
      const lost = !room && 'room' in send.draft;
      if (lost || (send.user && send.user !== me.user))
        send.reject(send.user ? unknown() : new ClientError('NOT_A_MEMBER', notIn));
      else this.#send(send, link, me.user);
    }
  }

  /** An entry that came may be one of these, whose acknowledgement was lost. */
  seen(room: string, entry: Entry, epoch: string): void {
    const { key, from, offset, at } = entry;
    for (const send of this.#queue)
      if (send.key === key && send.user === from.user && roomOf(send) === room)
        send.resolve({ id: 'message' in entry ? entry.message : entry.id, offset, epoch, at });
  }

  /** The connection is about to be gone. What was under way is sent again over the next, unless it was what ended it. */
  lost(code: number): void {
    if (!protocolErrors.includes(code)) return;
    for (const send of this.#queue)
      if (send.link && send.link === this.#host.link) send.reject(new ClientError('BAD_FRAME', `Closed (${code}).`));
  }

  /** Nothing more is sent: to a room, where what is under way is still answered, or at all. */
  fail(error: ClientError, room?: string): void {
    if (!room) this.#over = error;
    for (const send of this.#queue) {
      if (!room || (send.link !== this.#host.link && roomOf(send) === room)) send.reject(send.user ? unknown() : error);
    }
  }

  #send(send: Send, link: Link, user: string): void {
    const command = !send.user ? send.draft : { ...send.draft, repeat: true };
    send.user = user;
    send.link = link;
    send.timer ??= setTimeout(() => send.reject(unknown()), repeatMs);
    link.call(command).then(
      (event) => {
        const { message: id, offset, epoch, at } = event as SentEvent;
        send.resolve({ id, offset, epoch, at });
      },
      (error: ClientError) => this.#failed(send, link, error),
    );
  }

  #failed(send: Send, link: Link, error: ClientError): void {
    // It has been told of that, and is sent again when there is another connection.
    if (error === lost) return;
    // A fault of the server's own would be the same for nine minutes: whoever sends it shall know.
    if (!error.retryable || error.code === 'INTERNAL') send.reject(error);
    else
      setTimeout(() => {
        // Over another connection it has been sent again already.
        if (send.link === link) send.link = undefined;
        this.pump();
      }, pauseMs);
  }
}

function roomOf({ draft }: Send): string {
  return 'room' in draft ? draft.room : '@';
}
