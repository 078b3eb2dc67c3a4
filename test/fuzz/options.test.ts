import { createServer } from 'node:http';
import { Server } from 'node:net';
import { ChatHub, json, limitTable, lines, memory, OptionError, plainText } from 'chathub';
import { redis } from 'chathub/redis';
import { sqlite } from 'chathub/sqlite';
import { tcp } from 'chathub/tcp';
import { webSocket } from 'chathub/websocket';
import fc from 'fast-check';
import { describe, expect } from 'vitest';
import { resolveLimits } from '../../src/model/limits.js';
import { anything, keys } from './hostile.js';
import { fuzz } from './runs.js';

const nameOfLimit = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...Object.keys(limitTable)) },
  { weight: 1, arbitrary: keys },
);
const number = fc.oneof(fc.nat(100_000), fc.constantFrom(Number.POSITIVE_INFINITY, 0, -1, 0.5, undefined), anything);
/** A frame that just holds what it must, or just not. */
const tight = fc
  .tuple(fc.nat(9_000), fc.nat(9_000), fc.integer({ min: -1, max: 1 }))
  .map(([messageBytes, dataBytes, more]) => {
    return { messageBytes, dataBytes, frameBytes: 6 * messageBytes + 2 * dataBytes + more };
  });
const limits = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.tuple(nameOfLimit, number), { maxLength: 4 }).map((all) => Object.fromEntries(all)),
  },
  { weight: 1, arbitrary: tight },
);

/** Options by these names, of which some are right and some are anything. */
function options(right: { readonly [name: string]: fc.Arbitrary<unknown> }): fc.Arbitrary<unknown> {
  const each = Object.entries(right).map(([name, value]) => {
    const weighted = fc.oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: anything });
    return [name, weighted] as const;
  });
  const known = fc.record(Object.fromEntries(each), { requiredKeys: [] });
  const strange = fc.tuple(known, keys, anything).map(([given, name, value]) => ({ ...given, ...{ [name]: value } }));
  return fc.oneof(
    { weight: 6, arbitrary: known },
    { weight: 2, arbitrary: strange },
    { weight: 1, arbitrary: anything },
  );
}

const server = createServer();
const port = fc.oneof(fc.nat(70_000), fc.constantFrom(-1, 0.5));
const host = fc.constantFrom('127.0.0.1', '::1', 'localhost', '');
const protocol = fc.constantFrom(json(), lines(), plainText());
const slowConsumer = fc.constantFrom('disconnect', 'skip');
const common = { port, host, protocol, slowConsumer, backlog: fc.nat(600), tls: fc.constant({ key: 'k', cert: 'c' }) };
const origins = fc.oneof(
  fc.constantFrom('*', () => true),
  fc.array(fc.constantFrom('https://a.example', 'https://a/')),
);

const makers: { readonly [what: string]: readonly [make: (given: never) => object, given: fc.Arbitrary<unknown>] } = {
  ChatHub: [
    (given) => new ChatHub(given),
    options({
      ...{ limits, engine: fc.constant(memory()), lastingMembership: fc.boolean() },
      policies: options({ join: fc.constant(() => true), nick: fc.constant(undefined) }),
      ...{ schedule: fc.constant(() => undefined), clock: fc.constant(undefined) },
    }),
  ],
  tcp: [
    tcp,
    options({ ...common, path: fc.constantFrom('/tmp/x', ''), server: fc.constantFrom(new Server(), server) }),
  ],
  webSocket: [
    webSocket,
    options({
      ...common,
      path: fc.constantFrom('/chat', 'chat', '/a?b'),
      origins,
      compression: fc.boolean(),
      server: fc.constant(server),
    }),
  ],
  sqlite: [
    sqlite,
    options({
      ...{ path: fc.constantFrom('chat.db', '', ':memory:'), driver: fc.constantFrom('libsql', 'node:sqlite', 'x') },
      ...{ history: fc.nat(), historyAge: fc.nat(), synchronous: fc.constantFrom('full', 'normal', 'off') },
    }),
  ],
  redis: [
    redis,
    options({
      ...{ url: fc.constantFrom('redis://h:1', 'http://h', ''), client: fc.constant({ duplicate: () => 1 }) },
      ...{ prefix: fc.constantFrom('a:', '{a}'), minReplicas: fc.nat(3), sharded: fc.boolean() },
    }),
  ],
};

describe('options, whatever an application gives for them,', () => {
  fuzz(
    'are limits that hold together, or refused by name',
    fc.property(limits, (given) => {
      const resolved = made(() => resolveLimits(given));
      if (resolved === undefined) return;
      expect(Object.keys(resolved)).toEqual(Object.keys(limitTable));
      for (const [name, value] of Object.entries(given))
        if (value !== undefined) expect(resolved).toHaveProperty(name, value);
      for (const value of Object.values(resolved)) expect(typeof value === 'number' && value >= 0).toBe(true);
      expect(resolved.frameBytes).toBeGreaterThanOrEqual(6 * resolved.messageBytes + 2 * resolved.dataBytes);
      expect(Object.isFrozen(resolved)).toBe(true);
    }),
  );

  for (const [what, [make, given]] of Object.entries(makers)) {
    fuzz(
      `make a ${what}, or are refused by name`,
      fc.property(given, (any) => void made(() => make(any as never))),
    );
  }
});

/** Undefined where it was refused: by an error that is one line, and says which option. */
function made<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    expect(error.message).toMatch(/^Expected "[^\n]*" to be [^\n]*, got [^\n]*$/);
    return undefined;
  }
}
