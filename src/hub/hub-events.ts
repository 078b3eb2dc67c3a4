import type { Deletion, DirectMessage, Edit, Message, Reaction } from '../model/entry.js';
import type { ErrorCode } from '../model/errors.js';
import type { EngineState } from '../ports/engine.js';
import type { Member } from './member.js';

/**
 * What a hub tells, by event name. Events observe, after the fact: what a listener throws goes to `error` and breaks nothing.
 * Events of a member fire once in a cluster, on the node that holds the member.
 *
 * @typeParam User - what the `authenticate` policy returns
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * hub.on('connect', ({ member }) => console.log('connected', member.name));
 * hub.on('join', ({ member, room }) => console.log(member.name, 'joined', room));
 * hub.on('message', ({ member, room, text }) => console.log(room, member.name, text));
 * hub.on('error', ({ error, stage }) => console.error(stage, error));
 * ```
 */
export interface HubEvents<User extends { readonly id: string }> {
  /** A session began. */
  connect: { readonly member: Member<User> };
  /** A session is over: it was ended (`code` says why), or its client did not come back within `resumeWindow`. */
  disconnect: { readonly member: Member<User>; readonly code: ErrorCode | undefined };
  /** A member is in a room. */
  join: { readonly member: Member<User>; readonly room: string };
  /** `code` is there when neither the member asked for it, nor the application. */
  leave: { readonly member: Member<User>; readonly room: string; readonly code: ErrorCode | undefined };
  /** A member has another name; `was` is the one before. */
  rename: { readonly member: Member<User>; readonly name: string; readonly was: string };
  /** A member said something. In a room: it is stored. A frame of the plain-text protocol has neither `room` nor `message`. */
  message: {
    readonly member: Member<User>;
    readonly room: string | undefined;
    readonly text: string;
    readonly message: Message | undefined;
  };
  /** A message has another text. */
  edit: { readonly member: Member<User>; readonly room: string; readonly edit: Edit };
  /** A message was erased. */
  delete: { readonly member: Member<User>; readonly room: string; readonly deletion: Deletion };
  /** A reaction was added to a message, or taken back. */
  reaction: { readonly member: Member<User>; readonly room: string; readonly reaction: Reaction };
  /** A member said what a room is about; the text is empty for nothing in particular. */
  topic: { readonly member: Member<User>; readonly room: string; readonly topic: string };
  /** A member said something to a user; it is stored. */
  direct: { readonly member: Member<User>; readonly message: DirectMessage };
  /**
   * Something was said to a user who is away: a direct message, or a mention (`@name`) in a room that the user is in. For what wakes
   * people, such as push notifications. Told by the node that stored it; or, of a client that was lost and did not come back, by the one that held
   * its session, at the end of `resumeWindow`. Not told of whom the user blocks, nor of what `hub.room().send()` says without a mention.
   */
  absent: {
    readonly user: { readonly user: string; readonly name: string };
    readonly message: Message | DirectMessage;
    /** Undefined for a direct message. */
    readonly room: string | undefined;
  };
  /**
   * The way to the engine's store is another than before: `down` refuses what is to be stored, and clients keep it until it is `up`
   * again. Told once, too, when the engine is open and `warnings` has sentences on how its store is set up.
   */
  engine: EngineState & { readonly warnings: readonly string[] };
  /** Something failed that nobody awaits, or the application's own code threw. `stage` says where. */
  error: { readonly error: unknown; readonly stage: string };
}
