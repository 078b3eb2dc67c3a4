import type { Command } from '../model/commands.js';
import type { ErrorEvent, ServerEvent } from '../model/events.js';
import type { Protocol, ProtocolSession } from '../ports/protocol.js';

/**
 * Text in, text out: each frame that comes is a `message` event of the hub, with no room, and each `member.send()` is
 * one frame back. Nothing else is ever written, but a sentence for a line that could not be read. Over TCP a frame is
 * a line; over WebSocket it is a text message.
 *
 * There are no limits on how much a client sends: only bytes and back-pressure count.
 *
 * @example
 * ```ts
 * import { ChatHub, plainText } from 'chathub';
 * import { tcp } from 'chathub/tcp';
 *
 * const hub = new ChatHub();
 * hub.on('message', ({ member, text }) => member.send(text));
 * await hub.listen(tcp({ port: 8080, protocol: plainText() }));
 * ```
 */
export function plainText(): Protocol {
  return protocol;
}

/** It remembers nothing, so all connections share it. */
const session: ProtocolSession = Object.freeze({
  opening: Object.freeze({ type: 'hello' }),
  receive: (frame: string): Command => ({ type: 'message', text: frame }),
} as const);

/** One for all, as it never changes: transports that speak it then share what is encoded. */
const protocol: Protocol = Object.freeze({
  name: 'plain-text',
  echo: true,
  terminal: false,
  limited: false,
  slowConsumer: 'disconnect',
  // No secret is ever written, so nobody could come back.
  resumable: [],
  encode: (event: ServerEvent): string | null => {
    if (event.type === 'notice') return event.text;
    return event.type === 'error' ? unreadable(event) : null;
  },
  open: () => session,
} as const);

/** What was no line at all is told; any other error is the application's affair. */
function unreadable({ code }: ErrorEvent): string | null {
  if (code === 'BAD_UTF8') return 'Invalid UTF-8 detected';
  return code === 'TOO_LONG' ? 'Line too long' : null;
}
