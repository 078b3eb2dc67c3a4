import { type JsonValue, memory } from 'chathub';
import { expect, test } from 'vitest';
import { byToken, chat, stillClock } from './set-up.js';

// Well-formed JSON of the wrong shape threw in the hub, or went out to clients as a signal without a name.
test('what is no message between nodes is left alone on every topic, whatever its shape', async () => {
  const [engine, clock] = [memory(), stillClock()];
  const { connect, hub, errors } = await chat({ engine, clock, policies: { authenticate: byToken } });
  const alice = await connect('alice', { token: 'u1' });
  await alice.join('lobby');
  const stranger = await engine.open({ node: 'stranger', clock, limits: hub.limits, onError: () => undefined });
  const { id } = (await alice.next('welcome')).member;
  const before = alice.events.length;
  const shapes: JsonValue[] = [
    ...[null, 0, 'x', [], {}, true],
    ...[{ remove: 1, code: 'KICKED' }, { remove: 'u1', code: 'NOTHING' }, { remove: 'u1' }],
    ...[
      { signal: 'x' },
      { signal: 'x', from: 'alice', data: 1 },
      { signal: 1, from: { id, user: id, name: id }, data: 1 },
    ],
    ...[{ taken: id }, { taken: 1, generation: 9 }, { end: id }, { end: id, code: 'toString' }, { notice: id }],
    ...[{ leave: id }, { leave: id, room: 1 }, { leave: id, room: 'lobby', code: 'constructor' }],
    // Two kinds in one: the part that fits let the part pass that does not, with a code that there is not.
    ...[
      { end: id, code: 'NOTHING', notice: 'm', text: 'x' },
      { end: id, code: 'NOTHING', leave: 'm', room: 'lobby' },
      { remove: 'u1', code: 'NOTHING', signal: 'x', from: { id, user: id, name: id }, data: 1 },
      { by: 'm', renamed: 1, read: 'lobby', epoch: 'e', offset: 1 },
    ],
    ...[{ renamed: 'x' }, { by: 'm', renamed: 1 }, { by: 'm', read: 'lobby' }, { by: 'm', read: 'lobby', epoch: 1 }],
  ];
  for (const topic of ['room/lobby', `node/${hub.status().node}`, 'user/u1'])
    for (const shape of shapes) await stranger.signals.publish(topic, shape);
  await clock.advance(1_000);
  expect(errors).toEqual([]);
  expect(alice.events.slice(before)).toEqual([]);
  await alice.say('lobby', 'still here');
  expect(await alice.next('message')).toMatchObject({ text: 'still here', from: { name: 'alice' } });
  await stranger.close();
});
