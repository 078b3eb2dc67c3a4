import type { CloseReason } from '../../ports/transport.js';

/** A connection, as the heartbeat sees it. */
interface Peer {
  /** Of this peer, so far. */
  readonly signsOfLife: number;
  /** We do not read what it sends. */
  readonly isPaused: boolean;
  /** It has not taken what it was sent: a ping would stand behind all that. */
  readonly blocked: boolean;
  ping(): void;
  close(reason: CloseReason): void;
}

/** How far apart the looks at those that are due are, at most. */
const longestTick = 1_000;

interface Beat {
  /** When to look again. */
  due: number;
  /** What had been read of the peer by then. */
  read: number;
}

/**
 * Finds peers that are gone without a word. Any byte of theirs is a sign of life; who gave none for `interval` is sent a ping
 * (RFC 6455, 5.5.2), and is closed when nothing comes for `timeout` after that. One timer for all: each has the same
 * wait, so that those who are due stand at the front of the line.
 */
export class Heartbeat {
  readonly #interval: number;
  readonly #timeout: number;
  /** Heard of, and looked at again after `interval`. */
  readonly #alive = new Map<Peer, Beat>();
  /** Sent a ping, and looked at again after `timeout`. */
  readonly #asked = new Map<Peer, Beat>();
  #timer: NodeJS.Timeout | undefined;

  /** @param interval - milliseconds; `Infinity`: none is ever pinged */
  constructor(interval: number, timeout: number) {
    this.#interval = interval;
    this.#timeout = timeout;
  }

  add(peer: Peer): void {
    if (this.#interval === Number.POSITIVE_INFINITY) return;
    this.#keep(peer, performance.now());
    const tick = Math.max(1, Math.min(longestTick, this.#interval / 4, this.#timeout / 4));
    this.#timer ??= setInterval(() => this.#look(performance.now()), tick).unref();
  }

  delete(peer: Peer): void {
    this.#alive.delete(peer);
    this.#asked.delete(peer);
    if (this.#alive.size > 0 || this.#asked.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(now: number): void {
    for (const [peer, { due, read }] of this.#asked) {
      const heard = this.#heard(peer, read);
      if (!heard && due > now) continue;
      this.#asked.delete(peer);
      if (heard) this.#keep(peer, now);
      else peer.close({ code: 4000, reason: 'HEARTBEAT_LOST' });
    }
    for (const [peer, { due, read }] of this.#alive) {
      if (due > now) break;
      this.#alive.delete(peer);
      if (this.#heard(peer, read)) this.#keep(peer, now);
      else this.#ask(peer, now);
    }
  }

  /** Whom we do not read, we cannot blame for its silence; and who reads slowly is under the write deadline of the hub. */
  #heard(peer: Peer, read: number): boolean {
    return peer.signsOfLife !== read || peer.isPaused || peer.blocked;
  }

  #keep(peer: Peer, now: number): void {
    this.#alive.set(peer, { due: now + this.#interval, read: peer.signsOfLife });
  }

  #ask(peer: Peer, now: number): void {
    peer.ping();
    this.#asked.set(peer, { due: now + this.#timeout, read: peer.signsOfLife });
  }
}
