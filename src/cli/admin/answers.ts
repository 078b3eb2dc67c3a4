/** What `/admin/api` answers, as JSON. The administrator's page, in browsers, has these types from here: they stand on nothing else. */

/** How the server does. Rates are of the last seconds; undefined until there are two looks to compare. */
export interface Overview {
  readonly version: string;
  /** The node that answers: another one at each start. */
  readonly node: string;
  readonly state: 'starting' | 'open' | 'draining';
  /** Milliseconds since it was started. */
  readonly uptime: number;
  readonly engine: EngineAnswer;
  readonly now: {
    /** By transport. */
    readonly connections: { readonly [transport: string]: number };
    readonly connected: number;
    /** Sessions that wait for their client to come back. */
    readonly waiting: number;
    readonly rooms: number;
    readonly memberships: number;
    readonly unsentBytes: number;
    /** Connections that writing waits for. */
    readonly blocked: number;
  };
  readonly totals: Counters;
  /** A second. */
  readonly rates: Counters | undefined;
  /** Means in milliseconds, of what was done in that time. */
  readonly latency: { readonly append: number | undefined; readonly fanOut: number | undefined };
  /** Of the event loop, since the last look: the share of time that it was busy, and what timers were late, in milliseconds. */
  readonly loop: { readonly busy: number; readonly meanDelay: number; readonly maxDelay: number };
  /** In bytes. */
  readonly memory: { readonly resident: number; readonly heap: number };
}

/** Where the rooms are, and how that is; as `EngineStatus` of the hub. */
interface EngineAnswer {
  readonly name: string;
  readonly durability: 'process' | 'stored' | 'synced' | undefined;
  readonly state: 'up' | 'degraded' | 'down' | undefined;
  readonly reason: string | undefined;
  readonly warnings: readonly string[];
  readonly facts: { readonly [name: string]: number };
}

/** What is counted since the start. */
export interface Counters {
  readonly messages: number;
  readonly deliveries: number;
  /** Connections that were opened. */
  readonly connections: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** What slow readers were not given. */
  readonly leftOut: number;
  /** Connections that nobody let in. */
  readonly refused: number;
  /** What clients were told that went wrong. */
  readonly errors: number;
}

/** A part of a list. */
export interface Page<T> {
  /** How many there are in all that were asked for. */
  readonly total: number;
  readonly offset: number;
  readonly items: readonly T[];
}

/** A room that has members on this node. */
export interface RoomRow {
  readonly name: string;
  /** Its sessions here. */
  readonly members: number;
  /** Its users on all nodes. */
  readonly count: number;
  /** Entries of its log a second; undefined until there are two looks to compare. */
  readonly rate: number | undefined;
}

/** A session of this node. */
export interface SessionRow {
  readonly member: string;
  readonly user: string;
  readonly name: string;
  readonly guest: boolean;
  readonly transport: string;
  readonly secure: boolean;
  readonly remoteAddress: string | undefined;
  /** Some of its rooms, and how many there are. */
  readonly rooms: readonly string[];
  readonly roomCount: number;
  /** It waits for its client to come back. */
  readonly waiting: boolean;
  /** When its connection was accepted, in milliseconds since 1970. */
  readonly since: number | undefined;
  readonly bytesRead: number | undefined;
  readonly bytesWritten: number | undefined;
  readonly unsentBytes: number;
  /** It does not take what it is sent. */
  readonly slow: boolean;
}

/** A room, and who is in it on all nodes. */
export interface RoomAnswer {
  readonly name: string;
  readonly topic: string;
  readonly people: Page<PersonRow>;
}

/** A user who is in a room. */
export interface PersonRow {
  readonly user: string;
  readonly name: string;
  /** The first of its sessions in the room. */
  readonly member: string;
  /** Where that is, if this node holds it and knows. */
  readonly remoteAddress: string | undefined;
}

/** Whom something is done to. */
export type Whom = { readonly user: string } | { readonly member: string } | { readonly address: string };

/** A ban or a mute. */
export interface SanctionRow {
  readonly kind: 'ban' | 'mute';
  readonly whom: Whom;
  /** In milliseconds since 1970; undefined: never. */
  readonly until: number | undefined;
  readonly reason: string | undefined;
}

/** What went wrong. */
export interface Problem {
  readonly code: string;
  /** A sentence for people. */
  readonly message: string;
}
