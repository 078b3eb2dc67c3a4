import { type Attributes, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { ChatError, ChatHub, OptionError } from 'chathub';
import { tracing } from 'chathub/tracing';
import { describe, expect, test, vi } from 'vitest';
import { chat, gatedEngine, twoNodes } from '../hub/set-up.js';

/** A tracer whose spans can be looked at once they have ended. */
function recorder() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  /** The next span that is like this: the last command of the talk, say. */
  const span = (name: string, attributes: Attributes = {}): Promise<ReadableSpan> =>
    vi.waitFor(() => {
      const found = exporter
        .getFinishedSpans()
        .findLast(
          (each) =>
            each.name === name && Object.entries(attributes).every(([key, value]) => each.attributes[key] === value),
        );
      expect(found, `${name} ${JSON.stringify(attributes)}`).toBeDefined();
      return found as ReadableSpan;
    });
  return { exporter, span, tracer: provider.getTracer('test') };
}

const sending = { 'messaging.operation.name': 'send' };

describe('spans', () => {
  test('of a message are the command, and in it that it is stored and that it is delivered', async () => {
    const { tracer, span } = recorder();
    const { connect } = await chat({ tracing: tracing({ tracer }) });
    const [alice, bob] = [await connect('alice'), await connect('bob')];
    for (const member of [alice, bob]) await member.join('lobby');
    await alice.say('lobby', 'hello');
    await bob.next('message');
    const command = await span('chathub.command', sending);
    const [append, deliver] = [await span('chathub.append'), await span('chathub.deliver')];
    expect(command).toMatchObject({
      kind: SpanKind.SERVER,
      parentSpanContext: undefined,
      status: { code: SpanStatusCode.UNSET },
      attributes: {
        ...sending,
        'messaging.system': 'chathub',
        'messaging.operation.type': 'send',
        'chathub.transport': 'memory',
      },
    });
    for (const child of [append, deliver]) {
      expect(child.parentSpanContext?.spanId).toBe(command.spanContext().spanId);
      expect(child.spanContext().traceId).toBe(command.spanContext().traceId);
    }
    expect(deliver.attributes).toMatchObject({ 'messaging.operation.type': 'process', 'chathub.members': 2 });
  });

  test('of a command that is refused have its code, and nothing of what was said', async () => {
    const { tracer, span, exporter } = recorder();
    const send = () => {
      throw new ChatError('FORBIDDEN', 'No hush here.');
    };
    const { connect } = await chat({ tracing: tracing({ tracer }), policies: { send } });
    const alice = await connect('hush');
    await alice.join('hushroom');
    await expect(alice.say('hushroom', 'hush')).rejects.toThrow('No hush here.');
    expect(await span('chathub.command', sending)).toMatchObject({
      status: { code: SpanStatusCode.ERROR, message: 'FORBIDDEN' },
      attributes: { 'error.type': 'FORBIDDEN' },
    });
    const told = exporter
      .getFinishedSpans()
      .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
    expect(JSON.stringify(told)).not.toContain('hush');
  });

  test('of a message that could not be stored say so twice: where it failed, and what became of it', async () => {
    const { tracer, span } = recorder();
    const { engine, gates } = gatedEngine();
    const { connect, errors } = await chat({ tracing: tracing({ tracer }), engine });
    gates.set('log.append', () => Promise.reject(new ChatError('ENGINE_UNAVAILABLE')));
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'x').catch(() => {});
    errors.splice(0);
    for (const name of ['chathub.append', 'chathub.command'])
      expect(await span(name, { 'error.type': 'ENGINE_UNAVAILABLE' })).toMatchObject({
        status: { code: SpanStatusCode.ERROR },
      });
  });

  test('name rooms only where that was asked for', async () => {
    const { tracer, span } = recorder();
    const { connect } = await chat({ tracing: tracing({ tracer, rooms: true }) });
    const alice = await connect('alice');
    await alice.join('lobby');
    await alice.say('lobby', 'x');
    for (const name of ['chathub.append', 'chathub.deliver'])
      expect(await span(name, { 'messaging.destination.name': 'lobby' })).toBeDefined();
  });

  test('of what another node or the application said are traces of their own', async () => {
    const { tracer, span } = recorder();
    const { first, second } = await twoNodes({ tracing: tracing({ tracer }) });
    const bob = await second.connect('bob');
    await bob.join('lobby');
    await first.hub.room('lobby').send('x');
    await bob.next('message');
    expect((await span('chathub.deliver')).parentSpanContext).toBeUndefined();
  });
});

test('without a tracer provider nothing is done, and nothing fails', async () => {
  const { connect } = await chat({ tracing: tracing() });
  const alice = await connect('alice');
  await alice.join('lobby');
  await alice.say('lobby', 'x');
  expect(trace.getActiveSpan()).toBeUndefined();
});

test('a tracer that throws harms nobody, and is told of', async () => {
  const tracer = {
    startSpan(): never {
      throw new Error('no spans');
    },
    startActiveSpan: () => {},
  };
  const { connect, errors } = await chat({ tracing: tracing({ tracer: tracer as never }) });
  const alice = await connect('alice');
  await alice.join('lobby');
  await alice.say('lobby', 'x');
  expect(await alice.next('message')).toMatchObject({ text: 'x' });
  expect(errors.splice(0)).toContainEqual({ stage: 'tracing', error: new Error('no spans') });
});

test.each([
  [null, 'Expected "options" to be an object, got null'],
  [{ tracer: 1 }, 'Expected "tracer" to be a Tracer of OpenTelemetry, got 1'],
  [{ rooms: 'all' }, 'Expected "rooms" to be true or false, got "all"'],
  [{ room: true }, 'Expected "room" to be tracer or rooms, got "room"'],
])('%j makes no sense', (options, sentence) => {
  expect(() => tracing(options as never)).toThrow(OptionError);
  expect(() => tracing(options as never)).toThrow(sentence);
});

test('a hub takes no tracing that is none', () => {
  expect(() => new ChatHub({ tracing: {} as never })).toThrow(OptionError);
});
