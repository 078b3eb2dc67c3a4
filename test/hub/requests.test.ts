import { ChatError, ChatHub, OptionError, type StandardSchema } from 'chathub';
import { describe, expect, test } from 'vitest';
import { byToken, chat } from './set-up.js';

const schemaOf = <T>(check: (value: unknown) => value is T, message: string): StandardSchema<T> => ({
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: async (value) => (check(value) ? { value } : { issues: [{ message, path: ['city', { key: 0 }] }] }),
  },
});

describe('a request', () => {
  test('is answered by the handler of its name, who is told who asks', async () => {
    const { hub, connect } = await chat({ policies: { authenticate: byToken } });
    hub.handle('whoami', ({ member, data }) => ({ name: member.name, user: member.user.id, data }));
    const ali = await connect(undefined, { token: 'ali' });
    expect(await ali.ask({ type: 'request', name: 'whoami', data: [1, { two: null }], id: 'r1' })).toEqual({
      type: 'response',
      re: 'r1',
      data: { name: 'ali', user: 'ali', data: [1, { two: null }] },
    });
  });

  test('without data has null, and an answer of nothing is null', async () => {
    const { hub, connect } = await chat();
    const seen: unknown[] = [];
    hub.handle('note', async ({ data }) => void seen.push(data));
    const client = await connect();
    expect((await client.request({ type: 'request', name: 'note' })).data).toBeNull();
    expect(seen).toEqual([null]);
  });

  test.each([['constructor'], ['__proto__'], ['nobody']])('that nobody answers is BAD_COMMAND: %s', async (name) => {
    const { connect } = await chat();
    const reply = await (await connect()).ask({ type: 'request', name });
    expect(reply).toMatchObject({ type: 'error', code: 'BAD_COMMAND', message: `There is no request "${name}".` });
  });

  test.each([[''], ['x'.repeat(65)]])('has a name of 1 to 64 characters: %j', async (name) => {
    const { connect } = await chat();
    expect(await (await connect()).ask({ type: 'request', name })).toMatchObject({ code: 'BAD_COMMAND' });
  });

  test('has at most dataBytes', async () => {
    const { hub, connect } = await chat({ limits: { dataBytes: 10 } });
    hub.handle('echo', ({ data }) => data);
    const client = await connect();
    expect((await client.request({ type: 'request', name: 'echo', data: '12345678' })).data).toBe('12345678');
    expect(await client.ask({ type: 'request', name: 'echo', data: '123456789' })).toMatchObject({ code: 'TOO_LONG' });
  });

  test('that takes long holds up neither messages nor other requests', async () => {
    const { hub, connect } = await chat();
    let finish: (answer: string) => void = () => undefined;
    hub.handle('slow', () => new Promise<string>((resolve) => (finish = resolve)));
    hub.handle('fast', () => 'fast');
    const client = await connect('alice');
    await client.join('lobby');
    const slow = client.request({ type: 'request', name: 'slow' });
    await client.say('lobby', 'meanwhile');
    expect((await client.request({ type: 'request', name: 'fast' })).data).toBe('fast');
    finish('slow');
    expect((await slow).data).toBe('slow');
  });

  test('waits while 64 of the same client are being answered, and no other client waits with it', async () => {
    const { hub, connect } = await chat({ limits: { commandBurst: 200 } });
    const finish: (() => void)[] = [];
    hub.handle('slow', () => new Promise<void>((resolve) => finish.push(resolve)));
    hub.handle('fast', () => 'fast');
    const [busy, other] = [await connect(), await connect()];
    const asked = Array.from({ length: 70 }, () => busy.request({ type: 'request', name: 'slow' }));
    expect((await other.request({ type: 'request', name: 'fast' })).data).toBe('fast');
    expect(finish).toHaveLength(64);
    while (finish.length > 0) {
      finish.shift()?.();
      await other.request({ type: 'ping' });
    }
    expect(await Promise.all(asked)).toHaveLength(70);
  });
});

describe('a handler', () => {
  test('that throws a ChatError refuses with it; what else it throws is INTERNAL to the client and an error event', async () => {
    const { hub, connect, errors } = await chat();
    hub.handle('no', () => {
      throw new ChatError('FORBIDDEN', 'not today');
    });
    hub.handle('broken', async () => Promise.reject(new Error('secret')));
    const client = await connect();
    expect(await client.ask({ type: 'request', name: 'no' })).toMatchObject({
      code: 'FORBIDDEN',
      message: 'not today',
    });
    const internal = await client.ask({ type: 'request', name: 'broken' });
    expect(internal).toMatchObject({ type: 'error', code: 'INTERNAL' });
    expect(JSON.stringify(internal)).not.toContain('secret');
    expect(errors.splice(0)).toMatchObject([{ stage: 'request broken', error: { message: 'secret' } }]);
  });

  test.each([
    ['a cycle', () => (cycle.self = cycle)],
    ['a big integer', () => 1n],
    ['a function', () => () => 1],
  ])('that answers with what is no JSON is at fault: %s', async (_, answer) => {
    const { hub, connect, errors } = await chat();
    hub.handle('odd', answer as () => never);
    const client = await connect();
    expect(await client.ask({ type: 'request', name: 'odd' })).toMatchObject({ code: 'INTERNAL' });
    expect(errors.splice(0)).toHaveLength(1);
  });

  test('that does not settle in time is TIMEOUT, and told so by its signal', async () => {
    const { hub, connect, clock } = await chat();
    let told: AbortSignal | undefined;
    hub.handle('forever', ({ signal }) => {
      told = signal;
      return new Promise<never>(() => undefined);
    });
    const client = await connect();
    const reply = client.ask({ type: 'request', name: 'forever' });
    await client.request({ type: 'ping' });
    await clock.advance(10_000);
    expect(await reply).toMatchObject({ type: 'error', code: 'TIMEOUT' });
    expect(told?.aborted).toBe(true);
  });

  test('hears by its signal that the client has gone', async () => {
    const { hub, connect, clock } = await chat();
    const aborted = new Promise<void>((resolve) => {
      hub.handle('forever', ({ signal }) => {
        signal.addEventListener('abort', () => resolve());
        return new Promise<never>(() => undefined);
      });
    });
    const client = await connect();
    client.tell({ type: 'request', name: 'forever' });
    await client.request({ type: 'ping' });
    client.peer.cut();
    await aborted;
    await clock.advance(30_000);
  });

  test('with a schema is given what passes it, and the client what does not, in words of the schema', async () => {
    const { hub, connect } = await chat();
    const city = schemaOf((value) => typeof value === 'string', 'Expected a string');
    hub.handle('weather', city, ({ data }) => ({ city: data.toUpperCase() }));
    const client = await connect();
    const good = await client.request({ type: 'request', name: 'weather', data: 'porto' });
    expect(good.data).toEqual({ city: 'PORTO' });
    const bad = await client.ask({ type: 'request', name: 'weather', data: 7 });
    expect(bad).toMatchObject({ code: 'BAD_COMMAND', message: 'data.city.0: Expected a string' });
  });

  test('can be taken back, once', async () => {
    const { hub, connect } = await chat();
    const off = hub.handle('a', () => 1);
    const client = await connect();
    expect((await client.request({ type: 'request', name: 'a' })).data).toBe(1);
    off();
    expect(await client.ask({ type: 'request', name: 'a' })).toMatchObject({ code: 'BAD_COMMAND' });
    hub.handle('a', () => 2);
    off();
    expect((await client.request({ type: 'request', name: 'a' })).data).toBe(2);
  });

  test('must be a function of a new name, its schema a Standard Schema', () => {
    const hub = new ChatHub();
    hub.handle('a', () => 1);
    const wrong: readonly (() => unknown)[] = [
      () => hub.handle('a', () => 1),
      () => hub.handle('', () => 1),
      () => hub.handle('b', 7 as never),
      () => hub.handle('b', {} as never, () => 1),
    ];
    for (const mistake of wrong) expect(mistake).toThrow(OptionError);
  });
});

test('the hub says goodbye although a request is still being answered', async () => {
  const { hub, connect } = await chat();
  hub.handle('forever', () => new Promise<never>(() => undefined));
  const client = await connect();
  client.tell({ type: 'request', name: 'forever' });
  await client.request({ type: 'ping' });
  void hub.close({ drain: 1_000 });
  expect(await client.next('bye')).toMatchObject({ code: 'SHUTDOWN' });
});

describe('what waits for a place beside 64 requests', () => {
  const waiting = async (options: Parameters<typeof chat>[0] = {}) => {
    const chatting = await chat({ limits: { commandBurst: 200, resumeWindow: 0 }, ...options });
    chatting.hub.handle('forever', () => new Promise<never>(() => undefined));
    const client = await chatting.connect(undefined, { token: 'ali' });
    for (let n = 0; n < 65; n++) client.tell({ type: 'request', name: 'forever' });
    return { ...chatting, client };
  };

  // When the connection went, its 65th request got its place, found no member, and greeted a guest for nobody.
  test('is not begun for a client that has gone', async () => {
    const tokens: unknown[] = [];
    const authenticate = ({ token }: { readonly token: string | undefined }) => {
      tokens.push(token);
      return { id: 'ali' };
    };
    const { hub, client, clock, connect } = await waiting({ policies: { authenticate } });
    const gone = new Promise((resolve) => hub.once('disconnect', resolve));
    client.peer.cut();
    await client.peer.closed;
    await clock.advance(0);
    await gone;
    await connect(undefined, { token: 'bob' });
    expect(tokens).toEqual(['ali', 'bob']);
  });

  // The goodbye waited for the place, and so for the application.
  test('does not keep the goodbye', async () => {
    const { hub, client } = await waiting();
    const closed = hub.close({ drain: 60_000 });
    expect(await client.next('bye')).toMatchObject({ code: 'SHUTDOWN' });
    await closed;
    expect(client.events.at(-1)).toMatchObject({ type: 'bye' });
  });
});

test('an answer may be any thenable, and is checked like others', async () => {
  const { hub, connect, errors } = await chat();
  // biome-ignore lint/suspicious/noThenProperty: as lazy query builders do
  const thenable = (value: unknown) => ({ then: (resolve: (value: unknown) => void) => resolve(value) });
  hub.handle('nothing', () => thenable(undefined));
  hub.handle('big', () => thenable(1n));
  const client = await connect();
  expect((await client.request({ type: 'request', name: 'nothing' })).data).toBeNull();
  expect(await client.ask({ type: 'request', name: 'big' })).toMatchObject({ code: 'INTERNAL' });
  expect(errors.splice(0)).toHaveLength(1);
});

test('what a handler throws answers the request that it is about, whatever it says', async () => {
  const { hub, connect } = await chat();
  hub.handle('no', () => {
    throw new ChatError('FORBIDDEN', 'no', { re: 'another' });
  });
  const client = await connect();
  expect(await client.ask({ type: 'request', name: 'no', id: 'mine' })).toMatchObject({
    code: 'FORBIDDEN',
    re: 'mine',
  });
});

test('a handler hears that the member whose request it is goes on as another', async () => {
  const { hub, connect, dial, clock } = await chat({ limits: { resumeWindow: 30_000 } });
  const aborted = new Promise<void>((resolve) => {
    hub.handle('forever', ({ signal }) => {
      signal.addEventListener('abort', () => resolve());
      return new Promise<never>(() => undefined);
    });
  });
  const earlier = await connect('alice');
  const { session } = await earlier.next('welcome');
  earlier.peer.cut();
  const client = dial();
  await client.hello();
  client.tell({ type: 'request', name: 'forever' });
  await client.hello({ session });
  await aborted;
  await clock.advance(30_000);
});

const cycle: { self?: unknown } = {};
