import type { Hall } from './hall.js';
import type { NaiveEntry } from './naive-log.js';
import { clients, moderator, type Step } from './steps.js';

interface Topic {
  readonly text: string;
  readonly who: number;
  readonly name: string;
  readonly at: number;
}

/** What is said in rooms and to users, by those who may. */
export class Speech {
  readonly topics = new Map<string, Topic>();
  readonly #hall: Hall;

  constructor(hall: Hall) {
    this.#hall = hall;
  }

  send(who: number, room: string, text: string, key: string | null): string {
    const log = this.#hall.log(room);
    const name = `${clients[who]?.user} ${key}`;
    const before = key === null ? undefined : log.keys.get(name);
    if (before !== undefined) return `sent ${room} ${before} before`;
    if (key !== null) log.keys.set(name, log.head + 1);
    return this.#store(who, room, 'message', text);
  }

  amend(
    { who, does, room, at, ...more }: Extract<Step, { readonly does: 'edit' | 'delete' | 'react' }>,
    text: string,
    isMute: boolean,
  ): string {
    const log = this.#hall.log(room);
    const { user } = this.#hall.seat(who);
    const about = log.standing(at);
    if (about === undefined) return 'error NO_SUCH_MESSAGE';
    if (isMute && does !== 'delete') return 'error MUTED';
    if (does !== 'react' && log.entries[about - 1]?.user !== user && user !== moderator) return 'error FORBIDDEN';
    const isTakenBack = 'remove' in more && more.remove;
    return this.#store(who, room, isTakenBack ? 'take back' : does, does === 'edit' ? text : '', about);
  }

  #store(who: number, room: string, kind: NaiveEntry['kind'], text: string, about?: number): string {
    const hall = this.#hall;
    const entry = hall.log(room).add(kind, hall.seat(who).user, hall.nameOf(who), text, about);
    hall.tellRoom(room, hall.log(room).line(entry, true), entry.offset);
    return `sent ${room} ${entry.offset}`;
  }

  direct(who: number, to: string, text: string): string {
    const hall = this.#hall;
    const { user } = hall.seat(who);
    let own = 0;
    for (const each of new Set([to, user])) {
      const log = hall.log(`@${each}`);
      const entry = log.add('direct', user, hall.nameOf(who), text, hall.names.get(to));
      if (each === user) own = entry.offset;
      for (const seat of hall.seatsOf(each)) hall.tell(seat.who, log.line(entry), '@', entry.offset);
    }
    hall.learn(who, '@', own);
    return `sent @ ${own}`;
  }

  about(who: number, room: string, text: string, now: number): string {
    const was = this.topics.get(room);
    const name = this.#hall.nameOf(who);
    if (text === '') this.topics.delete(room);
    else this.topics.set(room, { text, who, name, at: now });
    const isSame = text === '' ? was === undefined : was?.text === text && was.who === who && was.at === now;
    if (!isSame) this.#hall.tellRoom(room, `${room}: about "${text}" says ${text === '' ? undefined : name}`);
    return 'ok';
  }
}
