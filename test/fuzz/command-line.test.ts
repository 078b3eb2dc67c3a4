import { ChatHub, type LimitName, limitTable, OptionError } from 'chathub';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { type Address, pageUrl, parseAddress, telnetCommand } from '../../src/cli/address.js';
import { parseConnectOptions } from '../../src/cli/connect/options.js';
import { engineOf } from '../../src/cli/engine.js';
import { parseServeOptions } from '../../src/cli/serve-options.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { damaged, text } from './hostile.js';
import { fuzz } from './runs.js';

const number = fc.oneof(
  fc.integer({ min: -1, max: 70_000 }).map(String),
  fc.constantFrom(
    '0',
    '65535',
    '65536',
    '9'.repeat(30),
    '9'.repeat(400),
    '1.5',
    '1e3',
    '0x50',
    '٣',
    '-0',
    '+1',
    '',
    'off',
  ),
);
const host = fc.oneof(fc.constantFrom('localhost', '0.0.0.0', '[::1]', '[::]', '::1', '[', '[]', 'a b', '*'), text);
const address = fc.oneof(
  number,
  fc.tuple(host, number).map((parts) => parts.join(':')),
  text,
);
const limit = fc
  .tuple(
    fc.oneof(fc.constantFrom(...Object.keys(limitTable), '__proto__', 'toString', ''), text),
    fc.constantFrom('=', ''),
    number,
  )
  .map((parts) => parts.join(''));
const engine = fc.oneof(
  fc.constantFrom('memory', 'sqlite', 'sqlite:', 'sqlite:chat.db', 'sqlite:./a/b.db', 'sqlite:a\0b', 'sqlite::memory:'),
  fc.tuple(fc.constantFrom('redis://', 'rediss://'), address).map((parts) => parts.join('')),
  text,
);
const flag = fc.oneof(
  fc.tuple(fc.constant('--tcp'), address),
  fc.tuple(fc.constant('--web'), fc.oneof(address, fc.constant('off'))),
  fc.tuple(fc.constant('--limit'), limit),
  fc.tuple(fc.constant('--engine'), engine),
  fc.tuple(
    fc.constantFrom('--help', '--', '-', '--no-tcp', '-t', '--__proto__', '--tcp'),
    fc.constantFrom('', '=1', '='),
  ),
);
const args = fc
  .array(fc.oneof({ weight: 4, arbitrary: flag }, { weight: 1, arbitrary: fc.tuple(text) }), { maxLength: 5 })
  .chain((flags) =>
    fc.array(fc.boolean(), { minLength: flags.length, maxLength: flags.length }).map((joined) => {
      return flags.flatMap((parts, index) => (joined[index] ? [parts.join('=')] : parts.filter((part) => part !== '')));
    }),
  );

/** Where one can listen, whether or not that is there. */
function expectPlace(place: Address): void {
  if ('path' in place) expect(place.path).not.toBe('');
  else if ('fd' in place) expect(Number.isInteger(place.fd) && place.fd >= 0).toBe(true);
  else {
    expect(place.host).not.toBe('');
    expect(Number.isInteger(place.port) && place.port >= 0 && place.port <= 65_535).toBe(true);
  }
}

describe('the command line', () => {
  fuzz(
    'gives what to do, or one line that says what makes no sense, whatever was typed',
    fc.property(
      args,
      fc.record({ CHATHUB_TCP_PORT: address, CHATHUB_WEB_PORT: address, CHATHUB_ENGINE: engine }, { requiredKeys: [] }),
      (given, environment) => {
        const options = sensible(() => parseServeOptions(given, environment));
        if (options === undefined) return;
        for (const place of [...options.tcp, ...options.web]) expectPlace(place);
        for (const [name, value] of Object.entries(options.limits)) {
          expect(Object.hasOwn(limitTable, name)).toBe(true);
          expect(value).toBeGreaterThanOrEqual(0);
        }
      },
    ),
  );

  fuzz(
    'gives an engine and limits that a hub takes, or refuses by name',
    fc.property(fc.array(limit, { maxLength: 3 }), fc.option(engine), (limits, place) => {
      const environment = place === null ? {} : { CHATHUB_ENGINE: place };
      const options = sensible(() =>
        parseServeOptions(
          limits.map((given) => `--limit=${given}`),
          environment,
        ),
      );
      if (options === undefined) return;
      const { limits: asked, engine } = options;
      try {
        engineOf(engine, asked);
        const { limits: kept } = new ChatHub({ limits: asked });
        for (const [name, value] of Object.entries(asked)) expect(kept[name as LimitName]).toBe(value);
      } catch (error) {
        // `serve` says so in one line.
        if (!(error instanceof OptionError)) throw error;
      }
    }),
  );
});

const scheme = fc.constantFrom(
  'tcp://',
  'tls://',
  'unix:',
  'ws://',
  'wss://',
  'http://',
  'https://',
  'ftp://',
  '',
  '//',
);
const url = fc.oneof(
  fc.tuple(scheme, fc.oneof(address, text), fc.constantFrom('', '/', '/chat', '?a#b')),
  fc.tuple(text),
);

describe('where to connect to', () => {
  fuzz(
    'is a place, or one line that says what makes no sense, whatever was typed',
    fc.property(
      url,
      fc.array(fc.oneof(text, fc.constantFrom('--room', '--name', '--once', '--')), { maxLength: 3 }),
      (parts, more) => {
        const options = sensible(() => parseConnectOptions([parts.join(''), ...more], {}));
        if (options === undefined || options === 'help') return;
        const { target, rooms, name } = options;
        if (target.protocol === 'json') expect(new URL(target.url).protocol).toMatch(/^wss?:$/);
        else if ('port' in target.place) expect(target.place.port > 0 && target.place.host !== '').toBe(true);
        // Over lines these are words of commands.
        for (const word of [...rooms, name ?? 'x']) expect(word).not.toMatch(/[\s\p{Cc}]|^$/u);
      },
    ),
  );
});

describe('an address', () => {
  fuzz(
    'is a host and a port, as they were typed, or refused',
    fc.property(fc.oneof(address, damaged(address)), (typed) => {
      const place = sensible(() => parseAddress(typed, '--tcp'));
      if (place === undefined) return;
      expectPlace(place);
      if (!('port' in place)) return;
      expect(typed.endsWith(String(place.port)) || /:?0+\d*$/.test(typed)).toBe(true);
      expect(typed.includes(place.host) || place.host === '127.0.0.1').toBe(true);
    }),
  );

  fuzz(
    'that was listened on can be shown to people',
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 1, max: 65_535 }), (ip, port) => {
      const authority = ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
      expect(telnetCommand(`tcp://${authority}`)).toMatch(/^telnet [\da-f.:]+ \d+$/);
      expect(new URL(String(pageUrl(`http://${authority}`))).port || '80').toBe(String(port));
    }),
  );
});

/** Undefined where it was refused: by an error that is one line, and says which part. */
function sensible<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    expect((error as Error).message).not.toMatch(/[\n\r]|^$/);
    return undefined;
  }
}
