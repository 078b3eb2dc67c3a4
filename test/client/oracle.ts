import type { ChatHub, Message } from 'chathub';
import { ClientError } from 'chathub/client';
import type { Guest, Told } from './crowd.js';

/** What the hub stored, by room and offset: it is told of each message once. */
export type Stored = Map<string, Log>;

type Log = Map<number, Message>;

/** Writes down what is stored from here on. Offsets that are stored twice would be the end of any order. */
export function storedOf(hub: Pick<ChatHub, 'on'>, faults: string[]): Stored {
  const stored: Stored = new Map();
  hub.on('message', ({ room, message }) => {
    if (room === undefined || message === undefined) return;
    const log = stored.get(room) ?? (new Map() as Log);
    stored.set(room, log);
    if (log.has(message.offset)) faults.push(`${room} ${message.offset} is stored twice`);
    log.set(message.offset, message);
  });
  return stored;
}

/** Everything that a guest was told must be what is stored, once, in order, and without a hole that was not said. */
export function checkTold({ client, name, told, rooms, lost }: Guest, stored: Stored): string[] {
  const faults: string[] = [];
  for (const room of lost) faults.push(`${name} is in ${room} no more`);
  for (const [room, events] of told) {
    const position = positionAfter(events, (fault) => faults.push(`${name} in ${room}: ${fault}`), stored.get(room));
    const ends = stored.get(room)?.size ?? 0;
    if (position !== ends) faults.push(`${name} in ${room}: ends at ${position}, the log at ${ends}`);
    if (rooms.get(room)?.position?.offset !== position) faults.push(`${name} in ${room}: another position`);
  }
  for (const error of client.errors) faults.push(`${name}: ${String(error)}`);
  return faults;
}

function positionAfter(events: readonly Told[], fault: (text: string) => void, log: Log | undefined): number {
  let position = 0;
  const ids = new Set<string>();
  const turns = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'reset') position = event.offset;
    else if (event.type === 'gap') {
      if (event.from !== position + 1 || event.to < event.from) fault(`gap ${event.from}-${event.to} at ${position}`);
      position = event.to;
    } else {
      const { offset, id, text } = event.message;
      if (offset !== position + 1) fault(`${offset} follows ${position}`);
      if (ids.has(id)) fault(`${offset} comes twice`);
      if (log?.get(offset)?.id !== id || log.get(offset)?.text !== text) fault(`${offset} is not what is stored`);
      if (!inTurn(text, turns)) fault(`"${text}" comes before what was said before it`);
      ids.add(id);
      position = offset;
    }
  }
  return position;
}

/** Texts are numbered: what one says in a room is stored in the order in which it was said. */
function inTurn(text: string, turns: Map<string, number>): boolean {
  const [who = '', number] = text.split(' ');
  const before = turns.get(who) ?? 0;
  turns.set(who, Number(number));
  return who === 'the' || Number(number) > before;
}

/** What was acknowledged is stored once, where it was said to be; what was refused never; what nobody knows of at most once. */
export function checkSaid({ said }: Guest, stored: Stored): string[] {
  const faults: string[] = [];
  for (const { room, text, outcome } of said) {
    const found = placesOf(stored, room).get(text) ?? [];
    const wrong = (what: string) => faults.push(`${room} "${text}" ${what}, and is stored at [${found}]`);
    if (!(outcome instanceof ClientError)) {
      const stands = stored.get(room)?.get(outcome.offset)?.id === outcome.id;
      if (found.length !== 1 || found[0] !== outcome.offset || !stands) wrong(`acknowledged at ${outcome.offset}`);
    } else if (outcome.code === 'FORBIDDEN' && text.includes('forbidden')) {
      if (found.length > 0) wrong('was refused');
    } else if (outcome.code !== 'TIMEOUT') wrong(`failed with ${outcome.code}`);
    else if (found.length > 1 || (found.length > 0 && text.includes('forbidden'))) wrong('is unknown');
  }
  return faults;
}

const places = new WeakMap<Log, { readonly size: number; readonly by: Map<string, number[]> }>();

/** The offsets of each text. */
function placesOf(stored: Stored, room: string): Map<string, number[]> {
  const log = stored.get(room) ?? (new Map() as Log);
  const known = places.get(log);
  if (known?.size === log.size) return known.by;
  const by = new Map<string, number[]>();
  for (const [offset, { text }] of log) by.set(text, [...(by.get(text) ?? []), offset]);
  places.set(log, { size: log.size, by });
  return by;
}
