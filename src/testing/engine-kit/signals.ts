import assert from 'node:assert/strict';
import type { JsonValue, OpenEngine } from '../../index.js';
import { until } from '../checks.js';
import { check, type EngineCheck } from './lab.js';
import { oddNames } from './odd-names.js';

/** A subscription that records what it is told. */
class Ear {
  readonly heard: JsonValue[] = [];
  #subscription: { close(): void } | undefined;

  static async on(engine: OpenEngine, topic: string, onSignal?: () => void): Promise<Ear> {
    const ear = new Ear();
    ear.#subscription = await engine.signals.subscribe(topic, (payload) => {
      ear.heard.push(payload);
      onSignal?.();
    });
    return ear;
  }

  async hears(...payloads: readonly JsonValue[]): Promise<void> {
    await until(`${payloads.length} signals`, () => this.heard.length >= payloads.length);
    assert.deepEqual(this.heard, payloads);
  }

  close(): void {
    this.#subscription?.close();
  }
}

/** Signals. */
export const signalChecks: readonly EngineCheck[] = [
  check('a signal reaches each subscription on every node once, unchanged', async (lab) => {
    const [a, b] = await lab.pair();
    const ears = await Promise.all([a, a, b, b].map((node) => Ear.on(node, 'room/lobby')));
    const payloads: JsonValue[] = [{ name: 'typing', data: [1, null, { a: '💬\0' }] }, 'text', 0, false, null, []];
    for (const payload of payloads) await a.signals.publish('room/lobby', payload);
    for (const ear of ears) await ear.hears(...payloads);
    await b.signals.publish('room/lobby', 'back');
    for (const ear of ears) await ear.hears(...payloads, 'back');
  }),

  check('signals are not stored: a subscription hears only what is published from then on', async (lab) => {
    const [a, b] = await lab.pair();
    await a.signals.publish('topic', 'before');
    const witness = await Ear.on(b, 'topic');
    await a.signals.publish('topic', 'between');
    await witness.hears('between');
    const ear = await Ear.on(b, 'topic');
    await a.signals.publish('topic', 'after');
    await ear.hears('after');
  }),

  check('topics have nothing in common, whatever their names', async (lab) => {
    const [a, b] = await lab.pair();
    const ears = new Map<string, Ear>();
    for (const topic of oddNames) ears.set(topic, await Ear.on(b, topic));
    for (const topic of oddNames) await a.signals.publish(topic, `to ${topic}`);
    for (const [topic, ear] of ears) await ear.hears(`to ${topic}`);
  }),

  check('a subscription hears nothing after close(), which may be called twice, and others do', async (lab) => {
    const [a, b] = await lab.pair();
    const ear = await Ear.on(b, 'topic');
    const witness = await Ear.on(b, 'topic');
    await a.signals.publish('topic', 1);
    for (const each of [ear, witness]) await each.hears(1);
    ear.close();
    ear.close();
    await a.signals.publish('topic', 2);
    await witness.hears(1, 2);
    assert.deepEqual(ear.heard, [1]);
    const again = await Ear.on(b, 'topic');
    ear.close();
    await a.signals.publish('topic', 3);
    await again.hears(3);
  }),

  check('a subscription that another closes in the middle of a signal does not hear it', async (lab) => {
    const node = await lab.open();
    const ears: Ear[] = [];
    for (const other of [1, 0]) ears.push(await Ear.on(node, 'topic', () => ears[other]?.close()));
    const witness = await Ear.on(node, 'topic');
    await node.signals.publish('topic', 1);
    await witness.hears(1);
    assert.equal(ears.flatMap(({ heard }) => heard).length, 1);
  }),

  check('one function may subscribe twice: each subscription is its own', async (lab) => {
    const node = await lab.open();
    const heard: JsonValue[] = [];
    const handler = (payload: JsonValue) => void heard.push(payload);
    const first = await node.signals.subscribe('topic', handler);
    await node.signals.subscribe('topic', handler);
    const witness = await Ear.on(node, 'topic');
    first.close();
    await node.signals.publish('topic', 1);
    await witness.hears(1);
    assert.deepEqual(heard, [1]);
  }),

  check('a handler that throws is reported to onError, and stops no other', async (lab) => {
    const [a, b] = await lab.pair();
    const before = await Ear.on(b, 'topic');
    await b.signals.subscribe('topic', () => {
      throw new Error('boom');
    });
    const after = await Ear.on(b, 'topic');
    await a.signals.publish('topic', 1);
    for (const ear of [before, after]) await ear.hears(1);
    assert.deepEqual(lab.errors.splice(0), [new Error('boom')]);
  }),

  check('a handler that publishes: everybody on its node hears the question before the answer', async (lab) => {
    const node = await lab.open();
    const pending: Promise<void>[] = [];
    const answer = () => {
      if (pending.length === 0) pending.push(node.signals.publish('topic', 'answer'));
    };
    const ears = [await Ear.on(node, 'topic'), await Ear.on(node, 'topic', answer), await Ear.on(node, 'topic')];
    await node.signals.publish('topic', 'question');
    for (const ear of ears) await ear.hears('question', 'answer');
    await Promise.all(pending);
  }),
];
