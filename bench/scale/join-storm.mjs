// Thousands connect, greet and join within a second.

import { setTimeout as pause } from 'node:timers/promises';
import { Load } from '../lib/server.mjs';
import { Bystanders, dialect, sayToAll } from './clients.mjs';
import { droppedConnects } from './machine.mjs';
import { Place, ScaleServer } from './server.mjs';

/** @typedef {import('./run.mjs').Run} Run */

/** @param {Run} run */
export async function joinStorm(run) {
  const { findings, sizes } = run;
  const title = `Join storm, ${sizes.storm.toLocaleString('en')} WebSocket clients in a second`;
  const rooms = sizes.storm / 10;
  await findings.section(`${title}: all into one room`, () => storm(run, 1));
  await findings.section(`${title}: into ${rooms} rooms of 10`, () => storm(run, rooms));
}

/**
 * @param {Run} run
 * @param {number} rooms
 */
async function storm({ findings, sizes, profiles }, rooms) {
  const clients = sizes.storm;
  const server = await ScaleServer.start(await Place.find({ profiles }));
  /** @type {Load | undefined} */
  let crowd;
  try {
    const bystanders = await Bystanders.start(server);
    await server.begin();
    const { heard: quiet } = await bystanders.during(() => pause(sizes.quiet));
    findings.alone(await server.facts());
    const before = await server.begin();
    const dropsBefore = droppedConnects();
    const options = { mode: 'idle', rooms, members: clients / rooms, rate: clients, 'at-once': clients };
    const { heard, result } = await bystanders.during(() => {
      crowd = new Load(server, dialect('storm'), options);
      return crowd.told('ready', 60);
    });
    const during = await server.facts();
    const dropped = droppedConnects() - dropsBefore;
    await server.begin();
    // Counts of large rooms are told once a second, to all of it.
    await pause(2_500);
    const after = await server.facts();
    findings.coming({ clients, result, before, during, dropped });
    findings.stall('', during, after);
    findings.bystanders({ quiet, heard, missing: await bystanders.stop() });
    if (crowd !== undefined) await sayToAll(crowd, clients);
    findings.alone(during);
  } finally {
    await crowd?.stop();
    await server.stop();
  }
}
