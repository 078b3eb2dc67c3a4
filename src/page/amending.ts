import { type ChatClient, ClientError, type ClientRoom } from '../client/index.js';
import type { Conversation, Editing } from './conversation.js';
import { reactionsOf } from './reactions.js';
import type { AnyMessage } from './timeline.js';

/** What becomes of messages that are said already. What each throws says why it could not be done. */
export class Amending {
  readonly #client: ChatClient;

  constructor(client: ChatClient) {
    this.#client = client;
  }

  /** Reacts like that, or takes it back. */
  async react(message: AnyMessage, reaction: string): Promise<void> {
    const users = reactionsOf(message)[reaction] ?? [];
    await this.#roomOf(message).react(message.id, reaction, users.includes(this.#client.me?.user ?? ''));
  }

  async delete(message: AnyMessage): Promise<void> {
    await this.#roomOf(message).delete(message.id);
  }

  /** Gives it its new text, or that back to whoever wrote it. */
  async save(conversation: Conversation, editing: Editing): Promise<void> {
    try {
      await inRoom(conversation.room).edit(editing.id, editing.text);
    } catch (error) {
      conversation.editing ??= editing;
      throw error;
    }
  }

  #roomOf(message: AnyMessage): ClientRoom {
    return inRoom(message.type === 'message' ? this.#client.rooms.get(message.room) : undefined);
  }
}

function inRoom(room: ClientRoom | undefined): ClientRoom {
  if (room === undefined) throw new ClientError('NOT_A_MEMBER', 'You are not in that room.');
  return room;
}
