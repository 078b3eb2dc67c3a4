import { ChatError, type ChatHub, type Sanctioned, type SanctionOptions } from '../../index.js';
import { announce } from './announcing.js';
import { Fields } from './fields.js';
import { Refusal } from './problems.js';

/** A reason is a sentence. */
const longestReason = 300;

/** Announcements are messages: the hub says how long those may be. */
const longestText = 65_536;

/** What an action came to. */
interface Done {
  /** For the log: what was done to whom, and nothing that anybody wrote. */
  readonly line: string;
  readonly answer: object;
  /** What follows once that is answered. */
  readonly next?: () => void;
}

/** Does what was asked for. */
export type Action = (object: object) => Promise<Done>;

/**
 * What can be done, by its name in the URL.
 *
 * @param drain - ends the server in good order
 */
export function actionsOn(hub: ChatHub, drain: () => void): ReadonlyMap<string, Action> {
  return new Map<string, Action>([
    ['kick', (object) => kick(hub, object)],
    ['disconnect', (object) => disconnect(hub, object)],
    ['ban', (object) => impose('ban', hub, object)],
    ['mute', (object) => impose('mute', hub, object)],
    ['unban', (object) => lift('unban', hub, object)],
    ['unmute', (object) => lift('unmute', hub, object)],
    ['announce', (object) => say(hub, object)],
    ['drain', async (object) => end(object, drain)],
  ]);
}

async function kick(hub: ChatHub, object: object): Promise<Done> {
  const fields = new Fields(object, ['room', 'whom', 'reason']);
  const room = hub.room(fields.text('room'));
  const whom = fields.whom();
  await room.kick(whom, reasonIn(fields));
  return { line: `kick ${shown(whom)} from room ${JSON.stringify(room.name)}`, answer: {} };
}

/** All sessions of a user, or one. */
async function disconnect(hub: ChatHub, object: object): Promise<Done> {
  const fields = new Fields(object, ['whom', 'reason']);
  const whom = fields.whom();
  if ('address' in whom) throw new Refusal(400, 'BAD_COMMAND', 'Ban an address to end its connections.');
  const found = 'user' in whom ? await hub.user(whom.user).members() : [await hub.member(whom.member)];
  const members = found.filter((member) => member !== undefined);
  if (members.length === 0) throw new ChatError('NO_SUCH_MEMBER', 'There is no such session any more.');
  const { reason } = reasonIn(fields);
  await Promise.all(members.map((member) => member.disconnect(reason)));
  return { line: `disconnect ${shown(whom)}`, answer: { sessions: members.length } };
}

async function impose(kind: 'ban' | 'mute', hub: ChatHub, object: object): Promise<Done> {
  const fields = new Fields(object, ['room', 'whom', 'duration', 'reason']);
  const whom = fields.whom();
  const duration = fields.optionalNumber('duration');
  const options: SanctionOptions = { ...reasonIn(fields), ...(duration === undefined ? {} : { duration }) };
  const { scope, where } = scopeOf(hub, fields);
  await scope[kind](whom, options);
  const time = duration === undefined ? 'for good' : `for ${duration} ms`;
  return { line: `${kind} ${shown(whom)} ${where} ${time}`, answer: {} };
}

async function lift(kind: 'unban' | 'unmute', hub: ChatHub, object: object): Promise<Done> {
  const fields = new Fields(object, ['room', 'whom']);
  const whom = fields.whom();
  const { scope, where } = scopeOf(hub, fields);
  await scope[kind](whom);
  return { line: `${kind} ${shown(whom)} ${where}`, answer: {} };
}

async function say(hub: ChatHub, object: object): Promise<Done> {
  const fields = new Fields(object, ['room', 'text']);
  const text = fields.optionalText('text', longestText);
  if (text === undefined || text.trim() === '') throw new Refusal(400, 'BAD_COMMAND', 'What is to be said?');
  const room = fields.optionalText('room');
  const rooms = await announce(hub, text, room);
  const where = room === undefined ? `rooms (${rooms})` : `room ${JSON.stringify(room)}`;
  return { line: `announce in ${where}`, answer: { rooms } };
}

/** What nobody should do by chance. */
function end(object: object, drain: () => void): Done {
  if (!new Fields(object, ['confirm']).isTrue('confirm'))
    throw new Refusal(400, 'BAD_COMMAND', 'This ends the server: say so with {"confirm":true}.');
  return { line: 'drain', answer: {}, next: drain };
}

/** Where a ban or a mute holds. */
function scopeOf(hub: ChatHub, fields: Fields) {
  const name = fields.optionalText('room');
  if (name === undefined) return { scope: hub, where: 'everywhere' };
  const scope = hub.room(name);
  return { scope, where: `in room ${JSON.stringify(scope.name)}` };
}

function reasonIn(fields: Fields): { readonly reason?: string } {
  const reason = fields.optionalText('reason', longestReason);
  return reason === undefined ? {} : { reason };
}

function shown(whom: Sanctioned): string {
  const [[kind, name]] = Object.entries(whom) as [[string, string]];
  return `${kind} ${JSON.stringify(name)}`;
}
