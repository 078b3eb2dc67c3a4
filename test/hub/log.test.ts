import { ChatError, ChatHub, type Logger, memory } from 'chathub';
import { memoryTransport } from 'chathub/testing';
import pino from 'pino';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { byToken, chat, gatedEngine } from './set-up.js';

interface Line {
  readonly level: keyof Logger;
  readonly facts: object;
  readonly sentence: string;
}

/** A logger that remembers. */
function remembering() {
  const lines: Line[] = [];
  const at = (level: keyof Logger) => (facts: object, sentence: string) => void lines.push({ level, facts, sentence });
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { lines, logger };
}

describe('a logger is told', () => {
  test('where a hub listens, and that it closes', async () => {
    const { lines, logger } = remembering();
    const hub = new ChatHub({ logger });
    const { addresses } = await hub.listen(memoryTransport());
    await hub.close();
    await hub.close();
    expect(lines).toEqual([
      { level: 'info', facts: { addresses }, sentence: `listening on ${addresses.join(', ')}` },
      { level: 'info', facts: { connections: 0 }, sentence: 'the hub closes' },
      { level: 'info', facts: {}, sentence: 'the hub is closed' },
    ]);
  });

  test('which sessions begin and end, by ids', async () => {
    const { lines, logger } = remembering();
    const { connect, clock } = await chat({ logger, policies: { authenticate: byToken } });
    const alice = await connect(undefined, { token: 'u1' }, { remoteAddress: '192.0.2.1' });
    const { member } = await alice.next('welcome');
    alice.tell({ type: 'quit' });
    await alice.peer.closed;
    await clock.advance(0);
    const facts = { member: member.id, user: 'u1', guest: false, transport: 'memory', remoteAddress: '192.0.2.1' };
    expect(lines.filter(({ level }) => level === 'debug')).toEqual([
      { level: 'debug', facts, sentence: 'a session began' },
      { level: 'debug', facts, sentence: 'a session ended' },
    ]);
  });

  test('why a session was ended', async () => {
    const { lines, logger } = remembering();
    const { hub, connect } = await chat({ logger });
    const alice = await connect('alice');
    const { member } = await alice.next('welcome');
    await (await hub.member(member.id))?.disconnect();
    await alice.peer.closed;
    await vi.waitFor(() => expect(lines.at(-1)).toMatchObject({ facts: { code: 'KICKED' } }));
  });

  test('not of connections that nobody lets in: they are counted', async () => {
    const { lines, logger } = remembering();
    const { hub, transport, connect } = await chat({ logger, limits: { connections: 1 } });
    await connect('alice');
    const before = lines.length;
    for (let number = 0; number < 20; number++) await transport.connect().closed;
    expect(lines).toHaveLength(before);
    expect(hub.metrics().refused).toEqual({ RATE_LIMITED: 20 });
  });

  test('how the engine is, its return included, and what endangers it', async () => {
    const { lines, logger } = remembering();
    const inner = memory();
    let tell: ((state: { state: 'up' | 'down'; reason?: string }) => void) | undefined;
    const engine = {
      name: 'fragile',
      async open(context: Parameters<typeof inner.open>[0]) {
        tell = (state) => context.onState?.(state);
        return Object.assign(await inner.open(context), { warnings: ['Nothing is synced.'] });
      },
    };
    const hub = new ChatHub({ engine, logger });
    await hub.room('lobby').send('x');
    tell?.({ state: 'down', reason: 'It does not answer.' });
    tell?.({ state: 'up' });
    await hub.close();
    const sentences = lines.filter(({ level }) => level === 'warn').map(({ sentence }) => sentence);
    expect(sentences).toEqual([
      'engine: up',
      'engine: Nothing is synced.',
      'engine: down: It does not answer.',
      'engine: up',
      'engine: Nothing is synced.',
    ]);
  });

  test('what failed: of a ChatError its code, of anything else its stack', async () => {
    const { lines, logger } = remembering();
    const failures = [new ChatError('ENGINE_UNAVAILABLE'), new TypeError('broken')];
    const { hub, connect, errors } = await chat({ logger });
    hub.on('join', () => {
      throw failures.shift();
    });
    const alice = await connect('alice');
    await alice.join('one');
    await alice.join('two');
    errors.splice(0);
    const [first, second] = lines.filter(({ level }) => level === 'error');
    expect(first).toEqual({
      level: 'error',
      facts: { stage: 'join listener', code: 'ENGINE_UNAVAILABLE' },
      sentence: 'join listener: The server cannot store that now; try again.',
    });
    expect(second).toMatchObject({ facts: { stage: 'join listener', err: { name: 'TypeError', message: 'broken' } } });
    expect(second).toMatchObject({ facts: { err: { stack: expect.stringContaining('log.test.ts') } } });
  });
});

describe('a logger', () => {
  test('takes errors from the console', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const { lines, logger } = remembering();
    const hub = new ChatHub({ logger });
    hub.room('lobby').on('message', () => {
      throw new Error('broken');
    });
    await hub.room('lobby').send('x');
    await vi.waitFor(() => expect(lines).toMatchObject([{ level: 'error' }]));
    await hub.close();
    expect(log).not.toHaveBeenCalled();
  });

  test('that throws harms nobody, and is told of on the console', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {});
    onTestFinished(() => log.mockRestore());
    const fail = () => {
      throw new Error('disk full');
    };
    const hub = new ChatHub({ logger: { debug: fail, info: fail, warn: fail, error: fail } });
    await hub.listen(memoryTransport());
    await hub.room('lobby').send('x');
    await hub.close();
    expect(log).toHaveBeenCalledWith(
      expect.stringContaining('error listener'),
      expect.objectContaining({ message: 'disk full' }),
    );
  });

  test.each([{}, { debug() {}, info() {}, warn() {} }, 'console'])('is no logger: %j', (logger) => {
    expect(() => new ChatHub({ logger: logger as never })).toThrow(
      /^Expected "logger" to be an object with the methods/,
    );
  });

  test('of pino, and the console, are such', () => {
    const loggers: readonly Logger[] = [
      console,
      pino({ enabled: false }),
      pino({ enabled: false }).child({ part: 'chat' }),
    ];
    for (const logger of loggers) expect(() => new ChatHub({ logger })).not.toThrow();
  });
});

/** Stands in all that is said in the talk below, and in all that is nobody's affair. */
const hush = 'hush4e1f';

test('the log of a talk full of secrets holds none of them, at whatever level', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  const { engine, gates } = gatedEngine();
  const policies = { authenticate: () => ({ id: 'u1', name: `${hush}name`, secret: hush }) };
  const { hub, connect, dial, errors, transport } = await chat({ logger, engine, policies });
  hub.handle('secret', () => {
    throw new Error('no such secret');
  });
  const alice = await connect(`${hush}nick`, { token: `${hush}token` });
  const { session } = await alice.next('welcome');
  await alice.join(`${hush}room`);
  await alice.say(`${hush}room`, hush, { data: { [hush]: hush }, key: hush });
  for (const command of [
    { type: 'nick', name: `${hush}other` },
    { type: 'topic', room: `${hush}room`, topic: hush },
    { type: 'direct', to: `${hush}other`, text: hush },
    { type: 'direct', to: `${hush}nobody`, text: hush },
    { type: 'signal', room: `${hush}room`, name: 'typing', data: hush },
    { type: 'request', name: 'secret', data: hush },
    { type: 'request', name: hush, data: hush },
    { type: 'search', room: `${hush}room`, text: hush },
    { type: 'edit', room: `${hush}room`, message: hush, text: hush },
    { type: 'join', room: `${hush} ${hush}` },
    { type: 'auth', token: `${hush}again` },
  ])
    await alice.ask(command as never);
  const stranger = dial({ handshake: { url: `/chat?token=${hush}`, headers: { cookie: hush }, token: hush } } as never);
  stranger.peer.send(`{"${hush}`);
  await stranger.hello({ session: `${hush}session` }).catch(() => {});
  // As drivers do: the command that failed, with what somebody wrote.
  gates.set('log.append', () =>
    Promise.reject(Object.assign(new Error('READONLY'), { command: { args: [hush, session] } })),
  );
  await alice.say(`${hush}room`, hush).catch(() => {});
  await hub
    .room(`${hush}room`)
    .send(hush)
    .catch(() => {});
  alice.peer.cut();
  await transport.stop();
  errors.splice(0);

  const log = lines.join('');
  expect(log).toContain('"stage":"send"');
  expect(log).toContain('READONLY');
  expect(log).toContain('no such secret');
  expect(log).toContain('a session began');
  expect(log).not.toContain(hush);
  expect(log).not.toContain(session);
});
