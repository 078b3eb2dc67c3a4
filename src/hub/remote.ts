import type { Author, JsonValue } from '../model/entry.js';
import { ChatError } from '../model/errors.js';
import type { NameOwner, SessionRecord } from '../ports/engine.js';
import { block, blockedBy, unblock } from './blocks.js';
import type { Control } from './control.js';
import { forgetUser } from './forgetting.js';
import { forgetGuest, leaveForGood } from './lasting.js';
import type { LocalNode } from './local-node.js';
import type { NoticeOptions } from './member.js';
import { roomOf } from './names.js';

/**
 * A live session as any node sees it: facts of the moment at which it was asked for, and ways to act on it where it is.
 * What is asked of another node is not awaited: it is done there in its time.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * const member = await hub.member('m1');
 * if (member?.rooms.includes('lobby')) await member.send('you have mail');
 * ```
 */
export interface RemoteMember extends Author {
  /** The rooms that it is in. */
  readonly rooms: readonly string[];
  /** The node that holds it. */
  readonly node: string;
  /** Sends it a text that is not stored. */
  send(text: string, options?: NoticeOptions): Promise<void>;
  /** Takes it out of a room. */
  leave(room: string): Promise<void>;
  /** Ends the session. */
  disconnect(reason?: string): Promise<void>;
}

/**
 * A user with all its sessions, on whichever nodes they are. A handle: it need not be there.
 *
 * @example
 * ```ts
 * import { ChatHub } from 'chathub';
 *
 * const hub = new ChatHub();
 * const ali = hub.user('ali');
 * console.log(await ali.name(), (await ali.members()).length);
 * await ali.disconnect('logged out everywhere');
 * ```
 */
export interface UserHandle {
  /** The user's id, as `authenticate` gave it. */
  readonly id: string;
  /** The name that the user holds; undefined when it never had one, or was a guest and is gone. */
  name(): Promise<string | undefined>;
  /** Its live sessions. */
  members(): Promise<readonly RemoteMember[]>;
  /** Sends a text that is not stored to all its sessions. */
  send(text: string, options?: NoticeOptions): Promise<void>;
  /** Ends all its sessions. */
  disconnect(reason?: string): Promise<void>;
  /**
   * Ends all its sessions and erases what it wrote, as far as the engine keeps it: messages in rooms, which is told to all who are there;
   * reactions; direct messages, in the inboxes of others too; what it has read, its rooms and its block list. Its name stays its own, and bans
   * of it hold. Goes through all logs: give it time.
   *
   * @throws ChatError `BAD_COMMAND` when the engine can't; `ENGINE_UNAVAILABLE`: do it again
   */
  forget(): Promise<void>;
  /**
   * Has the user hear no more from another: direct messages are refused, and mentions do not count as such.
   *
   * @param other - a user id
   * @throws ChatError `TOO_LONG`: the limit `blocks`
   */
  block(other: string): Promise<void>;
  /** Has the user hear from another again. */
  unblock(other: string): Promise<void>;
  /** The users that it does not want to hear from, with the names that they had then. */
  blocked(): Promise<readonly NameOwner[]>;
}

/** A session, with the ways to act on it. */
export function remoteMember(node: LocalNode, record: SessionRecord, name: string): RemoteMember {
  const { member: id, user, rooms, node: holder } = record;
  const { presence } = node.context.engine;
  /** Whoever holds it now: it may have been taken up since. */
  const tell = async (control: Control) => {
    const now = record.reserved ? ((await presence.find(id))?.node ?? holder) : holder;
    await node.tell(now, control);
  };
  return {
    id,
    user,
    name,
    rooms,
    node: holder,
    send: (text, { data }: { data?: JsonValue } = {}) =>
      node.tell(holder, data === undefined ? { notice: id, text } : { notice: id, text, data }),
    async leave(name) {
      const room = roomOf(name, node.context.limits);
      if (!record.guest && record.reserved) await leaveForGood(node.context, user, room);
      // Nobody is there to hear of it for a session that waits to be taken up.
      if (!record.reserved || !(await presence.leave(room, record))) await tell({ leave: id, room });
    },
    async disconnect(reason) {
      if (record.reserved && (await presence.endSession(record))) {
        if (record.guest) await forgetGuest(node.context, { user: { id: user } });
      } else await tell({ end: id, code: 'KICKED', ...(reason === undefined ? {} : { reason }) });
    },
  };
}

/** A user, wherever it is. */
export function userHandle(id: string, open: () => Promise<LocalNode>): UserHandle {
  if (typeof id !== 'string' || id === '')
    throw new ChatError('NO_SUCH_MEMBER', 'A user id is a string that is not empty.');
  const name = async () => (await open()).context.engine.presence.nameOf(id);
  const members = async () => {
    const node = await open();
    const called = (await name()) ?? '';
    return (await node.context.engine.presence.sessionsOf(id)).map((record) => remoteMember(node, record, called));
  };
  const each = async (act: (member: RemoteMember) => Promise<void>) =>
    void (await Promise.all((await members()).map(act)));
  return {
    id,
    name,
    members,
    send: (text, options) => each((member) => member.send(text, options)),
    disconnect: (reason) => each((member) => member.disconnect(reason)),
    async forget() {
      await each((member) => member.disconnect('Your account is gone.'));
      await forgetUser((await open()).context, id);
    },
    async block(other) {
      const { context } = await open();
      await block(context, id, { user: other, name: (await context.engine.presence.nameOf(other)) ?? other });
    },
    unblock: async (other) => unblock((await open()).context, id, other),
    blocked: async () => blockedBy((await open()).context, id),
  };
}
