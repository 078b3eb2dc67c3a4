import assert from 'node:assert/strict';
import type { EntryDraft, OpenEngine } from '../../index.js';
import { check, checkWith, type EngineCheck } from './lab.js';
import { oddNames } from './odd-names.js';
import { appendAll, deletion, edit, ids, message, reaction, readAll, stored, Tape } from './tape.js';

const secret = 'correct horse battery staple';

async function assertNoSuchMessage({ log }: OpenEngine, name: string, draft: EntryDraft): Promise<void> {
  const { head } = await log.read(name, { limit: 1 });
  await assert.rejects(
    log.append(name, draft),
    { code: 'NO_SUCH_MESSAGE' },
    `${draft.type} of ${JSON.stringify(draft)}`,
  );
  assert.equal((await log.read(name, { limit: 1 })).head, head, 'what is refused takes no offset');
}

/** Clause 5 of the log: edits, deletions and reactions. */
export const amendChecks: readonly EngineCheck[] = [
  check('an edit gives the stored message its new text, in its old place', async (lab) => {
    const [a, b] = await lab.pair();
    const first = await a.log.append('lobby', message('a', { key: 'k', data: { old: true } }));
    await appendAll(a, 'lobby', 'b');
    const { at } = await b.log.append('lobby', { ...edit('a', 'new'), data: { fresh: true } });
    const expected = { ...first.entry, text: 'new', data: { fresh: true }, edited: at };
    assert.deepEqual(await stored(b, 'lobby', 'a'), expected);
    assert.deepEqual((await a.log.find('lobby', 'ann', 'k'))?.entry, expected, 'also when it is found by its key');
    await a.log.append('lobby', edit('a', 'newer', 'second edit'));
    assert.equal((await stored(a, 'lobby', 'a')).text, 'newer', 'the last edit counts');
    assert.deepEqual((await stored(a, 'lobby', 'b')).edited, undefined);
  }),

  check('a deletion leaves the message without text, data and reactions', async (lab) => {
    const [a, b] = await lab.pair();
    const { entry } = await a.log.append('lobby', message('a', { data: { image: 'cat' } }));
    await a.log.append('lobby', reaction('a', '+1', 'bob'));
    const { at } = await b.log.append('lobby', deletion('a'));
    const { data: _, reactions: __, ...rest } = await stored(a, 'lobby', 'a');
    assert.deepEqual({ _, __ }, { _: undefined, __: undefined });
    assert.deepEqual(rest, { ...message('a'), offset: 1, at: entry?.at, text: '', deleted: at });
  }),

  check('the text of a deleted message is in no answer and no replay', async (lab) => {
    const [a, b] = await lab.pair();
    const draft = message('a', { text: secret, data: { secret }, key: 'k' });
    const { epoch } = await a.log.append('lobby', draft);
    await a.log.append('lobby', { ...edit('a', `${secret}, edited`), key: 'k2' });
    await a.log.append('lobby', { ...edit('a', 'x', 'second'), data: { secret } });
    await b.log.append('lobby', deletion('a'));
    for (const node of [a, b]) {
      const replay = await Tape.of(node, 'lobby', { after: { epoch, offset: 0 } });
      await replay.heardAll(4);
      const { log } = node;
      const answers = [
        ...[await readAll(node, 'lobby'), await log.read('lobby', { limit: 9, only: 'messages' }), replay.entries],
        ...[
          await log.find('lobby', 'ann', 'k'),
          await log.find('lobby', 'ann', 'k2'),
          await log.append('lobby', draft),
        ],
      ];
      assert.ok(!JSON.stringify(answers).includes(secret), JSON.stringify(answers));
      assert.equal(replay.entries.length, 4, 'the entries themselves stay, without text');
    }
  }),

  check('reactions are kept by user, each counted once, and can be taken back', async (lab) => {
    const [a, b] = await lab.pair();
    await appendAll(a, 'lobby', 'a');
    const reactions = async () => (await stored(b, 'lobby', 'a')).reactions ?? {};
    await a.log.append('lobby', reaction('a', '+1', 'ann'));
    await b.log.append('lobby', reaction('a', '+1', 'bob'));
    await a.log.append('lobby', reaction('a', '💬', 'ann'));
    assert.deepEqual({ ...(await reactions()) }, { '+1': ['ann', 'bob'], '💬': ['ann'] });
    await b.log.append('lobby', reaction('a', '+1', 'bob'));
    assert.deepEqual([...((await reactions())['+1'] ?? [])].sort(), ['ann', 'bob'], 'twice is once');
    await a.log.append('lobby', { ...reaction('a', '+1', 'ann'), removed: true });
    await a.log.append('lobby', { ...reaction('a', '💬', 'bob'), removed: true });
    assert.deepEqual({ ...(await reactions()) }, { '+1': ['bob'], '💬': ['ann'] });
    await a.log.append('lobby', { ...reaction('a', '💬', 'ann'), removed: true });
    assert.deepEqual(Object.keys(await reactions()), ['+1'], 'a reaction that nobody has is not there');
  }),

  check('a reaction may be called anything', async (lab) => {
    const { log, ...node } = await lab.open();
    await log.append('lobby', message('a'));
    for (const name of oddNames) await log.append('lobby', reaction('a', name, name));
    const reactions = new Map(Object.entries((await stored({ ...node, log }, 'lobby', 'a')).reactions ?? {}));
    assert.deepEqual([...reactions.keys()].sort(), [...oddNames].sort());
    for (const name of oddNames) assert.deepEqual(reactions.get(name), [name]);
  }),

  check('reactions and edits on two nodes at once are all applied', async (lab) => {
    const nodes = await lab.pair();
    await appendAll(nodes[0], 'lobby', 'a');
    await Promise.all(
      nodes.flatMap(({ log }, node) =>
        ids(`${node}/`, 20).flatMap((user) => [
          log.append('lobby', reaction('a', '+1', user)),
          log.append('lobby', edit('a', `edited by ${user}`, `edit by ${user}`)),
        ]),
      ),
    );
    const { reactions, text } = await stored(nodes[1], 'lobby', 'a');
    assert.equal(reactions?.['+1']?.length, 40);
    const edits = (await readAll(nodes[0], 'lobby')).filter(({ type }) => type === 'edit');
    assert.equal(edits.length, 40);
    const last = edits.at(-1);
    assert.equal(text, last?.type === 'edit' && last.text, 'the edit of the highest offset counts');
  }),

  check('what refers to a message that is not there is refused with NO_SUCH_MESSAGE', async (lab) => {
    const node = await lab.open();
    for (const draft of [edit('a', 'x'), deletion('a'), reaction('a', '+1')])
      await assertNoSuchMessage(node, 'lobby', draft);
    await appendAll(node, 'lobby', 'a');
    await appendAll(node, 'ops', 'b');
    await node.log.append('lobby', edit('a', 'x', 'the edit'));
    for (const target of ['b', '', '1', 'the edit', '__proto__', '*']) {
      for (const draft of [edit(target, 'x'), deletion(target), reaction(target, '+1')]) {
        await assertNoSuchMessage(node, 'lobby', draft);
      }
    }
  }),

  check('a deleted message can be edited, deleted or reacted to no more', async (lab) => {
    const [a, b] = await lab.pair();
    await appendAll(a, 'lobby', 'a');
    await a.log.append('lobby', deletion('a'));
    for (const draft of [edit('a', 'back'), deletion('a', 'again'), reaction('a', '+1')])
      await assertNoSuchMessage(b, 'lobby', draft);
    assert.equal((await stored(b, 'lobby', 'a')).text, '');
  }),

  checkWith(['history'], 'a message that has been trimmed away is not there', async (lab) => {
    const node = await lab.open({ history: 2 });
    await appendAll(node, 'lobby', 'a', 'b', 'c');
    await assertNoSuchMessage(node, 'lobby', edit('a', 'x'));
    await node.log.append('lobby', edit('c', 'x'));
    await assertNoSuchMessage(node, 'lobby', deletion('b'));
  }),

  checkWith(['history'], 'the text of an edit is gone with the message that it was of', async (lab) => {
    const node = await lab.open({ history: 3 });
    const { epoch } = await node.log.append('lobby', message('a'));
    await node.log.append('lobby', edit('a', secret));
    // The message is trimmed away, and nobody can delete it any more; its edit still stands.
    await appendAll(node, 'lobby', 'b', 'c');
    await assertNoSuchMessage(node, 'lobby', deletion('a'));
    const replay = await Tape.of(node, 'lobby', { after: { epoch, offset: 1 } });
    await replay.heardAll(3);
    assert.ok(!JSON.stringify([replay.entries, await readAll(node, 'lobby')]).includes(secret));
  }),

  check('an append that was refused can be repeated with its key when the message is there', async (lab) => {
    const { log } = await lab.open();
    const draft: EntryDraft = { ...deletion('a'), key: 'k' };
    await assert.rejects(log.append('lobby', draft), { code: 'NO_SUCH_MESSAGE' });
    await log.append('lobby', message('a'));
    assert.equal((await log.append('lobby', draft)).duplicate, false);
  }),
];
