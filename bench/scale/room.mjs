// One room that is as large as a room may be.

import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../lib/server.mjs';
import { Bystanders, dialect, sayToAll } from './clients.mjs';
import { Place, ScaleServer } from './server.mjs';

/** @typedef {import('./run.mjs').Run} Run */

/** Messages for each figure. */
const messages = 20;
/** Milliseconds from one to the next: longer than one takes. */
const interval = 250;

/** @param {Run} run */
export async function room(run) {
  const members = run.sizes.room.toLocaleString('en');
  await run.findings.section(`One room of ${members} WebSocket members`, () => hold(run));
}

/** @param {Run} run */
async function hold({ findings, sizes, profiles }) {
  const members = sizes.room;
  const server = await ScaleServer.start(await Place.find({ profiles }));
  /** @type {Load | undefined} */
  let crowd;
  try {
    await pause(sizes.settle);
    const before = await server.collected();
    await server.begin();
    crowd = new Load(server, dialect('hall'), { mode: 'idle', members });
    const result = await crowd.told('ready');
    const during = await server.facts();
    findings.coming({ clients: members, result, before, during });
    await pause(sizes.settle);
    const after = await server.facts();
    const { live } = await server.collected();
    await server.begin();
    await pause(sizes.settle);
    const idle = await server.facts();
    const each = (/** @type {number} */ bytes) => (bytes / 1_024 / members).toFixed(1);
    findings.fact('memory', `${each(after.rss - before.rss)} KB of RSS each; live ${each(live - before.live)} KB`);
    findings.stall(' while they came', during, after);

    await server.begin();
    const times = await talk(crowd, members);
    const talked = await server.facts();
    const cpu = talked.cpu - (idle.cpu / idle.seconds) * talked.seconds;
    findings.fact('CPU of a delivery', `${((cpu * 1e6) / members / messages).toFixed(2)} µs`);
    findings.fact(
      'until a message was there',
      `half of the members after ${times.p50.toFixed(1)} ms, all after ${times.most.toFixed(1)} ms at most`,
    );
    findings.stall(', a message to all', talked);
    findings.alone(talked);

    const bystanders = await Bystanders.start(server);
    const { heard: quiet } = await bystanders.during(() => pause(sizes.quiet));
    const { heard } = await bystanders.during(() => talk(/** @type {Load} */ (crowd), members));
    findings.fact(
      "another room's p99, before and during",
      `${quiet.p99.toFixed(2)} ms, ${heard.p99.toFixed(2)} ms (longest ${heard.max.toFixed(1)} ms), a message to all each ${interval} ms`,
    );
    findings.atMost('what was told wrong, or not', quiet.wrong + heard.wrong + (await bystanders.stop()), 0, '');
  } finally {
    await crowd?.stop();
    await server.stop();
  }
}

/**
 * @param {Load} crowd
 * @param {number} members
 */
async function talk(crowd, members) {
  let [p50, most] = [0, 0];
  for (let message = 0; message < messages; message++) {
    const rest = pause(interval);
    const heard = await sayToAll(crowd, members);
    p50 += heard.p50 / messages;
    most = Math.max(most, heard.most);
    await rest;
  }
  return { p50, most };
}
