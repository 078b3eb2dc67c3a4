import { ChatError } from 'chathub';
import { describe, expect, test } from 'vitest';
import { jsonHub } from './json-hub.js';

describe('a request', () => {
  test('is answered by the application', async () => {
    const { hub, enter } = await jsonHub();
    hub.handle('weather', ({ data, member }) => ({ asked: data, by: member.name }));
    hub.handle('nothing', () => undefined);
    hub.handle('broken', () => {
      throw new ChatError('FORBIDDEN', 'not today');
    });
    const { client, member } = await enter({ name: 'alice' });
    client.tell({ type: 'request', id: 9, name: 'weather', data: { city: 'Porto' } });
    expect(await client.next('response')).toEqual({
      type: 'response',
      re: 9,
      data: { asked: { city: 'Porto' }, by: member.name },
    });
    expect(await client.ask({ type: 'request', name: 'weather' })).toMatchObject({ data: { asked: null } });
    expect(await client.ask({ type: 'request', name: 'nothing' })).toMatchObject({ type: 'response', data: null });
    expect(await client.ask({ type: 'request', name: 'broken' })).toMatchObject({
      code: 'FORBIDDEN',
      message: 'not today',
    });
    for (const name of ['other', '__proto__', 'constructor', 'toString'])
      expect(await client.ask({ type: 'request', name })).toMatchObject({ type: 'error', code: 'BAD_COMMAND' });
  });

  test('whose handler fails is INTERNAL, without a word of why', async () => {
    const { hub, errors, enter } = await jsonHub();
    hub.handle('broken', () => {
      throw new Error('secret at /srv/app.ts:7');
    });
    const { client } = await enter();
    const reply = await client.ask({ type: 'request', name: 'broken' });
    expect(reply).toMatchObject({ type: 'error', code: 'INTERNAL', retryable: true });
    expect(JSON.stringify(reply)).not.toMatch(/secret|srv/);
    expect(errors.splice(0)).toHaveLength(1);
  });
});

describe('what the application tells', () => {
  test('is a notice, with data where it gives some', async () => {
    const { hub, enter } = await jsonHub();
    hub.on('connect', ({ member }) => {
      member.send('hello\nthere');
      member.send('motd', { data: { lines: 2 } });
    });
    const { client } = await enter();
    expect(await client.next('notice')).toEqual({ type: 'notice', text: 'hello\nthere' });
    expect(await client.next('notice')).toEqual({ type: 'notice', text: 'motd', data: { lines: 2 } });
  });

  test('is a joined without re where it puts somebody into a room', async () => {
    const { hub, enter } = await jsonHub();
    hub.on('connect', ({ member }) => member.join('lobby', { history: 1 }));
    await hub.room('lobby').send('welcome');
    const { client, member } = await enter();
    const joined = await client.next('joined');
    expect(joined).toMatchObject({ room: 'lobby', offset: 1, entries: [{ text: 'welcome' }], members: [member] });
    expect(Object.keys(joined)).not.toContain('re');
  });

  test('is a bare left where it takes somebody out of a room', async () => {
    const { hub, lobby } = await jsonHub();
    const [alice] = await lobby('alice');
    await (await hub.member(alice!.member.id))?.leave('lobby');
    expect(await alice!.client.next('left')).toEqual({ type: 'left', room: 'lobby' });
  });

  test('is the end of the session where it disconnects somebody: 4501, and others see it leave at once', async () => {
    const { hub, lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    await (await hub.member(bob!.member.id))?.disconnect('enough');
    expect(await bob!.client.closed()).toEqual({ code: 4501, reason: 'KICKED' });
    expect(await alice!.client.find('leave', ({ left }) => Array.isArray(left) && left.length > 0)).toMatchObject({
      left: [bob!.member],
    });
    expect((await enter({ session: bob!.session })).welcome).toMatchObject({ resumed: false });
  });

  test('is goodbye when the hub closes: bye, then 4002', async () => {
    const { hub, lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    const closing = hub.close({ drain: 5_000 });
    for (const { client } of [alice!, bob!]) {
      expect(await client.next('bye')).toEqual({
        type: 'bye',
        code: 'SHUTDOWN',
        message: expect.any(String),
        retryAfter: expect.any(Number),
      });
      expect(await client.closed()).toEqual({ code: 4002, reason: 'SHUTDOWN' });
      expect(client.events.at(-1)).toMatchObject({ type: 'bye' });
    }
    await closing;
  });
});

describe('a quit', () => {
  test('ends the session at once and closes with 1000', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    bob!.client.tell({ type: 'send', room: 'lobby', text: 'bye' }, { type: 'quit', id: 1 });
    expect(await bob!.client.closed()).toMatchObject({ code: 1000 });
    expect(bob!.client.events.some(({ re }) => re === 1)).toBe(false);
    expect(await alice!.client.next('message')).toMatchObject({ text: 'bye' });
    expect(await alice!.client.next('presence')).toMatchObject({ left: [bob!.member], count: 1 });
    expect((await enter({ session: bob!.session })).welcome).toMatchObject({ resumed: false });
  });
});
