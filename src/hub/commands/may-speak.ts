import type { Membership } from '../membership.js';
import type { Caller } from './caller.js';

/** @throws ChatError `MUTED`, in a room or everywhere */
export function maySpeak({ node }: Pick<Caller, 'node'>, membership: Membership): void {
  node.sanctions.checkMute(membership);
  membership.room.state.sanctions.checkMute(membership);
}
