import type { WebSocketClient } from '../../integration/json-client.js';
import type { Seen } from '../fixtures/troubles.js';

/** What the application has seen, since it was asked last. */
export async function seenBy(
  client: Pick<WebSocketClient, 'request'>,
): Promise<Seen & { readonly facts: { readonly [name: string]: number } }> {
  const { data } = await client.request('response', { type: 'request', name: 'seen' });
  return data as Seen & { readonly facts: { readonly [name: string]: number } };
}
