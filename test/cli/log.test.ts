import { ChatHub, type Transport } from 'chathub';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type LogOptions, parseLog, programLog } from '../../src/cli/log.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { enter, RawClient } from '../integration/clients.js';
import { chathub, serveWeb } from '../integration/servers.js';

type Log = ReturnType<typeof programLog>;

/** What was written to standard error from here on. */
function spied(): { readonly lines: readonly string[] } {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => log.mockRestore());
  const before = log.mock.calls.length;
  return {
    get lines() {
      return log.mock.calls.slice(before).map(String);
    },
  };
}

function written(options: LogOptions | undefined, write: (log: Log) => void): readonly string[] {
  const spy = spied();
  write(programLog(options));
  return spy.lines;
}

/** What becomes of an error that a transport tells of. */
async function logged(error: unknown): Promise<string> {
  const spy = spied();
  const transport: Transport = {
    name: 'tcp',
    addresses: [],
    start: async (_accept, { onError }) => onError(error as Error),
    stop: async () => {},
  };
  const hub = new ChatHub({ logger: programLog() });
  await hub.listen(transport);
  await hub.close();
  return spy.lines.join();
}

test('an error of the hub is one line, without its stack', async () => {
  expect(await logged(new Error('accept EMFILE'))).toBe('chathub: tcp: accept EMFILE');
});

test('nothing in an error can begin a line of its own, act on a terminal, or fill the log', async () => {
  const line = await logged(new Error(`x\n[ERROR]\r\x1b[2J forged\u2028 ${'y'.repeat(10_000)}`));
  expect(line).toMatch(/^chathub: tcp: x \[ERROR\] forged {2}y+$/);
  expect(line.length).toBeLessThan(250);
});

test('what is thrown need not be an error', async () => {
  expect(await logged('a string')).toBe('chathub: tcp: a string');
});

describe('a log', () => {
  const all = (log: Log) => {
    log.debug({ member: 'm1' }, 'one');
    log.info({ connections: 2 }, 'two');
    log.warn({ state: 'down' }, 'three');
    log.error({ stage: 'x' }, 'four');
  };

  test('is pretty by default, and has warnings and errors', () => {
    expect(written(undefined, all)).toEqual(['chathub: three', 'chathub: four']);
  });

  test('has as much as its level says, with the facts of what is no warning', () => {
    expect(written({ format: 'pretty', level: 'debug' }, all)).toEqual([
      'chathub: one member=m1',
      'chathub: two connections=2',
      'chathub: three',
      'chathub: four',
    ]);
    expect(written({ format: 'pretty', level: 'error' }, all)).toHaveLength(1);
  });

  test('that is off has nothing', () => {
    expect(written({ format: 'off', level: 'debug' }, all)).toEqual([]);
  });

  test('in JSON is an object a line, without stacks, and nothing in it acts on a terminal', () => {
    const err = Object.assign(new Error('y\u0085[ERROR]\u2028forged\x1b'), { code: 'EMFILE' });
    const lines = written({ format: 'json', level: 'info' }, (log) => {
      all(log);
      log.error({ stage: 'tcp', err }, 'tcp: y\n[ERROR] forged');
    });
    expect(lines.every((line) => !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(line))).toBe(true);
    const objects = lines.map((line) => JSON.parse(line));
    expect(objects).toMatchObject([
      { level: 'info', msg: 'two', connections: 2 },
      { level: 'warn', msg: 'three', state: 'down' },
      { level: 'error', msg: 'four', stage: 'x' },
      { level: 'error', msg: 'tcp: y [ERROR] forged', err: { type: 'Error', code: 'EMFILE' } },
    ]);
    expect(Math.abs(Date.parse(objects[0].time) - Date.now())).toBeLessThan(60_000);
    expect(lines.join()).not.toContain('log.test.ts');
  });
});

test.each([
  ['xml', undefined, '--log: expected pretty, json, off, got "xml".'],
  ['json', 'loud', '--log-level: expected debug, info, warn, error, got "loud".'],
])('--log %s --log-level %s is refused', (format, level, sentence) => {
  const parse = () => parseLog({ text: format, source: '--log' }, { text: level, source: '--log-level' });
  expect(parse).toThrow(UsageError);
  expect(parse).toThrow(sentence);
});

test('a variable that is set to nothing is none', () => {
  const nothing = { text: '', source: 'CHATHUB_LOG' };
  expect(parseLog(nothing, nothing)).toEqual({ format: 'pretty', level: 'warn' });
});

describe('chathub serve', () => {
  const hush = 'hush4e1f';

  test('logs a talk in JSON, on standard error alone, and nothing that was said in it', async () => {
    const { program, port, web } = await serveWeb('--log', 'json', '--log-level', 'debug');
    const alice = new RawClient(port);
    const { token } = await enter(alice, `${hush}a`, 1);
    alice.say(
      hush,
      `/join ${hush}`,
      `/msg ${hush}a ${hush}`,
      `/auth ${hush}`,
      `/resume ${hush}`,
      `/dance ${hush}`,
      '/quit',
    );
    await alice.closed();
    const socket = new WebSocket(`${web.replace('http', 'ws')}/chat?token=${hush}`, 'chathub.v1.json', {
      headers: { Cookie: hush, 'X-Secret': hush },
    });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('open', () => socket.send(`{"type":"hello","token":"${hush}","session":"${hush}"}{${hush}`));
    socket.on('message', () => socket.close());
    await closed;
    program.kill('SIGTERM');
    expect(await program.exit()).toMatchObject({ code: 0 });
    const lines = program.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ msg }) => msg)).toEqual(
      expect.arrayContaining([
        `listening on tcp://127.0.0.1:${port}`,
        'a session began',
        'a session ended',
        'the hub closes',
        'the hub is closed',
      ]),
    );
    expect(lines.find(({ msg }) => msg === 'a session began')).toMatchObject({
      level: 'debug',
      guest: true,
      transport: 'tcp',
      remoteAddress: '127.0.0.1',
    });
    expect(program.stderr).not.toContain(hush);
    expect(program.stderr).not.toContain(token);
    expect(program.stdout).toMatch(/^Listening on tcp:/);
  });

  test.each([
    ['CHATHUB_LOG', 'xml'],
    ['CHATHUB_LOG_LEVEL', 'loud'],
  ])('is told of a bad %s by its name', async (name, value) => {
    const program = chathub(['serve'], { [name]: value });
    expect(await program.exit()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toMatch(new RegExp(`^chathub: ${name}: expected .*"${value}".*\n$`));
  });
});
