import { describe, expect, test } from 'vitest';
import type { Received } from './json-client.js';
import { byToken, type Guest, jsonHub } from './json-hub.js';

const texts = (events: readonly Received[]) => events.map(({ text }) => text);

describe('a direct message', () => {
  test('comes to both, each with the offsets of the own inbox', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob, carol] = await lobby('alice', 'bob', 'carol');
    await carol!.client.request('sent', { type: 'direct', to: 'bob', text: 'first' });
    alice!.client.tell({ type: 'direct', id: 9, to: 'bob', text: 'psst', data: [1], key: 'k' });
    const sent = await alice!.client.next('sent');
    expect(sent).toEqual({
      type: 'sent',
      re: 9,
      message: expect.any(String),
      epoch: expect.any(String),
      offset: 1,
      at: expect.any(Number),
      duplicate: false,
    });
    const direct = {
      type: 'direct',
      id: sent.message,
      from: alice!.member,
      to: { user: bob!.member.user, name: 'bob' },
      text: 'psst',
      data: [1],
      key: 'k',
      at: expect.any(Number),
    };
    expect(await alice!.client.next('direct')).toEqual({ ...direct, offset: 1 });
    expect(await bob!.client.next('direct')).toMatchObject({ text: 'first', offset: 1 });
    expect(await bob!.client.next('direct')).toEqual({ ...direct, offset: 2 });
    await carol!.client.settled();
    expect(texts(carol!.client.of('direct'))).toEqual(['first']);
  });

  test('reaches a user by id, in all sessions, and is stored once for a key', async () => {
    const { enter } = await jsonHub({ policies: { authenticate: byToken } });
    const [ali, phone, laptop] = [
      await enter({ token: 'ali' }),
      await enter({ token: 'bob' }),
      await enter({ token: 'bob' }),
    ];
    const command = { type: 'direct', to: 'bob', text: 'psst', key: 'k' };
    const { message } = await ali.client.request('sent', command);
    expect(await ali.client.request('sent', { ...command, repeat: true })).toMatchObject({ message, duplicate: true });
    for (const { client } of [phone, laptop]) {
      expect(await client.next('direct')).toMatchObject({ text: 'psst', to: { user: 'bob', name: 'bob' } });
      await client.settled();
      expect(client.of('direct')).toHaveLength(1);
    }
  });

  test('that repeats is looked up before the policy direct is asked', async () => {
    let allowed = true;
    const { lobby } = await jsonHub({ policies: { direct: ({ message }) => (allowed ? message : null) } });
    const [alice] = await lobby('alice', 'bob');
    const command = { type: 'direct', to: 'bob', text: 'psst', key: 'k' };
    const { message } = await alice!.client.request('sent', command);
    allowed = false;
    expect(await alice!.client.ask({ ...command, repeat: true })).toMatchObject({ message, duplicate: true });
    expect(await alice!.client.ask({ ...command, key: 'k2' })).toMatchObject({ code: 'FORBIDDEN' });
  });

  test('to nobody is NO_SUCH_MEMBER', async () => {
    const { enter } = await jsonHub();
    const { client } = await enter();
    for (const to of ['nobody', '', '__proto__', 'constructor', '\n'])
      expect(await client.ask({ type: 'direct', to, text: 'x' })).toMatchObject({ code: 'NO_SUCH_MEMBER' });
  });

  test('stands in the history with each other, for the two alone', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob, carol] = await lobby('alice', 'bob', 'carol');
    await alice!.client.request('sent', { type: 'direct', to: 'bob', text: 'one' });
    await carol!.client.request('sent', { type: 'direct', to: 'bob', text: 'other' });
    await bob!.client.request('sent', { type: 'direct', to: 'alice', text: 'two' });
    await alice!.client.request('sent', { type: 'direct', to: 'bob', text: 'three' });
    const page = (guest: Guest, who: string, members: object = {}) =>
      guest.client.request('history', { type: 'history', with: who, ...members });
    const whole = await page(bob!, 'alice');
    expect(texts(whole.messages as Received[])).toEqual(['one', 'two', 'three']);
    expect(whole).toMatchObject({ epoch: expect.any(String), more: false });
    expect(await page(bob!, 'alice', { limit: 1 })).toMatchObject({ messages: [{ text: 'three' }], more: true });
    expect(texts((await page(alice!, 'bob', { after: 1 })).messages as Received[])).toEqual(['two', 'three']);
    expect(texts((await page(carol!, 'alice')).messages as Received[])).toEqual([]);
  });
});

describe('a signal', () => {
  test('comes to the others, and is stored nowhere', async () => {
    const { lobby } = await jsonHub();
    const [alice, bob] = await lobby('alice', 'bob');
    alice!.client.tell({ type: 'signal', id: 10, room: 'lobby', name: 'typing' });
    expect(await alice!.client.next('ok')).toEqual({ type: 'ok', re: 10 });
    const signal = { type: 'signal', room: 'lobby', name: 'typing', from: alice!.member };
    expect(await bob!.client.next('signal')).toEqual({ ...signal, data: null });
    alice!.client.tell({ type: 'signal', room: 'lobby', name: 'typing', data: { on: false } });
    expect(await bob!.client.next('signal')).toEqual({ ...signal, data: { on: false } });
    const events = await alice!.client.settled();
    expect(events.map(({ type }) => type)).not.toContain('signal');
    expect(alice!.client.of('ok')).toHaveLength(1);
    expect(await bob!.client.ask({ type: 'history', room: 'lobby' })).toMatchObject({ messages: [] });
  });

  test('in a room that one is not in is NOT_A_MEMBER, and nobody there hears it', async () => {
    const { lobby, enter } = await jsonHub();
    const [alice] = await lobby('alice');
    const { client } = await enter();
    const signal = { type: 'signal', room: 'lobby', name: 'typing' };
    expect(await client.ask(signal)).toMatchObject({ code: 'NOT_A_MEMBER', room: 'lobby' });
    expect(await alice!.client.settled()).not.toContainEqual(expect.objectContaining(signal));
  });
});
