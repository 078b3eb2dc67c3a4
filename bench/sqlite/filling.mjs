// A file with a large room, `big`, and a few small logs, as the engine writes it.

import { draft, openEngine } from './library.mjs';
import { textOf } from './texts.mjs';

/** Milliseconds from one message to the next: a million take eight months. */
const pause = 20_000;
/** Messages of one transaction. */
const together = 512;

/**
 * @param {string} file
 * @param {number} messages
 */
export async function fill(file, messages) {
  let now = Date.now() - (messages + 2_000) * pause;
  const engine = await openEngine(file, { now: () => (now += pause), synchronous: 'normal' });
  for (const room of ['first', 'second', 'third'])
    for (let index = 0; index < 100; index++) await engine.log.append(room, draft(room, textOf(index)));
  for (let index = 0; index < messages; ) {
    const appends = [];
    for (const end = Math.min(index + together, messages); index < end; index++)
      appends.push(engine.log.append('big', draft('big', textOf(index))));
    await Promise.all(appends);
  }
  // Younger than the large one: their words are behind all of its words.
  for (let index = 0; index < 100; index++) await engine.log.append('last', draft('last', textOf(index)));
  await engine.close();
}

/**
 * How many messages there are in the large room of a file.
 * @param {string} file
 */
export async function messagesIn(file) {
  const engine = await openEngine(file);
  const { head } = await engine.log.read('big', { limit: 1 });
  await engine.close();
  return head;
}
