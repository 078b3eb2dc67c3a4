import { ChatError, ChatHub, OptionError } from 'chathub';
import { collectMetrics } from 'chathub/metrics';
import { collectDefaultMetrics, register as globalRegistry, type OpenMetricsContentType, Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { byToken, chat, gatedEngine } from '../hub/set-up.js';
import { parseExposition, problemsOf, sampleValue } from './exposition.js';

/** Registers a hub's metrics until the test is finished. `value` reads one series anew. */
function measured(hub: ChatHub) {
  const register = new Registry();
  const metrics = collectMetrics(hub, { register });
  onTestFinished(() => metrics.close());
  const scrape = async () => parseExposition(await register.metrics());
  const value = async (name: string, labels: Record<string, string> = {}) =>
    sampleValue(await scrape(), `chathub_${name}`, labels);
  return { register, metrics, scrape, value };
}

describe('what is counted', () => {
  test('five messages to a room of three are five messages, and fifteen deliveries', async () => {
    const { hub, connect } = await chat();
    const { value } = measured(hub);
    const members = [await connect('alice'), await connect('bob'), await connect('carol')];
    for (const member of members) await member.join('lobby');
    const before = (await value('deliveries_total')) ?? Number.NaN;
    for (let number = 1; number <= 5; number++) {
      await members[0]?.say('lobby', `m${number}`);
      for (const member of members) await member.next('message');
    }
    expect(await value('messages_total', { by: 'room' })).toBe(5);
    expect(await value('commands_total', { type: 'send' })).toBe(5);
    expect((await value('deliveries_total')) ?? Number.NaN).toBe(before + 15);
    expect(await value('append_seconds_count')).toBe(5);
    expect(await value('rooms')).toBe(1);
    expect(await value('memberships')).toBe(3);
    expect(await value('connections', { transport: 'memory' })).toBe(3);
    expect(await value('connections_opened_total', { transport: 'memory' })).toBe(3);
    expect(await value('sessions', { state: 'connected' })).toBe(3);
    expect(await value('sessions_begun_total')).toBe(3);
  });

  test('who says it is told apart: to rooms, to users, and the application; and what came again', async () => {
    const { hub, connect } = await chat();
    const { value } = measured(hub);
    const [alice] = [await connect('alice'), await connect('bob')];
    await alice.join('lobby');
    await hub.room('lobby').send('from the application');
    await alice.request({ type: 'direct', to: 'bob', text: 'psst' });
    await alice.say('lobby', 'once', { key: 'k1' });
    await alice.say('lobby', 'once', { key: 'k1' });
    expect(await value('messages_total', { by: 'application' })).toBe(1);
    expect(await value('messages_total', { by: 'direct' })).toBe(1);
    expect(await value('messages_total', { by: 'room' })).toBe(1);
    expect(await value('repeats_total')).toBe(1);
  });

  test('log-ins, and what went wrong, by code', async () => {
    const { hub, connect } = await chat({
      policies: {
        authenticate: (request) => {
          if (request.token === 'bad') throw new ChatError('UNAUTHENTICATED');
          return byToken(request);
        },
      },
    });
    const { value } = measured(hub);
    const alice = await connect(undefined, { token: 'alice' });
    await connect();
    await connect(undefined, { token: 'bad' }).catch(() => {});
    await alice.say('nowhere', 'x').catch(() => {});
    expect(await value('log_ins_total', { result: 'user' })).toBe(1);
    expect(await value('log_ins_total', { result: 'guest' })).toBe(1);
    expect(await value('log_ins_total', { result: 'refused' })).toBe(1);
    expect(await value('errors_total', { code: 'NOT_A_MEMBER' })).toBe(1);
    expect(await value('errors_total', { code: 'UNAUTHENTICATED' })).toBe(1);
    expect(await value('errors_total', { code: 'ROOM_FULL' }), 'what never came is 0').toBe(0);
  });

  test('sessions that wait, are taken up again, are missed, and end', async () => {
    const { hub, connect, clock } = await chat();
    const { value } = measured(hub);
    const alice = await connect('alice');
    const { session } = await alice.next('welcome');
    alice.peer.cut();
    await expect.poll(() => value('sessions', { state: 'waiting' })).toBe(1);
    expect(await value('connections', { transport: 'memory' })).toBe(0);
    const again = await connect(undefined, { session });
    expect(await value('sessions_resumed_total')).toBe(1);
    expect(await value('sessions', { state: 'waiting' })).toBe(0);
    again.peer.cut();
    await expect.poll(() => value('sessions', { state: 'waiting' })).toBe(1);
    await clock.advance(30_000);
    expect(await value('sessions_ended_total')).toBe(1);
    await connect(undefined, { session });
    expect(await value('sessions_missed_total')).toBe(1);
    expect(await value('sessions_begun_total')).toBe(2);
  });

  test('connections that are refused, and those that the hub ends', async () => {
    const { hub, connect, transport } = await chat({ limits: { connections: 1 } });
    const { value } = measured(hub);
    const alice = await connect('alice');
    await transport.connect().closed;
    expect(await value('connections_refused_total', { code: 'RATE_LIMITED' })).toBe(1);
    const { member } = await alice.next('welcome');
    await (await hub.member(member.id))?.disconnect();
    await alice.peer.closed;
    expect(await value('connections_closed_total', { code: 'KICKED' })).toBe(1);
  });

  test('how long an engine takes', async () => {
    const { engine, gates } = gatedEngine();
    const { hub, connect, clock } = await chat({ engine });
    const { value } = measured(hub);
    gates.set('log.append', async (call) => {
      await clock.advance(40);
      return call();
    });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'slow');
    expect(await value('append_seconds_bucket', { le: '0.025' })).toBe(0);
    expect(await value('append_seconds_bucket', { le: '0.05' })).toBe(1);
    expect(await value('append_seconds_bucket', { le: '+Inf' })).toBe(1);
    expect(await value('append_seconds_sum')).toBeCloseTo(0.04, 6);
  });

  test('how the engine is', async () => {
    const hub = new ChatHub();
    const { value } = measured(hub);
    expect(await value('engine_up'), 'it is opened when it is needed').toBe(0);
    await hub.room('lobby').send('x');
    expect(await value('engine_up')).toBe(1);
    expect(await value('engine_state', { state: 'up' })).toBe(1);
    expect(await value('engine_state', { state: 'down' })).toBe(0);
    await hub.close();
  });

  test('how late the event loop is', async () => {
    const { value } = measured(new ChatHub());
    await expect.poll(() => value('event_loop_delay_seconds_count')).toBeGreaterThan(2);
    const before = (await value('event_loop_delay_seconds_sum')) ?? Number.NaN;
    const until = performance.now() + 300;
    while (performance.now() < until);
    await expect.poll(async () => ((await value('event_loop_delay_seconds_sum')) ?? 0) - before).toBeGreaterThan(0.2);
  });
});

describe('a registry', () => {
  test('has names, units and types as Prometheus wants them, before anything has happened', async () => {
    const { scrape, metrics } = measured(new ChatHub());
    const families = await scrape();
    expect(problemsOf(families)).toEqual([]);
    expect([...families.keys()].sort()).toEqual([...metrics.names].sort());
  });

  test('reads a hub once for all metrics of a scrape, as text and as JSON', async () => {
    const hub = new ChatHub();
    let readings = 0;
    const metrics = () => {
      readings++;
      return hub.metrics();
    };
    const counting = { metrics, status: () => hub.status() };
    const register = new Registry();
    using _ = collectMetrics(counting, { register });
    await register.metrics();
    expect(readings).toBe(1);
    const objects = await register.getMetricsAsJSON();
    expect(readings).toBe(2);
    const { values } = objects.find(({ name }) => name === 'chathub_append_seconds') ?? {};
    expect(values?.slice(-2)).toMatchObject([{ value: 0 }, { value: 0, metricName: 'chathub_append_seconds_count' }]);
  });

  test('of OpenMetrics has them too', async () => {
    const register = new Registry<OpenMetricsContentType>();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const metrics = collectMetrics(new ChatHub(), { register });
    for (const text of [await register.metrics(), await register.metrics()]) {
      expect(text).toContain('# TYPE chathub_deliveries counter\nchathub_deliveries_total 0\n');
      expect(text).toContain('chathub_append_seconds_bucket{le="+Inf"} 0\n');
      expect(text).toMatch(/# EOF\n$/);
    }
    metrics.close();
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  test('has default labels on all of them, and its reset takes nothing away', async () => {
    const hub = new ChatHub();
    const { register, scrape } = measured(hub);
    register.setDefaultLabels({ hub: 'first' });
    await hub.room('lobby').send('x');
    register.resetMetrics();
    const families = await scrape();
    expect(sampleValue(families, 'chathub_messages_total', { by: 'application', hub: 'first' })).toBe(1);
    expect(sampleValue(families, 'chathub_append_seconds_count', { hub: 'first' })).toBe(1);
    await hub.close();
  });

  test('is that of the process by default, where those of the process are too', async () => {
    onTestFinished(() => globalRegistry.clear());
    collectDefaultMetrics();
    const metrics = collectMetrics(new ChatHub());
    expect(sampleValue(parseExposition(await globalRegistry.metrics()), 'chathub_deliveries_total')).toBe(0);
    expect(globalRegistry.getSingleMetric('process_cpu_seconds_total')).toBeDefined();
    metrics.close();
    metrics.close();
    expect(globalRegistry.getSingleMetric('chathub_deliveries_total')).toBeUndefined();
    expect(globalRegistry.getSingleMetric('process_cpu_seconds_total')).toBeDefined();
  });

  test('has two hubs by two prefixes, and refuses a second one by the same', async () => {
    const [first, second] = [new ChatHub(), new ChatHub()];
    const { register } = measured(first);
    expect(() => collectMetrics(second, { register })).toThrow(OptionError);
    using _ = collectMetrics(second, { register, prefix: 'second_' });
    await second.room('lobby').send('x');
    const families = parseExposition(await register.metrics());
    expect(sampleValue(families, 'second_messages_total', { by: 'application' })).toBe(1);
    expect(sampleValue(families, 'chathub_messages_total', { by: 'application' })).toBe(0);
    expect(problemsOf(families)).toEqual([]);
    await second.close();
  });

  test('that was cleared and has others by these names keeps those', () => {
    const { register, metrics } = measured(new ChatHub());
    register.clear();
    using others = collectMetrics(new ChatHub(), { register });
    metrics.close();
    expect(register.getMetricsAsArray()).toHaveLength(others.names.length);
  });
});

test.each([
  [undefined, {}, 'Expected "hub" to be a ChatHub, got undefined'],
  [new ChatHub(), null, 'Expected "options" to be an object, got null'],
  [new ChatHub(), { registry: 1 }, 'Expected "registry" to be register or prefix, got "registry"'],
  [new ChatHub(), { register: {} }, 'Expected "register" to be a Registry of prom-client, got an object'],
  [new ChatHub(), { prefix: '1x' }, 'Expected "prefix" to be letters, digits, _ and :, such as "chathub_", got "1x"'],
])('what makes no sense is refused', (hub, options, sentence) => {
  expect(() => collectMetrics(hub as never, options as never)).toThrow(OptionError);
  expect(() => collectMetrics(hub as never, options as never)).toThrow(sentence);
});
