// What is done while it is counted what it takes.

import { once } from 'node:events';
import { Place, settled } from './place.mjs';
import { jsonOverWebSocket, linesOverTcp, textOverTcp } from './tongues.mjs';
import { Tally } from './wire.mjs';

/** @typedef {import('./place.mjs').Library} Library */
/** @typedef {import('./tongues.mjs').Tongue} Tongue */
/** @typedef {{ others: number, rooms: number, lines: readonly number[] }} Sizes */
/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {Tally} tally What its server writes.
 * @property {() => Promise<void>} round Does it once, to the end.
 */

/** @type {Sizes} Where only writes are counted, as large as in the benchmarks. */
export const large = { others: 100, rooms: 100, lines: [1_000] };
/** @type {Sizes} Everything else takes long to count. Two numbers of lines, so that the difference is the cost of lines alone. */
export const small = { others: 40, rooms: 5, lines: [100, 500] };
/** Messages of a burst. */
export const burst = 10;
/** Members of each of many rooms. */
export const perRoom = 10;

/** What each workload is called. */
export const names = {
  nothing: 'nothing',
  /**
   * @param {string} tongue
   * @param {number} messages
   * @param {number} others
   */
  said: (tongue, messages, others) => `${tongue}: ${messages} at once to ${others} others`,
  /**
   * @param {string} tongue
   * @param {number} others
   */
  joined: (tongue, others) => `${tongue}: one joins ${others + 1} and leaves`,
  /**
   * @param {number} rooms
   * @param {boolean} acknowledged
   */
  manyRooms: (rooms, acknowledged) =>
    `all of ${rooms} rooms of ${perRoom} talk at once${acknowledged ? ', acknowledged' : ''}`,
  /** @param {number} lines */
  echoed: (lines) => `${lines} lines echoed`,
};

/** As long as what people say. */
const text = 'The quick brown fox jumps over the lazy dog.';

/**
 * One after the other: a place is opened when its first workload is due.
 * @param {Library} library
 * @param {Sizes} sizes
 * @returns {AsyncGenerator<Workload>}
 */
export async function* workloads(library, { others, rooms, lines }) {
  yield { name: names.nothing, tally: new Tally(), round: settled };
  for (const tongue of [jsonOverWebSocket, linesOverTcp]) {
    yield* talking(await Place.open(library, tongue), 0);
    yield* talking(await Place.open(library, tongue), others);
  }
  yield* manyRooms(await Place.open(library, jsonOverWebSocket), rooms);
  yield* echoing(await Place.open(library, textOverTcp), lines);
}

/**
 * @param {Place} place
 * @param {number} others
 * @returns {AsyncGenerator<Workload>}
 */
async function* talking(place, others) {
  const { tally, tongue } = place;
  const members = await place.fill('lobby', others + 1);
  const talker = /** @type {typeof members[0]} */ (members[0]);
  const message = tongue.say('lobby', text);
  const messages = Buffer.concat(Array.from({ length: burst }, () => message));
  yield { name: names.said(tongue.name, 1, others), tally, round: () => tell(talker, message) };
  yield { name: names.said(tongue.name, burst, others), tally, round: () => tell(talker, messages) };
  const newcomer = await place.greeted('newcomer');
  const [join, leave] = [tongue.join('lobby'), tongue.leave('lobby')];
  const comeAndGo = async () => {
    await tell(newcomer, join);
    await tell(newcomer, leave);
  };
  yield { name: names.joined(tongue.name, others), tally, round: comeAndGo };
}

/**
 * Everybody says something before the hub has read any of it.
 * @param {Place} place
 * @param {number} rooms
 * @returns {AsyncGenerator<Workload>}
 */
async function* manyRooms(place, rooms) {
  const { tally } = place;
  const everybody = await fillAll(place, rooms);
  for (const acknowledged of [false, true]) {
    const said = saidBy(everybody, place.tongue, acknowledged ? 1 : undefined);
    const round = () => {
      for (const { wire, bytes } of said) wire.send(bytes);
      return settled();
    };
    yield { name: names.manyRooms(rooms, acknowledged), tally, round };
  }
}

/**
 * Everybody says something, but what half of them say is there to be read when the event loop comes around once more, as when it
 * was under way. The hub waits so long, and no longer.
 *
 * @param {Library} library
 * @param {Sizes} sizes
 * @returns {Promise<Workload>}
 */
export async function inTwoTurns(library, { rooms }) {
  const place = await Place.open(library, jsonOverWebSocket);
  const said = saidBy(await fillAll(place, rooms), place.tongue, undefined);
  const half = (/** @type {number} */ which) => {
    for (const [index, { wire, bytes }] of said.entries()) if (index % 2 === which) wire.send(bytes);
  };
  const round = async () => {
    await nextPoll();
    const following = nextPoll();
    half(0);
    await following;
    half(1);
    await settled();
  };
  return { name: `all of ${rooms} rooms of ${perRoom} talk within two turns`, tally: place.tally, round };
}

/**
 * @param {Place} place
 * @param {number} rooms
 */
async function fillAll(place, rooms) {
  const everybody = [];
  for (let number = 0; number < rooms; number++) {
    const room = `room-${number}`;
    for (const wire of await place.fill(room, perRoom)) everybody.push({ room, wire });
  }
  return everybody;
}

/**
 * What each of them says.
 * @param {readonly { room: string, wire: import('./wire.mjs').Wire }[]} everybody
 * @param {Tongue} tongue
 * @param {number | undefined} id
 */
function saidBy(everybody, tongue, id) {
  return everybody.map(({ room, wire }) => ({ wire, bytes: tongue.say(room, text, id) }));
}

/** Resolves where the event loop reads sockets, when it next does. */
async function nextPoll() {
  const { port1, port2 } = new MessageChannel();
  port2.postMessage(undefined);
  await once(port1, 'message');
  port1.close();
}

/**
 * @param {Place} place
 * @param {readonly number[]} counts
 * @returns {AsyncGenerator<Workload>}
 */
async function* echoing(place, counts) {
  const { tally } = place;
  const client = await place.connect();
  for (const count of counts) {
    // In one piece, as long as the kernel would give it in one.
    const bytes = Buffer.from(`${text}\n`.repeat(count));
    yield { name: names.echoed(count), tally, round: () => tell(client, bytes) };
  }
}

/**
 * @param {import('./wire.mjs').Wire} wire
 * @param {Uint8Array} bytes
 */
function tell(wire, bytes) {
  wire.send(bytes);
  return settled();
}
