import type { Protocol } from '../../ports/protocol.js';
import { encode } from './encode.js';
import { LinesSession } from './session.js';

/**
 * Chat for people at `telnet` or `nc`: bare text is a message to the current room, `/word` a command (`/help` lists
 * them), and each event is one line, stable enough for a bot to read. A member does not get its own messages back.
 *
 * Whatever comes from others is made safe for a terminal: nobody can colour, move or overwrite what stands there, nor
 * forge a line of the server or of somebody else.
 *
 * @example
 * ```ts
 * import { ChatHub, lines } from 'chathub';
 * import { tcp } from 'chathub/tcp';
 *
 * const hub = new ChatHub();
 * await hub.listen(tcp({ port: 7000, protocol: lines() }));
 * ```
 */
export function lines(): Protocol {
  return protocol;
}

/** One for all, as it never changes: transports that speak it then share what is encoded. */
const protocol: Protocol = Object.freeze({
  name: 'lines',
  echo: false,
  terminal: true,
  limited: true,
  slowConsumer: 'skip',
  // A person who closed the window is gone; one whose network broke may come back with /resume.
  resumable: ['lost'],
  encode,
  open: (peer) => new LinesSession(peer),
} as const satisfies Protocol);
