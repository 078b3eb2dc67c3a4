import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { jsonHub } from './json-hub.js';
import { Program } from './program.js';

const script = fileURLToPath(new URL('fixtures/chat.py', import.meta.url));
const text = expect.any(String);
const number = expect.any(Number);

/** Runs the client to its end, and gives what it saw by the names of its steps. */
async function run(url: string) {
  const client = new Program('/usr/bin/python3', [script, url], { PYTHONIOENCODING: 'utf-8' });
  expect(await client.exit(), client.stderr).toEqual({ code: 0, signal: null });
  const lines = client.stdout.trimEnd().split('\n');
  const steps = lines.map((line) => JSON.parse(line) as { readonly step: string; readonly seen: unknown });
  return Object.fromEntries(steps.map(({ step, seen }) => [step, seen]));
}

describe.skipIf(missingTools().includes('python3-websockets'))('a client in Python', () => {
  test('written from the page alone has a whole session', async () => {
    const { hub, url } = await jsonHub();
    hub.handle('double', ({ data }) => (typeof data === 'number' ? data * 2 : null));
    const seen = await run(url);
    const alice = { id: text, user: text, name: 'alice' };
    const bob = { ...alice, name: 'bob' };
    const robert = { ...alice, name: 'robert' };
    const error = { type: 'error', message: text, retryable: false };
    const said = { type: 'message', room: 'lobby', id: text, at: number };
    const greeting = { ...said, text: 'grüße 👋', data: { n: [1, 2.5, null] }, key: 'k1', offset: 1, from: alice };
    const joined = { room: 'lobby', epoch: text, offset: 0, recovered: false, more: false, entries: [], count: 1 };
    const sent = { type: 'sent', room: 'lobby', message: text, epoch: text, offset: 1, at: number };
    const change = { type: 'presence', room: 'lobby', joined: [], left: [], renamed: [], count: 2 };
    const limits = { messageBytes: 4096, dataBytes: 8192, frameBytes: 65536 };
    const welcome = { type: 'welcome', re: 1, session: text, member: alice, heartbeat: 25_000, limits };

    expect(seen).toEqual({
      subprotocols: ['chathub.v1.json', null],
      welcome: { ...welcome, resumed: false, rooms: {} },
      taken: { ...error, re: 1, code: 'NAME_TAKEN' },
      joined: { type: 'joined', re: 2, ...joined, members: [alice] },
      presence: { ...change, joined: [bob] },
      sent: { ...sent, re: 3, duplicate: false },
      repeated: { ...sent, re: 4, duplicate: true },
      'message to bob': greeting,
      'message to alice': greeting,
      direct: {
        type: 'direct',
        id: text,
        offset: 1,
        from: bob,
        to: { user: text, name: 'alice' },
        text: 'psst',
        at: number,
      },
      signal: { type: 'ok', re: 5 },
      typing: { type: 'signal', room: 'lobby', name: 'typing', from: bob, data: null },
      history: {
        type: 'history',
        re: 5,
        room: 'lobby',
        epoch: text,
        messages: [2, 3].map((offset) => ({ ...said, offset, from: bob, text: String(offset - 2) })),
        more: true,
      },
      members: { type: 'members', re: 9, room: 'lobby', members: expect.any(Array), count: 2, complete: true },
      rooms: { type: 'rooms', re: 10, rooms: [{ name: 'lobby', count: 2 }] },
      request: { type: 'response', re: 11, data: 42 },
      nick: { type: 'renamed', re: 12, name: 'robert' },
      renamed: { ...change, renamed: [{ id: text, name: 'robert', was: 'bob' }] },
      'name taken': { ...error, re: 13, code: 'NAME_TAKEN' },
      'not a member': { ...error, re: 14, code: 'NOT_A_MEMBER', room: 'ops' },
      'no such type': { ...error, re: 15, code: 'BAD_COMMAND' },
      'no string': { ...error, re: 16, code: 'BAD_COMMAND' },
      forbidden: { ...error, re: 17, code: 'FORBIDDEN', room: 'lobby' },
      'no json': { ...error, code: 'BAD_JSON' },
      pong: { type: 'pong', re: 18 },
      resumed: {
        ...welcome,
        resumed: true,
        rooms: {
          lobby: expect.objectContaining({
            offset: 5,
            recovered: true,
            more: false,
            entries: [{ ...said, offset: 5, from: robert, text: 'are you there?' }],
          }),
        },
      },
      left: { type: 'left', re: 2, room: 'lobby' },
      quit: 1000,
      bytes: 1003,
    });
  });
});
