import { limitTable } from 'chathub';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { run } from '../../src/cli/run.js';
import { chathub } from '../integration/servers.js';

const printed = { out: '', error: '' };

beforeEach(() => {
  Object.assign(printed, { out: '', error: '' });
  const out = vi.spyOn(console, 'log').mockImplementation((text) => void (printed.out += `${text}\n`));
  const error = vi.spyOn(console, 'error').mockImplementation((text) => void (printed.error += `${text}\n`));
  return () => {
    out.mockRestore();
    error.mockRestore();
  };
});

test.each([[['--version']], [['serve', '--version']]])('%j says the version of the package', async (args) => {
  expect(await run(args)).toBe(0);
  expect(printed).toEqual({ out: `${packageJson.version}\n`, error: '' });
});

test('--help tells which commands there are', async () => {
  expect(await run(['--help'])).toBe(0);
  expect(printed.out).toMatch(/^Usage: chathub COMMAND/);
  expect(printed.out).toContain('\n  serve  ');
  expect(printed.out).toContain('\n  connect  ');
});

test('serve --help tells its options, and every limit with its default, in lines that fit a wide terminal', async () => {
  expect(await run(['serve', '--help'])).toBe(0);
  expect(printed.out).toMatch(/^Usage: chathub serve/);
  const options = ['--tcp [HOST:]PORT', '--web [HOST:]PORT', '--limit NAME=VALUE', '--help', '--version'];
  for (const name of [...options, 'CHATHUB_TCP_PORT', 'CHATHUB_WEB_PORT']) {
    expect(printed.out).toContain(`\n  ${name}  `);
  }
  for (const name of Object.keys(limitTable)) expect(printed.out).toContain(`\n  ${name}=`);
  expect(printed.out).toContain('\n  idleTimeout=off ');
  expect(Math.max(...printed.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});

test('connect --help tells its options, in lines that fit a wide terminal', async () => {
  expect(await run(['connect', '--help'])).toBe(0);
  for (const name of ['--room NAME', '--name NAME', '--token TOKEN', '--once', '--tls-ca FILE', '--no-color'])
    expect(printed.out).toContain(`\n  ${name}  `);
  expect(Math.max(...printed.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
});

describe('a command line that makes no sense is refused in one line, with exit code 2', () => {
  test.each([
    [[], /command/],
    [['dance'], /"dance"/],
    [['constructor'], /"constructor"/],
    [['--dance'], /"--dance"/],
    [['serve', '--dance'], /'--dance'/],
    [['serve', 'lobby'], /'lobby'/],
    [['serve', '--tcp'], /--tcp/],
    [['serve', '--tcp', '--help'], /--tcp/],
    [['serve', '--tcp', 'http'], /--tcp: .*"http"/],
    [['serve', '--tcp', '65536'], /--tcp: .*65535.*"65536"/],
    [['serve', '--tcp', '::1:80'], /--tcp: .*\[::1\]:8080.*"::1:80"/],
    [['serve', '--tcp', ':80'], /--tcp: .*":80"/],
    [['serve', '--tcp', '80\n[ERROR] forged'], /--tcp: /],
    [['serve', '\n[ERROR] forged'], /' \[ERROR\] forged'/],
    [['\u2028\r[ERROR] forged'], /" \[ERROR\] forged"/],
    [['serve', '--web'], /--web/],
    [['serve', '--web', 'http'], /--web: .*"http"/],
    [['serve', '--web', '65536'], /--web: .*65535.*"65536"/],
    [['serve', '--web', 'off', '--web', '0'], /--web: .*"off"/],
    [['serve', '--limit', 'drain'], /--limit: .*drain=NUMBER.*"drain"/],
    [['serve', '--limit', 'drain='], /--limit: .*"drain="/],
    [['serve', '--limit', 'drain=1s'], /--limit: .*"drain=1s"/],
    [['serve', '--limit', 'drain=-1'], /--limit: .*"drain=-1"/],
    [['serve', '--limit', 'drain=Infinity'], /--limit: .*drain=off.*"drain=Infinity"/],
    [['serve', '--limit', 'toString=1'], /--limit: .*"toString"/],
    [['serve', '--limit', 'roomsPerMember=0'], /--limit: .*roomsPerMember.*positive/],
    // The file's engine looks at these two before the hub does: what it threw was shown as a stack.
    [['serve', '--limit', 'historyAge=0', '--engine', 'sqlite'], /--limit: .*historyAge.*positive/],
    [['serve', '--limit', 'history=0.5', '--engine', 'sqlite'], /--limit: .*history.*integer/],
    [['serve', '--limit', 'rooms=1.5'], /--limit: .*rooms.*integer/],
    [['serve', '--limit', 'messageBytes=60000'], /--limit: .*frameBytes.*messageBytes/],
    [['connect'], /tcp:\/\/127\.0\.0\.1:8080 or ws:.*See chathub connect --help/],
    [['connect', '127.0.0.1:8080'], /Expected a URL.*"127\.0\.0\.1:8080"/],
    [['connect', 'localhost:8080'], /Expected a URL.*"localhost:8080"/],
    [['connect', 'tcp://localhost'], /Expected a URL.*"tcp:\/\/localhost"/],
    [['connect', 'tcp://localhost:8080/lobby'], /Expected a URL/],
    [['connect', 'tcp://localhost:99999'], /Expected a URL/],
    [['connect', 'ftp://localhost:8080'], /Expected a URL/],
    [['connect', 'ws://alice:secret@localhost/chat'], /^chathub: A URL is no place for a password\..*CHATHUB_TOKEN/],
    [['connect', 'tcp://localhost:1', 'more'], /"more"/],
    [['connect', 'tcp://localhost:1', '--room', 'a b'], /--room: .*"a b"/],
    [['connect', 'tcp://localhost:1', '--name', ''], /--name: .*""/],
    [['connect', 'tcp://localhost:1', '--token', 'a\nb'], /--token: a token has no spaces/],
    [['connect', 'tcp://localhost:1', '--tls-ca', '/no'], /--tls-ca: "\/no" can not be read \(ENOENT\)/],
    [['connect', 'tcp://localhost:1', '--dance'], /'--dance'/],
  ])('%j', async (args, reason) => {
    expect(await run(args)).toBe(2);
    expect(printed.error).toMatch(/^chathub: [^\n]+\n$/);
    expect(printed.error).toMatch(reason);
    expect(printed.out).toBe('');
  });

  test('and so it is of the process', async () => {
    const program = chathub(['serve', '--dance']);
    expect(await program.exit()).toEqual({ code: 2, signal: null });
    expect(program.stderr).toBe("chathub: Unknown option '--dance'. See chathub serve --help\n");
    expect(program.stdout).toBe('');
  });
});
