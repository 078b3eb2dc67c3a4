import type { ServerEvent } from '../../model/events.js';
import type { Protocol } from '../../ports/protocol.js';
import { readCommand } from './command.js';

/**
 * JSON for programs and browsers: one object in each frame, over WebSocket a text message, over TCP a line. `docs/protocol.md`
 * has every command and event. A member gets its own messages back, at their place in the order.
 *
 * @example
 * ```ts
 * import { ChatHub, json } from 'chathub';
 * import { tcp } from 'chathub/tcp';
 *
 * const hub = new ChatHub();
 * await hub.listen(tcp({ port: 7001, protocol: json() }));
 * ```
 */
export function json(): Protocol {
  return protocol;
}

/** One for all, as it never changes: transports that speak it then share what is encoded. */
const protocol: Protocol = Object.freeze({
  name: 'json',
  subprotocol: 'chathub.v1.json',
  echo: true,
  terminal: false,
  limited: true,
  slowConsumer: 'disconnect',
  resumable: ['ended', 'lost'],
  encode,
  open: ({ limits }) => ({ receive: (frame) => readCommand(frame, limits.jsonDepth) }),
} as const satisfies Protocol);

/** Events are on the wire what they are here. Whoever gave no `id` does not wait for the bare word that it was done. */
function encode(event: ServerEvent): string | null {
  if ((event.type === 'sent' || event.type === 'ok') && event.re === undefined) return null;
  return JSON.stringify(event);
}
