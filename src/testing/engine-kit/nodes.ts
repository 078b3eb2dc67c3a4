import assert from 'node:assert/strict';
import { until } from '../checks.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { appendAll, message, readAll, Tape } from './tape.js';
import { plenty, usersIn, Watcher } from './watcher.js';

/** What opening and closing a node does. */
export const nodeChecks: readonly EngineCheck[] = [
  check('an engine says how durable it is', async (lab) => {
    assert.ok(['process', 'stored', 'synced'].includes((await lab.open()).durability));
  }),

  checkWith(
    ['many'],
    'a node that closes leaves nobody behind, and watchers on other nodes hear it once',
    async (lab) => {
      const [a, b] = await lab.pair();
      const ann = await lab.session(a, 'a1', { user: 'ann' });
      const guest = await lab.session(a, 'g1', { guest: true });
      const both = await lab.session(a, 'c1', { user: 'cat' });
      const other = await lab.session(b, 'c2', { user: 'cat' });
      for (const session of [ann, guest, both]) await a.presence.enter('lobby', session, plenty);
      await a.presence.enter('ops', ann, plenty);
      await b.presence.enter('lobby', other, plenty);
      const watcher = await Watcher.of(b, 'lobby');
      const ops = await Watcher.of(b, 'ops');
      await a.close();
      await watcher.sees('cat');
      await ops.sees();
      assert.deepEqual([[...watcher.left].sort(), ops.left], [['ann', 'g1'], ['ann']]);
      assert.deepEqual(await usersIn(b, 'lobby'), ['cat']);
      assert.deepEqual(
        (await b.presence.rooms({ limit: 9 })).rooms.map(({ name }) => name),
        ['lobby'],
      );
    },
  ),

  checkWith(['many'], 'a session that another node took up outlives the node that it came from', async (lab) => {
    const [a, b] = await lab.pair();
    const session = await lab.session(a, 'a1', { user: 'ann', guest: true });
    await a.presence.claimName({ key: 'ann', name: 'Ann', fence: session });
    await a.presence.enter('lobby', session, plenty);
    const taken = await b.presence.takeSession(session.secret, lab.nodeOf(b));
    const watcher = await Watcher.of(b, 'lobby');
    await a.close();
    assert.equal(await b.presence.enter('ops', taken?.session ?? session, plenty), true);
    assert.deepEqual(await usersIn(b, 'lobby'), ['ann']);
    assert.equal(await b.presence.nameOf('ann'), 'Ann');
    assert.deepEqual(watcher.changes, []);
  }),

  checkWith(
    ['many'],
    'a node that closes tells its own handlers nothing more, and the other nodes go on',
    async (lab) => {
      const [a, b] = await lab.pair();
      const told: string[] = [];
      const tell = (what: string) => () => void told.push(what);
      await a.log.follow('lobby', { deliver: tell('entry'), gap: tell('gap'), reset: tell('reset') });
      await a.presence.watch('lobby', { change: tell('change'), reset: tell('list') });
      await a.signals.subscribe('topic', tell('signal'));
      await a.state.onChange('lobby', tell('fact'));
      await lab.session(a, 'a1').then((session) => a.presence.enter('lobby', session, plenty));
      assert.deepEqual(told.splice(0), ['change']);
      const [tape, watcher] = [await Tape.of(b, 'lobby'), await Watcher.of(b, 'lobby')];
      let last: unknown;
      await b.state.onChange('lobby', (_, value) => {
        last = value;
      });
      await a.close();
      await appendAll(b, 'lobby', 'after');
      await b.log.remove('lobby');
      await lab.session(b, 'b1').then((session) => b.presence.enter('lobby', session, plenty));
      await b.signals.publish('topic', 1);
      await b.state.set('lobby', 'key', 'after');
      await tape.heard('after');
      await watcher.sees('b1');
      await until('the change', () => last === 'after');
      assert.deepEqual(told, []);
    },
  ),

  check('a follower that closes its node in the middle of a delivery is told nothing more', async (lab) => {
    const node = await lab.open();
    const closing: Promise<void>[] = [];
    const first = await Tape.of(node, 'lobby', { onEntry: () => void closing.push(node.close()) });
    const second = await Tape.of(node, 'lobby', { onEntry: () => void closing.push(node.close()) });
    // Whether an append that its own node's end interrupts has been stored is unknown.
    await node.log.append('lobby', message('a')).catch(() => undefined);
    await Promise.all(closing);
    assert.equal(first.ids.length + second.ids.length, 1);
  }),

  check('a node that is closed while a follower catches up delivers nothing more', async (lab) => {
    const [a, b] = await lab.pair();
    await appendAll(a, 'lobby', 'a');
    const told: string[] = [];
    const handler = {
      deliver: () => void told.push('entries'),
      gap: () => void told.push('gap'),
      reset: () => {
        told.push('reset');
        void b.close();
      },
    };
    // Whether the call itself succeeds is up to the engine.
    await b.log.follow('lobby', handler, { after: { epoch: 'another', offset: 1 } }).catch(() => undefined);
    const other = await lab.open();
    const witness = await Tape.of(other, 'lobby');
    await appendAll(other, 'lobby', 'b');
    await witness.heard('b');
    assert.deepEqual(told, ['reset']);
  }),

  check('close() may be called more than once', async (lab) => {
    const node = await lab.open();
    await Promise.all([node.close(), node.close()]);
    await node.close();
  }),

  check('logs and shared state outlive the node that wrote them', async (lab) => {
    const first = await lab.open();
    const { epoch } = await first.log.append('lobby', message('a', { key: 'k' }));
    await first.state.set('lobby', 'topic', 'x');
    await first.close();
    const second = await lab.open();
    assert.deepEqual(
      (await readAll(second, 'lobby')).map(({ id }) => id),
      ['a'],
    );
    assert.equal((await second.log.append('lobby', message('again', { key: 'k' }))).duplicate, true);
    const next = await second.log.append('lobby', message('b'));
    assert.deepEqual([next.offset, next.epoch], [2, epoch]);
    assert.equal(await second.state.get('lobby', 'topic'), 'x');
  }),
];
