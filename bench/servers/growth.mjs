// A hub whose members have no sockets, so that nothing is measured but itself. Prints one figure.
//
//   node --expose-gc bench/servers/growth.mjs joins MEMBERS     microseconds for a join and a leave in a room of so many
//   node --expose-gc bench/servers/growth.mjs idle ROOMS        bytes for each of so many rooms that nobody is in, with a message
//   node --expose-gc bench/servers/growth.mjs occupied ROOMS    bytes for each of so many rooms with a member

import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises';

/** @typedef {import('chathub').Connection} Connection */
/** @typedef {import('chathub').ConnectionHandler} ConnectionHandler */

const dist = new URL(process.env.CHATHUB_DIST ?? '../../dist/', import.meta.url);
const { ChatHub, json } = /** @type {typeof import('chathub')} */ (await import(new URL('index.js', dist).href));

const unlimited = Number.POSITIVE_INFINITY;
const hub = new ChatHub({
  limits: { sendsPerSecond: unlimited, commandsPerSecond: unlimited, roomsPerMember: 100_000 },
});
const protocol = json();
const encoder = new TextEncoder();
/** @type {import('chathub').Framing} */
const framing = {
  frame(payloads) {
    /** @type {number[]} */
    const ends = [];
    let end = 0;
    for (const payload of payloads) ends.push((end += payload.length + 1));
    return { bytes: encoder.encode(`${payloads.join('\n')}\n`), ends };
  },
};
/** @type {(connection: Connection) => ConnectionHandler | undefined} */
let accept = () => undefined;

await hub.listen({
  name: 'none',
  addresses: [],
  async start(given) {
    accept = given;
  },
  async stop() {},
});

const [what, count] = process.argv.slice(2);
console.log(what === 'joins' ? await joins(Number(count)) : await rooms(Number(count), what === 'idle'));
process.exit();

/** @param {number} members */
async function joins(members) {
  for (let i = 0; i < members; i++) await connect().do({ type: 'join', room: 'town' });
  const guest = connect();
  const times = async (/** @type {number} */ many) => {
    for (let i = 0; i < many; i++) {
      await guest.do({ type: 'join', room: 'town' });
      await guest.do({ type: 'leave', room: 'town' });
    }
  };
  await times(2_000);
  const before = process.cpuUsage();
  await times(3_000);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 3_000;
}

/**
 * @param {number} many
 * @param {boolean} leaves
 */
async function rooms(many, leaves) {
  const guest = connect();
  await guest.do({ type: 'join', room: 'first' });
  const before = await live();
  for (let i = 0; i < many; i++) {
    const room = `room-${i}`;
    await guest.do({ type: 'join', room });
    if (!leaves) continue;
    await guest.do({ type: 'send', id: i, room, text: 'See you tomorrow.' });
    await guest.do({ type: 'leave', room });
  }
  await pause(1_500);
  return ((await live()) - before) / many;
}

async function live() {
  for (let i = 0; i < 4; i++) {
    await turn();
    global.gc?.();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function connect() {
  /** @type {() => void} */
  let wrote = () => {};
  /** @type {ConnectionHandler | undefined} */
  const handler = accept({
    transport: 'none',
    protocol,
    framing,
    remoteAddress: '127.0.0.1',
    secure: false,
    closeCodes: false,
    bufferedBytes: 0,
    blocked: false,
    write: () => wrote(),
    pause() {},
    resume() {},
    close() {},
    terminate() {},
  });
  return {
    /** @param {import('chathub').Command} command */
    do(command) {
      const answered = new Promise((/** @type {(value?: undefined) => void} */ resolve) => (wrote = resolve));
      handler?.receive(JSON.stringify(command), framing);
      return answered;
    },
  };
}
