import path from 'node:path';
import {
  type Engine,
  type EntryDraft,
  type JsonValue,
  limitTable,
  memory,
  type OpenEngine,
  parseSearch,
} from 'chathub';
import { redis } from 'chathub/redis';
import { sqlite } from 'chathub/sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { systemClock } from '../../src/ports/clock.js';
import { RedisServer } from '../engines/redis/server.js';
import { temporaryFolder } from '../engines/sqlite/set-up.js';
import { json, text } from './hostile.js';
import { fuzz } from './runs.js';

/** One thing that is asked of a log, or of the facts about it. Numbers choose among what there is by then. */
type Step = { readonly log: number; readonly about: number; readonly text: string } & (
  | { readonly does: 'message' | 'edit'; readonly data: JsonValue | undefined; readonly key: string | undefined }
  | { readonly does: 'delete' | 'react' | 'take back' | 'find' | 'get' | 'read' | 'count' | 'search' }
  | { readonly does: 'set' | 'swap'; readonly value: JsonValue | undefined }
);

const words = fc.constantFrom(
  'good',
  'Morning',
  'zoë',
  '東京',
  '"',
  '*',
  ' ',
  'gut*',
  '-',
  'OR',
  'NEAR',
  '한국',
  '👍',
  '\0',
);
const said = fc.oneof(
  text,
  fc.array(words, { maxLength: 6 }).map((parts) => parts.join(' ')),
);
const value = fc.option(json as fc.Arbitrary<JsonValue>, { nil: undefined });
const common = { log: fc.nat(1), about: fc.nat(20), text: said };
const key = fc.option(fc.oneof(fc.constantFrom('k', '__proto__'), text), { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    does: fc.constantFrom('message' as const, 'message' as const, 'edit' as const),
    ...common,
    data: value,
    key,
  }),
  fc.record({
    does: fc.constantFrom(
      'delete',
      'react',
      'take back',
      'find',
      'get',
      'read',
      'count',
      'search',
    ) as fc.Arbitrary<'get'>,
    ...common,
  }),
  fc.record({ does: fc.constantFrom('set' as const, 'swap' as const), ...common, value }),
);
const steps = fc.array(step, { minLength: 1, maxLength: 14, size: 'max' });

const limits = Object.fromEntries(Object.entries(limitTable).map(([name, { value }]) => [name, value]));

describe('whatever is in it, a log over an engine is what it is over memory', () => {
  const errors: unknown[] = [];
  const folder = temporaryFolder();
  let server: RedisServer | undefined;
  let reference: OpenEngine;
  const others: OpenEngine[] = [];
  let runs = 0;

  const open = (engine: Engine) => {
    const onError = (error: unknown) => void errors.push(error);
    return engine.open({ node: crypto.randomUUID(), clock: systemClock, limits: limits as never, onError });
  };

  beforeAll(async () => {
    reference = await open(memory());
    others.push(await open(sqlite({ path: path.join(folder.path, 'chat.db'), synchronous: 'normal' })));
    if (missingTools().includes('redis-server')) return;
    server = await RedisServer.start();
    others.push(await open(redis({ url: server.url })));
  });
  afterAll(async () => {
    for (const engine of [reference, ...others]) await engine.close();
    await server?.end();
    folder.remove();
  });

  fuzz(
    'message for message and fact for fact',
    fc.asyncProperty(steps, text, async (steps, name) => {
      const logs = [`${name}${++runs}`, `@${name}${runs}`];
      const told = await Promise.all([reference, ...others].map((engine) => tellAll(engine, logs, steps)));
      for (const other of told.slice(1)) expect(other).toEqual(told[0]);
      expect(errors.splice(0)).toEqual([]);
    }),
    0.06,
  );

  test.skipIf(missingTools().includes('redis-server'))('and Redis is one of them', () => {
    expect(others).toHaveLength(2);
  });
});

/** What an engine answers to each step, without what is its own: times and epochs. */
async function tellAll(engine: OpenEngine, logs: readonly string[], steps: readonly Step[]): Promise<unknown[]> {
  const ids: string[] = [];
  const told: unknown[] = [];
  for (const [index, step] of steps.entries()) {
    const id = `${step.text}#${index}`;
    told.push(plain(await answer(engine, logs[step.log] as string, step, id, ids)));
    if (step.does === 'message') ids.push(id);
  }
  return told;
}

async function answer(
  engine: OpenEngine,
  name: string,
  step: Step,
  id: string,
  ids: readonly string[],
): Promise<unknown> {
  const { log, state } = engine;
  const { about, text } = step;
  const from = { id: `m${about % 3}`, user: ['u', '__proto__', text][about % 3] as string, name: text };
  const message = ids[about % Math.max(1, ids.length)] ?? 'none';
  const base = { id, room: name, from };
  const add = (draft: object) => log.append(name, draft as EntryDraft).catch(({ code }: { code: unknown }) => code);
  switch (step.does) {
    case 'message':
      return add({ type: 'message', ...base, text, ...present({ data: step.data, key: step.key }) });
    case 'edit':
      return add({ type: 'edit', ...base, message, text, ...present({ data: step.data, key: step.key }) });
    case 'delete':
      return add({ type: 'delete', ...base, message });
    case 'react':
    case 'take back':
      return add({
        type: 'reaction',
        ...base,
        message,
        reaction: text,
        ...(step.does === 'react' ? {} : { removed: true }),
      });
    case 'find':
      return log.find(name, from.user, text);
    case 'get':
      return log.get(name, message);
    case 'read':
      return log.read(
        name,
        about % 2 === 0 ? { after: about % 5, limit: 4 } : { before: 2 + (about % 9), limit: 3, only: 'messages' },
      );
    case 'count':
      return log.count(name, { after: about % 4, limit: 5, except: from.user });
    case 'search': {
      const terms = parseSearch(text);
      const page = terms.length === 0 ? undefined : await log.search?.(name, { terms, limit: 3 });
      return page && { found: page.entries.map((entry) => entry.id), more: page.more };
    }
    case 'set':
      await state.set(name, text, step.value);
      return [await state.get(name, text), Object.fromEntries(await state.list(name))];
    default: {
      const expected = about % 2 === 0 ? await state.get(name, text) : null;
      return [await state.compareAndSet(name, text, expected, step.value), await state.get(name, text)];
    }
  }
}

function present(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** As it would stand on the wire, times and epochs apart. */
function plain(answer: unknown): unknown {
  if (answer === undefined) return undefined;
  return JSON.parse(JSON.stringify(answer), (name, value: unknown) => {
    if (name === 'epoch') return typeof value;
    return ['at', 'edited', 'deleted'].includes(name) && typeof value === 'number' ? 'time' : value;
  });
}
