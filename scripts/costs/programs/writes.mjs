// Counts what is handed to sockets: how many writes, and how many bytes. Prints it as JSON.
//
//   node writes.mjs FOLDER      FOLDER has the package

import { Client, mark } from '../client.mjs';
import { loadPackage, Place, settled } from '../place.mjs';
import { jsonOverWebSocket, textOverTcp } from '../tongues.mjs';
import { burst, inTwoTurns, large, names, workloads } from '../workloads.mjs';

/** @typedef {import('../wire.mjs').Tally} Tally */
/** @typedef {import('../figures.mjs').Costs} Costs */

const library = await loadPackage(process.argv[2] ?? '.');
/** @type {{ writes: Costs, sent: Costs }} */
const counted = { writes: {}, sent: {} };
for await (const { name, tally, round } of workloads(library, large)) {
  if (name === names.nothing) continue;
  // The first one is not like the others: there is no history, for one thing.
  await round();
  await count(name, tally, round);
}
const { name, tally, round } = await inTwoTurns(library, large);
await count(name, tally, round);
await overLoopback();
process.stdout.write(JSON.stringify(counted), () => process.exit());

/**
 * @param {string} name
 * @param {Tally} tally
 * @param {() => Promise<void>} round
 */
async function count(name, tally, round) {
  const { writes, bytes } = tally;
  await round();
  counted.writes[name] = tally.writes - writes;
  counted.sent[name] = tally.bytes - bytes;
  await settled();
  if (tally.writes - writes !== counted.writes[name])
    throw new Error(`Not all was written when it was counted: ${name}`);
}

/**
 * Some of it once more over sockets of the system, since a stream that stands for one may not be like one. Each thing that is
 * sent is small enough to arrive in one piece, however busy the machine is.
 */
async function overLoopback() {
  const { others } = large;
  const chat = await Place.open(library, jsonOverWebSocket);
  chat.watchSockets();
  /** @type {Client[]} */
  const members = [];
  for (let index = 0; index <= others; index++) members.push(await enter(chat, `member-${index}`));
  for (const messages of [1, burst]) {
    const said = Buffer.concat(Array.from({ length: messages }, () => chat.tongue.say('lobby', mark)));
    await count(names.said('sockets', messages, others), chat.tally, async () => {
      const heard = members.map((member) => member.hear(mark, messages));
      members[0]?.send(said);
      await Promise.all(heard);
    });
  }
  const echo = await Place.open(library, textOverTcp);
  echo.watchSockets();
  const client = new Client(echo.port);
  for (const lines of large.lines) {
    await count(`sockets: ${names.echoed(lines)}`, echo.tally, async () => {
      client.send(`${mark}\n`.repeat(lines));
      await client.hear(mark, lines);
    });
  }
}

/**
 * @param {Place} chat
 * @param {string} name
 */
async function enter(chat, name) {
  const { opening, hello, join } = chat.tongue;
  const client = new Client(chat.port);
  client.send(Buffer.concat([Buffer.from(opening), hello(name), join('lobby')]));
  await client.hear('"type":"joined"');
  // The others are told, too.
  await settled();
  return client;
}
