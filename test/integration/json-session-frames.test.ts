import { describe, expect, test } from 'vitest';
import { jsonHub } from './json-hub.js';

describe('frames', () => {
  test.each(['{', '[]', '7', '"ping"', 'null'])(
    'that are no JSON object are BAD_JSON, and no more: %s',
    async (frame) => {
      const { enter } = await jsonHub();
      const { client } = await enter();
      client.write(frame);
      expect(await client.next('error')).toEqual({
        type: 'error',
        code: 'BAD_JSON',
        message: expect.any(String),
        retryable: false,
      });
      await client.settled();
    },
  );

  test('of an unknown type are BAD_COMMAND, with re', async () => {
    const { enter } = await jsonHub();
    const { client } = await enter();
    for (const type of ['dance', 'constructor', '__proto__', 'toString', 'message', 'auth'])
      expect(await client.ask({ type, text: 'x', token: 'x' })).toMatchObject({ type: 'error', code: 'BAD_COMMAND' });
    expect(await client.ask({ type: 'join', room: 7 })).toMatchObject({
      code: 'BAD_COMMAND',
      message: 'Expected "room" of "join" to be a string, got 7.',
    });
  });

  test('that are bad too often close with 4504', async () => {
    const { enter } = await jsonHub({ limits: { badFrames: 3 } });
    const { client } = await enter();
    for (let sent = 0; sent < 4; sent++) client.write('{');
    expect(await client.closed()).toEqual({ code: 4504, reason: 'ABUSE' });
    expect(client.of('error').filter(({ code }) => code === 'BAD_JSON').length).toBeGreaterThanOrEqual(3);
  });

  test('of bytes close with 1003', async () => {
    const { enter } = await jsonHub();
    const { client } = await enter();
    client.write(Buffer.from('{"type":"ping"}'));
    expect(await client.closed()).toMatchObject({ code: 1003 });
  });

  test('over frameBytes close with 1009', async () => {
    const { enter } = await jsonHub();
    const { client } = await enter();
    client.tell({ type: 'ping', x: 'x'.repeat(70_000) });
    expect(await client.closed()).toMatchObject({ code: 1009 });
  });
});

test('a client that offers other subprotocols alone is refused with 400', async () => {
  const { dial } = await jsonHub();
  const client = dial('chathub.v9.xml', 'soap');
  const status = await new Promise((resolve) => {
    client.ws.on('unexpected-response', (request, response) => {
      request.destroy();
      resolve(response.statusCode);
    });
  });
  expect(status).toBe(400);
  const both = dial('soap', 'chathub.v1.json');
  await both.request('pong', { type: 'ping' });
  expect(both.ws.protocol).toBe('chathub.v1.json');
});

test('without an id replies come without re, but sent and ok do not come', async () => {
  const { enter } = await jsonHub({ policies: { moderate: () => true } });
  const { client } = await enter({ name: 'alice' });
  const room = 'lobby';
  client.tell({ type: 'join', room }, { type: 'send', room, text: 'x' }, { type: 'signal', room, name: 'x' });
  client.tell({ type: 'direct', to: 'alice', text: 'x' }, { type: 'mute', room, member: 'alice', seconds: 60 });
  client.tell({ type: 'history', room }, { type: 'members', room }, { type: 'rooms' }, { type: 'nick', name: 'al' });
  client.tell({ type: 'leave', room }, { type: 'leave', room });
  const before = client.events.length;
  const replies = (await client.settled()).slice(before, -1);
  expect(replies.filter((event) => 're' in event)).toEqual([]);
  const types = replies
    .map(({ type }) => type)
    .filter((type) => !['message', 'direct', 'presence'].includes(String(type)));
  expect(types).toEqual(['joined', 'history', 'members', 'rooms', 'renamed', 'left', 'error']);
});

test('a ping is answered, with re and without an id', async () => {
  const { enter } = await jsonHub();
  const { client } = await enter();
  expect(await client.ask({ type: 'ping' })).toEqual({ type: 'pong', re: 'q2' });
  client.tell({ type: 'ping' }, { type: 'ping', id: 'p' }, { type: 'ping', id: 0 });
  await client.next('pong');
  expect(await client.next('pong')).toEqual({ type: 'pong' });
  expect(await client.next('pong')).toEqual({ type: 'pong', re: 'p' });
  expect(await client.next('pong')).toEqual({ type: 'pong', re: 0 });
});
