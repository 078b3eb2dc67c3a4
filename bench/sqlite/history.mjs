// Reading a filled file in a process of its own: how long it takes to open, and what is asked for the first time and later.
//
//   node --expose-gc bench/sqlite/history.mjs FILE TASK     prints JSON; `all` does all tasks

import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { ChatHub, connect, parseSearch, sqlite, webSocket } from './library.mjs';

/**
 * @typedef {{ hub: import('chathub').ChatHub, log: import('chathub').MessageLog, head: number, url: string }} Chat
 * @typedef {(chat: Chat) => Promise<number>} Task gives how much was found
 */

const limit = 50;
let names = 0;

/** @type {Readonly<Record<string, Task>>} */
export const tasks = {
  'join by WebSocket with the last 50': async ({ url }) => {
    const client = connect(url, { name: `alice${++names}`, WebSocket });
    const lobby = await client.join('big', { history: limit });
    let messages = 0;
    for await (const _ of lobby) if (++messages === limit) break;
    client.close();
    return messages;
  },
  'the last 50': async ({ log, head }) =>
    count(await log.read('big', { before: head + 1, limit, only: 'messages', bytes: 262_144 })),
  'a page half way back': async ({ hub, head }) =>
    (await hub.room('big').history({ before: Math.ceil(head / 2), limit })).length,
  'a page half way back, going on': async ({ hub, head }) =>
    (await hub.room('big').history({ after: Math.ceil(head / 2), limit })).length,
  'the oldest page': async ({ hub }) => (await hub.room('big').history({ before: 51, limit })).length,
  'search: a word of most messages': search('the'),
  'search: a rare word': search('needle'),
  'search: a word that is nowhere': search('absent'),
  'search: two frequent words': search('the and'),
  'search: two frequent words, never together': search('ping pong'),
  'search: a frequent word and a rare one': search('the needle'),
  'search: a phrase': search('"good morning"'),
  'search: a phrase that is nowhere': search('"ping pong"'),
  'search: the beginning of a word, con*': search('con*'),
  'search: the beginning of a word, c*': search('c*'),
  'search: the beginning of a word of every tenth, conde*': search('conde*'),
  'search: the beginning of a word of every hundredth, fifico*': search('fifico*'),
  'search: the beginning of a rare word, needl*': search('needl*'),
  'search: a beginning that is nowhere': search('zz*'),
  'search: a frequent word, half way back': async ({ log, head }) =>
    count(await log.search?.('big', { terms: parseSearch('the'), before: Math.ceil(head / 2), limit })),
  'search: a frequent word until a time': async ({ log }) =>
    count(await log.search?.('big', { terms: parseSearch('the'), until: Date.now() - 86_400_000, limit })),
  'search: a frequent word, in a small room': async ({ log }) =>
    count(await log.search?.('second', { terms: parseSearch('the'), limit })),
  'search: two words, in a small room': async ({ log }) =>
    count(await log.search?.('second', { terms: parseSearch('ping pong'), limit })),
  'search: the beginning of a word, in a small room': async ({ log }) =>
    count(await log.search?.('second', { terms: parseSearch('con*'), limit })),
  'what is unread, up to 1,000': async ({ log, head }) =>
    log.count('big', { after: Math.ceil(head / 2), limit: 1_000, except: 'u1' }),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log(JSON.stringify(await measure()));

async function measure() {
  const [file = '', name = ''] = process.argv.slice(2);
  const engine = sqlite({ path: file });
  /** @type {import('chathub').MessageLog | undefined} */
  let log;
  const hub = new ChatHub({
    engine: {
      name: 'sqlite',
      open: async (context) => {
        const opened = await engine.open(context);
        log = opened.log;
        return opened;
      },
    },
  });
  const began = performance.now();
  const { addresses } = await hub.listen(webSocket({ port: 0, path: '/chat' }));
  const open = performance.now() - began;
  const opened = megabytes();
  if (log === undefined) throw new Error('the hub opened no engine');
  const { head } = await log.read('big', { limit: 0 });
  const chat = { hub, log, head, url: addresses[0] ?? '' };
  const chosen = name === 'all' ? Object.values(tasks) : [tasks[name]];
  let first = 0;
  let found = 0;
  /** @type {number[]} */
  const times = [];
  for (const task of chosen) {
    if (task === undefined) throw new Error(`there is no task "${name}"`);
    for (let turn = 0; turn <= 20; turn++) {
      const start = performance.now();
      found = await task(chat);
      const took = performance.now() - start;
      if (turn === 0) first = took;
      else times.push(took);
    }
  }
  const after = megabytes();
  await hub.close({ drain: 0 });
  times.sort((a, b) => a - b);
  return { open, first, median: times[Math.trunc(times.length / 2)], found, opened, after };
}

/**
 * @param {string} text
 * @returns {Task}
 */
function search(text) {
  const terms = parseSearch(text);
  return async ({ log }) => count(await log.search?.('big', { terms, limit }));
}

/** @param {import('chathub').LogPage | undefined} page */
function count(page) {
  return page?.entries.length ?? Number.NaN;
}

function megabytes() {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}
