import type { Command, CommandOf } from '../../model/commands.js';
import type { ServerEvent } from '../../model/events.js';
import type { Gone } from '../gone.js';
import type { Link } from '../link.js';
import type { LocalNode } from '../local-node.js';
import type { MemberState } from '../member-state.js';

/** The connection that a command came from, as commands see it. */
export interface Caller {
  readonly node: LocalNode;
  readonly link: Link;
  /** Who it is. Commands that need one are refused before they run while there is none. */
  readonly member: MemberState;
  /** Who it is; undefined before `hello`. */
  readonly current: MemberState | undefined;
  /** Aborted when the connection is gone. */
  readonly gone: Gone;
  /** Answers the command that is running. */
  reply(event: ServerEvent): void;
  /** The connection belongs to this session from here on. */
  become(member: MemberState): void;
  /** Guests are refused, but a person may log in now: keeps the connection open for a while. */
  awaitLogIn(): void;
  /** Ends the session, and closes after what was told has left. */
  finish(): void;
}

/** Something that was begun in its turn, and whose answer comes later: answers keep the order of the beginnings. */
export interface Begun {
  readonly answer: Promise<ServerEvent>;
}

/** Something that may take a while, and whose answer comes whenever it is there: nothing else waits for it. */
export interface Aside {
  readonly aside: Promise<ServerEvent>;
}

/** What a command comes to: done, or to be waited for, or begun. */
export type Outcome = Begun | Aside | undefined | void;

/** One command: a small file each, gathered in the table of `index.ts`. */
export interface CommandHandler<T extends Command['type']> {
  readonly type: T;
  /** Runs before `hello` too. */
  readonly early?: true;
  /** Counts against `sendsPerSecond`. */
  readonly send?: true;
  /** May begin while answers of earlier commands are outstanding. */
  readonly pipelined?: true;
  /** Begins something that goes on beside all else; waits only while too much of that is under way. */
  readonly aside?: true;
  run(caller: Caller, command: CommandOf<T>): Outcome | Promise<Outcome>;
}
