// One measurement of a server that compresses, or doesn't.

import { setTimeout as pause } from 'node:timers/promises';
import { check } from '../lib/measure.mjs';
import { Load, Server } from '../lib/server.mjs';
import { Listener } from './listener.mjs';
import { writeTexts } from './texts.mjs';

/** @typedef {import('../lib/server.mjs').Subject} Subject */
/** `perDelivery`: microseconds of the server's processor; `received`: bytes on the wire; `compressed`: the share that came so.
 * @typedef {{ perDelivery: number, received: number, compressed: number, p50: number, checked: number }} Figures */

/** Bytes of a payload that are not of its text, by the name of the server. @type {Map<string, number>} */
const around = new Map();

/**
 * @param {Subject} subject
 * @param {{ members: number, bytes: number, seconds: number, file: string }} what - `bytes` of payload, for all servers the same
 * @returns {Promise<Figures>}
 */
export async function measureCompressed(subject, { members, bytes, seconds, file }) {
  const server = await Server.start(subject);
  try {
    const texts = writeTexts(file, bytes - (await overhead(server, subject)));
    const title = `${bytes} bytes to ${members}`;
    const options = { mode: 'one', members, senders: Math.min(members, 16), warm: seconds, seconds, texts: file };
    const told = await run(server, subject, options, title);
    const checked = await listen(server, subject, texts, file);
    return {
      perDelivery: (told.serverCpu * 1e6) / told.deliveries,
      received: told.received / told.deliveries,
      compressed: told.compressed / told.deliveries,
      p50: told.p50,
      checked,
    };
  } finally {
    await server.stop();
  }
}

/**
 * What a connection weighs over which something compressed went.
 *
 * @param {Subject} subject
 * @param {{ connections: number, bytes: number, settle: number, file: string }} what
 * @returns {Promise<number>} bytes
 */
export async function weighCompressed(subject, { connections, bytes, settle, file }) {
  const server = await Server.start(subject);
  try {
    const texts = writeTexts(file, bytes - (await overhead(server, subject)));
    await pause(settle);
    const before = server.rss;
    const load = new Load(server, subject.dialect, { mode: 'idle', members: connections }, ['--deflate']);
    await load.told('ready');
    const speaker = await Listener.join(server, subject.dialect);
    for (const text of texts.slice(0, 5)) {
      speaker.say(text);
      await pause(settle / 5);
    }
    await pause(settle);
    const after = server.rss;
    speaker.leave();
    await load.stop();
    return (after - before) / connections;
  } finally {
    await server.stop();
  }
}

/**
 * @param {Server} server
 * @param {Subject} subject
 * @param {Record<string, string | number>} options
 * @param {string} title
 */
async function run(server, subject, options, title) {
  const load = new Load(server, subject.dialect, options, ['--deflate']);
  try {
    const told = await load.told('measured');
    const end = await load.told('end');
    check(subject, { title }, told, end);
    return { ...told, said: end.said };
  } finally {
    await load.stop();
  }
}

/**
 * Says less to fewer, so that somebody can look into all of it.
 *
 * @param {Server} server
 * @param {Subject} subject
 * @param {readonly string[]} texts
 * @param {string} file
 * @returns {Promise<number>} how many messages were what they should be
 */
async function listen(server, subject, texts, file) {
  const listener = await Listener.join(server, subject.dialect);
  try {
    const options = { mode: 'one', members: 3, senders: 3, interval: 3_000, seconds: 0.4, texts: file };
    const { said } = await run(server, subject, options, 'what is heard');
    return await listener.check(texts, said);
  } finally {
    listener.leave();
  }
}

/**
 * What stands around a text in a payload, and the load generator's mark.
 *
 * @param {Server} server
 * @param {Subject} subject
 */
async function overhead(server, subject) {
  const known = around.get(subject.name);
  if (known !== undefined) return known;
  const load = new Load(server, subject.dialect, { mode: 'one', members: 3, senders: 3, seconds: 0.1 });
  const { bytes, deliveries } = await load.told('measured');
  await load.stop();
  const found = Math.round(bytes / deliveries);
  around.set(subject.name, found);
  return found;
}
