import type { ChatHub, SessionFacts } from '../../index.js';
import type { Page, SessionRow } from './answers.js';
import type { Query } from './fields.js';
import { compareTexts, folded, Orders, pageOf } from './lists.js';
import { Shared } from './shared.js';

const sorts = ['name', 'sent', 'unsent', 'newest'] as const;

/** Of a member who is in more rooms, the first are shown. */
const mostRooms = 5;

/** What does not go out at once, on a connection that is not blocked. */
const slowBytes = 65_536;

/** A session, and what it is looked for by. */
interface Known {
  readonly facts: SessionFacts;
  /** As it is compared. */
  readonly key: string;
  readonly slow: boolean;
}

interface Made {
  readonly all: readonly Known[];
  readonly sorted: Orders<Known, (typeof sorts)[number]>;
  /** By session; made when a room is looked at. */
  addresses?: ReadonlyMap<string, string | undefined>;
}

/** The sessions of this node. */
export class SessionsView {
  readonly #hub: ChatHub;
  readonly #shared: Shared<Made>;

  constructor(hub: ChatHub, now: () => number) {
    this.#hub = hub;
    this.#shared = new Shared(() => this.#make(), now);
  }

  answer(query: Query): Page<SessionRow> {
    const text = query.text('find');
    const wanted = folded(text);
    const slowOnly = query.isTrue('slow');
    const known = this.#shared.value.sorted.by(query.oneOf('sort', sorts));
    const { total, offset, items } = pageOf(known, query.window, ({ key, slow, facts }) => {
      if (slowOnly && !slow) return false;
      return text === '' || key.includes(wanted) || isAt(facts, text);
    });
    return { total, offset, items: items.map(rowOf) };
  }

  /** Where a session is, if it is here. */
  addressOf(member: string): string | undefined {
    const made = this.#shared.value;
    made.addresses ??= new Map(made.all.map(({ facts }) => [facts.member, facts.remoteAddress]));
    return made.addresses.get(member);
  }

  #make(): Made {
    const all = Array.from(this.#hub.sessions(), (facts) => ({
      facts,
      key: folded(facts.name),
      slow: isSlow(facts),
    }));
    const sorted: Made['sorted'] = new Orders(all, {
      name: (a, b) => compareTexts(a.key, b.key),
      sent: (a, b) => (b.facts.connection?.bytesWritten ?? -1) - (a.facts.connection?.bytesWritten ?? -1),
      unsent: (a, b) => (b.facts.connection?.unsentBytes ?? -1) - (a.facts.connection?.unsentBytes ?? -1),
      newest: (a, b) => (b.facts.connection?.since ?? 0) - (a.facts.connection?.since ?? 0),
    });
    return { all, sorted };
  }
}

/** Ids are looked for whole: a part of one is nobody's. */
function isAt({ user, member, remoteAddress }: SessionFacts, text: string): boolean {
  return user === text || member === text || remoteAddress?.startsWith(text) === true;
}

function isSlow({ connection }: SessionFacts): boolean {
  return connection !== undefined && (connection.blocked || connection.unsentBytes >= slowBytes);
}

function rowOf({ facts, slow }: Known): SessionRow {
  const { member, user, name, guest, transport, secure, remoteAddress, rooms, connection } = facts;
  return {
    ...{ member, user, name, guest, transport, secure, remoteAddress, slow },
    rooms: rooms.slice(0, mostRooms),
    roomCount: rooms.length,
    waiting: connection === undefined,
    since: connection?.since,
    bytesRead: connection?.bytesRead,
    bytesWritten: connection?.bytesWritten,
    unsentBytes: connection?.unsentBytes ?? 0,
  };
}
