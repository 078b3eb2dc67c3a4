import { collectMetrics } from 'chathub/metrics';
import { tcp } from 'chathub/tcp';
import { Registry } from 'prom-client';
import { expect, onTestFinished, test } from 'vitest';
import { enter, RawClient } from '../integration/clients.js';
import { jsonHub } from '../integration/json-hub.js';
import { decreased, parseExposition, problemsOf, sampleValue } from './exposition.js';

test('a scrape of a server with people on two transports is sound, right, and never less than the one before', async () => {
  const { hub, listening, enter: come, lobby } = await jsonHub({ limits: { sendsPerSecond: 50 } }, tcp({ port: 0 }));
  hub.on('connect', ({ member }) => void (member.transport === 'tcp' && member.join('lobby')));
  const register = new Registry();
  using metrics = collectMetrics(hub, { register });
  const scrape = async () => parseExposition(await register.metrics());
  const scrapes = [await scrape()];
  onTestFinished(() => metrics.close());

  // Three by WebSocket, two at terminals, in three rooms.
  const [alice, bob, carol] = await lobby('alice', 'bob', 'carol');
  const port = Number(new URL(String(listening.addresses.find((url) => url.startsWith('tcp:')))).port);
  const dave = new RawClient(port);
  await enter(dave, 'dave', 4);
  const erin = new RawClient(port);
  await enter(erin, 'erin', 5);
  dave.say('hello from a terminal');
  await erin.hears('[lobby] dave: hello from a terminal');
  for (const room of ['one', 'two']) await alice!.client.request('joined', { type: 'join', room });
  scrapes.push(await scrape());

  // Errors, messages, repeats, direct messages, a resumed session, one that is missed.
  await alice!.client.request('error', { type: 'send', room: 'nowhere', text: 'x' });
  await alice!.client.request('error', { type: 'dance' });
  for (let number = 0; number < 20; number++)
    await bob!.client.request('sent', { type: 'send', room: 'lobby', text: `message ${number}`, key: `k${number}` });
  await bob!.client.request('sent', { type: 'send', room: 'lobby', text: 'message 0', key: 'k0' });
  await carol!.client.request('sent', { type: 'direct', to: 'alice', text: 'psst' });
  carol!.client.cut();
  const back = await come({ session: carol!.session });
  expect(back.welcome).toMatchObject({ resumed: true });
  expect((await come({ session: 'no-such-session' })).welcome).toMatchObject({ resumed: false });
  scrapes.push(await scrape());

  const last = await scrape();
  scrapes.push(last);
  for (const [index, families] of scrapes.entries()) {
    expect(problemsOf(families)).toEqual([]);
    if (index > 0) expect(decreased(scrapes[index - 1]!, families)).toEqual([]);
  }
  const counted = (name: string, labels: Record<string, string> = {}) => sampleValue(last, `chathub_${name}`, labels);
  expect({
    web: counted('connections', { transport: 'websocket' }),
    terminals: counted('connections', { transport: 'tcp' }),
    messages: counted('messages_total', { by: 'room' }),
    directs: counted('messages_total', { by: 'direct' }),
    repeats: counted('repeats_total'),
    appends: counted('append_seconds_count'),
    notMember: counted('errors_total', { code: 'NOT_A_MEMBER' }),
    badCommand: counted('errors_total', { code: 'BAD_COMMAND' }),
    resumed: counted('sessions_resumed_total'),
    missed: counted('sessions_missed_total'),
    rooms: counted('rooms'),
    memberships: counted('memberships'),
  }).toEqual({
    web: 4,
    terminals: 2,
    messages: 21,
    directs: 1,
    repeats: 1,
    appends: 23,
    notMember: 1,
    badCommand: 1,
    resumed: 1,
    missed: 1,
    rooms: 3,
    memberships: 7,
  });
  expect(counted('written_bytes_total')).toBeGreaterThan(20 * 5 * 'message 0'.length);
  expect(counted('read_bytes_total')).toBeGreaterThan(20 * 'message 0'.length);
  expect(counted('fan_out_seconds_count')).toBeGreaterThan(20);
  // No room, no name, no text.
  expect(await register.metrics()).not.toMatch(/lobby|alice|dave|terminal|psst/);
});
