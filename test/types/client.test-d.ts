import { ChatHub, type JsonValue } from 'chathub';
import {
  type ChatClient,
  ClientError,
  type ClientMessage,
  type ConnectOptions,
  connect,
  type Sent,
} from 'chathub/client';
import { expectTypeOf, test } from 'vitest';
import { WebSocket } from 'ws';

interface Picture {
  readonly image: string;
}

interface Api {
  weather(data: { city: string }): { celsius: number };
  now(): number;
  search(data?: { text: string }): readonly string[];
}

const plain = connect('ws://127.0.0.1/');
const pictures = connect<Picture>('ws://127.0.0.1/');
const typed = connect<JsonValue, Api>(new URL('ws://127.0.0.1/'));

test('data of messages is JSON where nobody says more', async () => {
  const lobby = await plain.join('lobby');
  lobby.on('message', ({ data }) => expectTypeOf(data).toEqualTypeOf<JsonValue | undefined>());
  void lobby.send('x', { data: [1, 'two', null] });
  // @ts-expect-error JSON holds no functions.
  void lobby.send('x', { data: () => 1 });
});

test('data of messages is what the application says, in and out', async () => {
  const lobby = await pictures.join('lobby', { history: 5 });
  lobby.on('message', ({ data }) => expectTypeOf(data).toEqualTypeOf<Picture | undefined>());
  pictures.on('direct', ({ data }) => expectTypeOf(data).toEqualTypeOf<Picture | undefined>());
  pictures.on('join', ({ room }) => expectTypeOf(room).toEqualTypeOf(lobby));
  for await (const message of lobby) expectTypeOf(message).toEqualTypeOf<ClientMessage<Picture>>();
  expectTypeOf((await lobby.history()).messages).toEqualTypeOf<readonly ClientMessage<Picture>[]>();
  expectTypeOf(lobby.send('x', { data: { image: 'cat.png' }, action: true })).resolves.toEqualTypeOf<Sent>();
  void pictures.direct('bob', 'x', { data: { image: 'cat.png' } });
  // @ts-expect-error That is no picture.
  void lobby.send('x', { data: { image: 7 } });
  // @ts-expect-error Nor is that.
  void pictures.direct('bob', 'x', { data: {} });
  // @ts-expect-error A direct message is no action.
  void pictures.direct('bob', 'x', { action: true });
  // @ts-expect-error There is no such event.
  lobby.on('mesage', () => undefined);
});

test('requests are what the server answers', () => {
  expectTypeOf(typed.request('weather', { city: 'Porto' })).resolves.toEqualTypeOf<{ celsius: number }>();
  expectTypeOf(typed.request('now')).resolves.toEqualTypeOf<number>();
  expectTypeOf(typed.request('search')).resolves.toEqualTypeOf<readonly string[]>();
  void typed.request('search', { text: 'x' });
  // @ts-expect-error There is no such request.
  void typed.request('wether', { city: 'Porto' });
  // @ts-expect-error The city is missing.
  void typed.request('weather');
  // @ts-expect-error A city is text.
  void typed.request('weather', { city: 7 });
  // @ts-expect-error That takes nothing.
  void typed.request('now', {});
});

test('requests are any where nobody says more', () => {
  expectTypeOf(plain.request('anything', { a: 1 })).resolves.toEqualTypeOf<JsonValue>();
  void plain.request('anything');
  // @ts-expect-error JSON holds no functions.
  void plain.request('anything', () => 1);
});

test('the same requests are typed at the other end', () => {
  const hub = new ChatHub<{ id: string }, Api>();
  hub.handle('weather', ({ data, member }) => {
    expectTypeOf(data).toEqualTypeOf<{ city: string }>();
    expectTypeOf(member.user).toEqualTypeOf<{ id: string }>();
    return { celsius: data.city.length };
  });
  hub.handle('now', async ({ data }) => {
    expectTypeOf(data).toEqualTypeOf<null>();
    return 1;
  });
  hub.handle('search', ({ data }) => {
    expectTypeOf(data).toEqualTypeOf<{ text: string } | null>();
    return [];
  });
  // @ts-expect-error There is no such request.
  hub.handle('wether', () => ({ celsius: 1 }));
  // @ts-expect-error That is no answer.
  hub.handle('weather', () => ({ fahrenheit: 1 }));
  // @ts-expect-error Nor is that, later.
  hub.handle('now', async () => 'late');
});

test('a client is a client, whatever it was told of data and requests', () => {
  expectTypeOf(plain).toEqualTypeOf<ChatClient>();
  expectTypeOf(typed).toEqualTypeOf<ChatClient<JsonValue, Api>>();
  expectTypeOf(typed.state).toEqualTypeOf<'connecting' | 'online' | 'offline' | 'closed'>();
  // @ts-expect-error The rooms change by join() and leave().
  plain.rooms.clear();
  // @ts-expect-error The name changes by nick().
  plain.me.name = 'x';
});

test('options are known, and what they must be', () => {
  const options: ConnectOptions = { WebSocket, name: 'alice', token: async () => 'x', queue: 10, retryDelay: 5 };
  connect('ws://127.0.0.1/', options);
  connect('ws://127.0.0.1/', { resume: { session: 'x', rooms: { lobby: { epoch: 'e', offset: 3 } } } });
  // @ts-expect-error There is no such option.
  connect('ws://127.0.0.1/', { nick: 'alice' });
  // @ts-expect-error A token is text.
  connect('ws://127.0.0.1/', { token: 7 });
  // @ts-expect-error A class, not one of its objects.
  connect('ws://127.0.0.1/', { WebSocket: new WebSocket('ws://127.0.0.1/') });
});

test('an error has one of the codes', () => {
  const code = (error: ClientError) => error.code === 'TIMEOUT';
  expectTypeOf(code).returns.toEqualTypeOf<boolean>();
  // @ts-expect-error There is no such code.
  new ClientError('TIME_OUT', 'late');
});
