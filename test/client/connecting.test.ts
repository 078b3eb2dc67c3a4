import { ClientError, connect } from 'chathub/client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { author, FakeSocket, scripted, settled, stillTime } from './fake-socket.js';

stillTime();
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('the next attempt to connect', () => {
  test('comes within a span that doubles up to the most, and begins anew after a welcome', async () => {
    const random = vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { sockets, states, socket, greet } = scripted({ retryDelay: 1_000, retryDelayMax: 5_000 });
    const delays: (number | undefined)[] = [];
    const fail = async () => {
      await settled();
      socket().end();
      const delay = states.at(-1)?.retryIn;
      delays.push(delay);
      const before = sockets.length;
      await vi.advanceTimersByTimeAsync(Number(delay) - 1);
      expect(sockets.length).toBe(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(sockets.length).toBe(before + 1);
    };
    for (let n = 0; n < 5; n++) await fail();
    expect(delays.splice(0)).toEqual([500, 1_000, 2_000, 2_500, 2_500]);
    random.mockReturnValue(0.9);
    await fail();
    expect(delays.splice(0)).toEqual([4_500]);
    await greet();
    await fail();
    expect(delays).toEqual([900]);
  });

  test('may be made at once: all of the span is used', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const { states, socket } = scripted();
    await settled();
    socket().end();
    expect(states.at(-1)).toMatchObject({ state: 'offline', retryIn: 0 });
  });

  test('is made when the server said, once', async () => {
    const { states, socket, greet, retry } = scripted({ retryDelay: 100 });
    await greet();
    socket().say({ type: 'bye', code: 'SHUTDOWN', message: 'Server is restarting.', retryAfter: 8_123 });
    socket().end(4002, 'SHUTDOWN');
    expect(states.at(-1)).toMatchObject({ state: 'offline', retryIn: 8_123, error: { code: 'SHUTDOWN' } });
    await vi.advanceTimersByTimeAsync(8_122);
    expect(states.at(-1)?.state).toBe('offline');
    await retry();
    socket().end();
    expect(states.at(-1)?.retryIn).toBeLessThanOrEqual(100);
  });

  test('is made at once when the browser says that the network is back', async () => {
    const page = new EventTarget();
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
    const { client, sockets, socket, states } = scripted();
    await settled();
    page.dispatchEvent(new Event('online'));
    expect(sockets.length).toBe(1);
    socket().end(1006);
    page.dispatchEvent(new Event('online'));
    await settled();
    expect(sockets.length).toBe(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sockets.length).toBe(2);
    client.close();
    page.dispatchEvent(new Event('online'));
    await settled();
    expect([sockets.length, states.at(-1)?.state]).toEqual([2, 'closed']);
  });
});

describe('a connection', () => {
  test('offers the protocol', async () => {
    const { socket } = scripted();
    await settled();
    expect(socket()).toMatchObject({ url: 'ws://chat.test/chat', protocols: ['chathub.v1.json'] });
  });

  test.each([
    ['that does not open', () => undefined],
    ['that is not greeted', (socket: FakeSocket) => socket.open()],
  ])('%s is given up after 10 s', async (_what, meanwhile) => {
    const { sockets, states, socket, retry } = scripted();
    await settled();
    meanwhile(socket());
    await vi.advanceTimersByTimeAsync(9_999);
    expect(socket().closed).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(socket().closed).toEqual([4000, 'HELLO_TIMEOUT']);
    expect(states.at(-1)).toMatchObject({ state: 'offline', error: { code: 'HELLO_TIMEOUT' } });
    await retry();
    expect(sockets.length).toBe(2);
  });

  test('that is silent for as long as a heartbeat is asked, and given up 10 s later', async () => {
    const { socket, greet, states } = scripted();
    await greet({ heartbeat: 20_000 });
    await vi.advanceTimersByTimeAsync(19_999);
    socket().say({ type: 'notice', text: 'still here' });
    await vi.advanceTimersByTimeAsync(19_999);
    expect(socket().all('ping')).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(socket().all('ping').length).toBe(1);
    await vi.advanceTimersByTimeAsync(9_999);
    expect(socket().closed).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(socket().closed).toEqual([4000, 'HEARTBEAT_LOST']);
    expect(states.at(-1)).toMatchObject({ state: 'offline', error: { code: 'HEARTBEAT_LOST' } });
  });

  test('that answers lives on, and is asked again', async () => {
    const { socket, greet, client } = scripted();
    await greet({ heartbeat: 20_000 });
    for (let n = 1; n <= 3; n++) {
      await vi.advanceTimersByTimeAsync(20_000);
      expect(socket().all('ping').length).toBe(n);
      socket().say({ type: 'pong' });
    }
    expect(client.state).toBe('online');
  });

  // A timer takes 2^31 ms for 1: a client of a server with a heartbeat of a month asked a thousand times a second.
  test.each([null, 2 ** 31, 1e300, -1, 'x'])('is left alone where the heartbeat is %j', async (heartbeat) => {
    const { socket, greet } = scripted();
    await greet({ heartbeat });
    for (let second = 0; second < 60; second++) {
      socket().say({ type: 'pong' });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(socket().all('ping')).toEqual([]);
  });

  // The same of the time after which to come back; and `setTimeout()` threw for what can be made no number.
  test.each([2 ** 31, 1e300, -1, 'x', {}, [[{ toString: 0 }]]])(
    'is not opened again and again where the server says to come back after %j',
    async (retryAfter) => {
      const { sockets, socket, greet, states } = scripted();
      await greet();
      socket().say({ type: 'bye', code: 'SHUTDOWN', message: '', retryAfter });
      socket().end(4002);
      expect(states.at(-1)?.state).toBe('offline');
      expect(Number.isFinite(states.at(-1)?.retryIn)).toBe(true);
      await settled();
      expect(sockets.length).toBe(1);
    },
  );

  // The text of an error was made outside of what caught all that is wrong with a frame, and an object can refuse to be a text.
  test('is given up where an error has no text, and whoever asked is told that the answer was lost', async () => {
    const { client, socket, greet } = scripted();
    await greet();
    const outcome = vi.fn();
    client.nick('al').catch(outcome);
    await settled();
    const { id } = socket().last('nick');
    socket().say({ type: 'error', re: id, code: 'INTERNAL', message: { toString: 0 }, retryable: true });
    await settled();
    expect(socket().closed).toEqual([4000, 'BAD_FRAME']);
    expect(outcome.mock.calls).toMatchObject([[{ code: 'TIMEOUT' }]]);
  });

  test.each([1001, 1006, 1011, 4000, 4001, 4002, 4499])('that is closed with %i is opened again', async (code) => {
    const { sockets, socket, greet, retry } = scripted();
    await greet();
    socket().end(code);
    await retry();
    expect(sockets.length).toBe(2);
  });

  test.each([
    [4501, 'KICKED'],
    [4502, 'BANNED'],
    [4503, 'REPLACED'],
    [4504, 'ABUSE'],
    [4999, 'FORBIDDEN'],
  ])('that is closed with %i is not', async (code, reason) => {
    const { client, states, sockets, socket, greet } = scripted();
    await greet();
    socket().end(code, reason);
    expect(states.at(-1)).toMatchObject({ state: 'closed', error: { code: reason, retryable: false } });
    await expect(client.ready()).rejects.toMatchObject({ code: reason });
    await vi.advanceTimersByTimeAsync(100_000);
    expect([sockets.length, vi.getTimerCount()]).toEqual([1, 0]);
  });

  test('brings a frame that is no JSON to nothing worse than a lost connection', async () => {
    // Thrown out of `onmessage`, it ends a Node.js process.
    const { greet } = scripted();
    const socket = await greet();
    expect(() => socket.onmessage?.({ data: 'no json' } as never)).not.toThrow();
  });
});

describe('the end', () => {
  test('is said on the wire, and to all who wait, once', async () => {
    const { client, states, socket, greet, enter } = scripted();
    await greet();
    const lobby = await enter();
    const left = vi.fn();
    client.on('leave', left);
    const asked = [lobby.send('x'), client.request('y'), client.nick('z'), lobby.leave()];
    const harmless = [client.join('den'), client.listRooms(), client.history('bob')];
    const outcomes = [Promise.allSettled(asked), Promise.allSettled(harmless)] as const;
    await settled();
    client.close();
    client.close();
    expect(socket().closed).toEqual([1000, '']);
    const codes = (settled: PromiseSettledResult<unknown>[]) =>
      settled.map((outcome) => outcome.status === 'rejected' && outcome.reason.code);
    // What may have been done, and what does not matter any more.
    expect(codes(await outcomes[0])).toEqual(['TIMEOUT', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
    expect(codes(await outcomes[1])).toEqual(['SHUTDOWN', 'SHUTDOWN', 'SHUTDOWN']);
    expect(states.filter(({ state }) => state === 'closed').length).toBe(1);
    expect(left.mock.calls).toEqual([[{ room: lobby, code: undefined, reason: undefined }]]);
    await expect(client.join('lobby')).rejects.toBeInstanceOf(ClientError);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('in the very step in which it was made opens nothing', async () => {
    // The first attempt, which waits for whoever listens, made it live again.
    const { client, sockets } = scripted();
    const ready = client.ready().catch(({ code }) => code);
    client.close();
    await settled();
    expect([client.state, sockets]).toEqual(['closed', []]);
    expect(await ready).toBe('SHUTDOWN');
  });

  test('while a token is waited for opens nothing', async () => {
    const { client, sockets } = scripted({ token: () => new Promise((resolve) => setTimeout(resolve, 50, 'late')) });
    await settled();
    client.close();
    await vi.advanceTimersByTimeAsync(100);
    expect([client.state, sockets]).toEqual(['closed', []]);
  });

  test('between two attempts makes no other', async () => {
    const { client, sockets, socket } = scripted();
    await settled();
    socket().end();
    client.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sockets.length, vi.getTimerCount()]).toEqual([1, 0]);
  });
});

describe('an address', () => {
  const urlOf = async (url: string | URL) => {
    const urls: string[] = [];
    class WebSocket extends FakeSocket {
      constructor(to: string, protocols: string[]) {
        super(to, protocols);
        urls.push(to);
      }
    }
    const client = connect(url, { WebSocket });
    await settled();
    client.close();
    return urls;
  };

  test('may be written as in the page that it stands in', async () => {
    vi.stubGlobal('location', { href: 'https://chat.example/app/index.html' });
    expect(await urlOf('/chat')).toEqual(['wss://chat.example/chat']);
    expect(await urlOf('chat?x=1')).toEqual(['wss://chat.example/app/chat?x=1']);
    expect(await urlOf('http://other.example/http')).toEqual(['ws://other.example/http']);
    expect(await urlOf(new URL('wss://third.example/'))).toEqual(['wss://third.example/']);
  });

  test('is refused at once when it is none', () => {
    expect(() => connect('/chat', { WebSocket: FakeSocket })).toThrow(TypeError);
  });

  test('is of no use without a WebSocket, which is said at once', () => {
    vi.stubGlobal('WebSocket', undefined);
    expect(() => connect('ws://chat.test/')).toThrow(TypeError);
  });

  test('is opened with the WebSocket of the platform', async () => {
    const made = vi.fn();
    class Platform extends FakeSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols);
        made(url);
      }
    }
    vi.stubGlobal('WebSocket', Platform);
    const client = connect('ws://chat.test/');
    await settled();
    client.close();
    expect(made.mock.calls).toEqual([['ws://chat.test/']]);
  });
});

test('an error that nobody listens to goes to the console', async () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const client = connect('ws://chat.test/', {
    WebSocket: FakeSocket,
    token: () => {
      throw new Error('no token');
    },
  });
  await settled();
  client.close();
  expect(said.mock.calls).toEqual([['[chathub]', new Error('no token')]]);
});

test('ready() says who one is', async () => {
  const { client, greet } = scripted();
  const ready = client.ready();
  expect(client.me).toBeUndefined();
  await greet({ member: author('ali') });
  expect(await ready).toEqual(author('ali'));
  expect(client.me).toEqual(author('ali'));
});

test.each([null, 1, 'x', { type: 'presence', room: 'lobby' }, { type: 'joined', room: 'lobby' }, { type: 'welcome' }])(
  'a server that sends %j costs the connection, and throws nowhere',
  async (frame) => {
    const { socket, greet, enter, states } = scripted();
    await greet();
    await enter();
    expect(() => socket().say(frame as object)).not.toThrow();
    expect(states.at(-1)?.state).toBe('offline');
  },
);
