import { digest } from '../digest.js';
import type { LocalNode } from '../local-node.js';

/**
 * A message's id. With a key it derives from user, room and key, so that a repeat has the same one on any node, and a client
 * that holds the message knows it again. Without one it is the node's, and counted: random bytes cost as much as all the rest.
 */
export function messageId(node: LocalNode, user: string, room: string, key: string | undefined): string {
  return key === undefined ? `${node.context.node}.${node.nextNumber().toString(36)}` : digest(user, room, key);
}
