// Thousands connect, greet and join within a second.

import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../lib/server.mjs';
import { Bystanders, dialect, sayToAll } from './clients.mjs';
import { Place, ScaleServer } from './server.mjs';

/** @typedef {import('./run.mjs').Run} Run */

/**
 * @param {Run} run
 * @param {{ title: string, rooms: number }} variant
 */
async function storm({ findings, sizes, profiles }, { title, rooms }) {
  const clients = sizes.storm;
  findings.heading(`Join storm, ${clients.toLocaleString('en')} WebSocket clients in a second: ${title}`);
  const server = await ScaleServer.start(await Place.find({ profiles }));
  try {
    const bystanders = await Bystanders.start(server);
    const { heard: quiet } = await bystanders.during(() => pause(sizes.quiet));
    const before = await server.begin();
    const options = { mode: 'idle', rooms, members: clients / rooms, rate: clients, 'at-once': clients };
    /** @type {Load | undefined} */
    let crowd;
    const { heard, result } = await bystanders.during(() => {
      crowd = new Load(server, dialect('storm'), options);
      return crowd.told('ready', 60);
    });
    const during = await server.facts();
    await server.begin();
    // Counts of large rooms are told once a second, to all of it.
    await pause(2_500);
    const after = await server.facts();
    findings.coming({ clients, result, before, during });
    findings.stall('', during, after);
    findings.bystanders({ quiet, heard, missing: await bystanders.stop() });
    if (crowd !== undefined) await sayToAll(crowd, clients);
    findings.waited(during);
    await crowd?.stop();
  } finally {
    await server.stop();
  }
}

/** @param {Run} run */
export async function joinStorm(run) {
  await storm(run, { title: 'all into one room', rooms: 1 });
  const rooms = run.sizes.storm / 10;
  await storm(run, { title: `into ${rooms} rooms of 10`, rooms });
}
