import { ChatHub, type HubOptions, type Transport } from 'chathub';
import { webSocket } from 'chathub/websocket';
import { expect, onTestFinished } from 'vitest';
import { type Received, WebSocketClient } from './json-client.js';

/** Somebody with a session. */
export interface Guest {
  readonly client: WebSocketClient;
  readonly welcome: Received;
  /** As others see it. */
  readonly member: { readonly id: string; readonly user: string; readonly name: string };
  readonly session: string;
}

/** A hub on a WebSocket port of its own. What it reports as an error is one, unless the test takes it out of `errors`. */
export async function jsonHub<User extends { readonly id: string }>(
  options: HubOptions<User> = {},
  ...others: readonly Transport[]
) {
  const hub = new ChatHub<User>(options);
  const errors: unknown[] = [];
  hub.on('error', ({ error }) => errors.push(error));
  const listening = await hub.listen(webSocket({ port: 0, path: '/chat' }), ...others);
  onTestFinished(async () => {
    await hub.close({ signal: AbortSignal.abort() });
    expect(errors, 'errors that the test did not expect').toEqual([]);
  });
  const [url = ''] = listening.addresses;

  /** A connection that has said nothing yet. */
  const dial = (...subprotocols: readonly string[]) => new WebSocketClient(url, subprotocols);

  /** Somebody who has greeted. */
  const enter = async (hello: object = {}): Promise<Guest> => {
    const client = dial('chathub.v1.json');
    const welcome = await client.request('welcome', { ...hello, type: 'hello' });
    return { client, welcome, ...(welcome as unknown as Pick<Guest, 'member' | 'session'>) };
  };

  /** Some who have greeted by a name and are in the lobby, each having heard of all who came later. */
  const lobby = async (...names: readonly string[]): Promise<readonly Guest[]> => {
    const guests: Guest[] = [];
    for (const name of names) {
      const guest = await enter({ name });
      await guest.client.request('joined', { type: 'join', room: 'lobby' });
      for (const { client } of guests) expect(await client.next('presence')).toMatchObject({ joined: [{ name }] });
      guests.push(guest);
    }
    return guests;
  };

  return { hub, errors, listening, url, dial, enter, lobby };
}

/** Whoever brings a token is the user of that id and name; others are guests. */
export const byToken = ({ token }: { readonly token: string | undefined }) =>
  token === undefined ? null : { id: token, name: token };
