import type { SanctionRow, Whom } from '../../cli/admin/answers.js';
import type { Api } from './api.js';
import type { AskDialog, Field } from './ask-dialog.js';

/** Somebody that something is done about. */
export interface Target {
  readonly name: string;
  readonly user: string;
  readonly member: string;
  /** Whether it is another user with its next connection; undefined where that is not known. */
  readonly guest?: boolean;
  readonly remoteAddress: string | undefined;
}

/** What the dialogs need. */
export interface Tools {
  readonly api: Api;
  readonly ask: AskDialog;
  /** Says that something was done. */
  say(text: string): void;
  /** Something has changed. */
  changed(): void;
}

const reason: Field = { name: 'reason', label: 'Reason', hint: 'They are told it. It may be left empty.' };

const durations: Field = {
  name: 'duration',
  label: 'For how long',
  value: '3600000',
  choices: [
    ['600000', '10 minutes'],
    ['3600000', 'An hour'],
    ['86400000', 'A day'],
    ['604800000', 'A week'],
    ['2592000000', '30 days'],
    ['', 'For good'],
  ],
};

/** Takes somebody out of a room. */
export function kick({ api, ask, say, changed }: Tools, { name, user }: Target, room: string): void {
  ask.open({
    title: `Kick ${name}`,
    text: `${name} is taken out of ${room} with all of its sessions, and may come back.`,
    fields: [reason],
    verb: 'Kick',
    danger: true,
    async act({ reason }) {
      await api.post('kick', { room, whom: { user }, reason });
      say(`${name} was taken out of ${room}.`);
      changed();
    },
  });
}

/** Ends a session. */
export function disconnect({ api, ask, say, changed }: Tools, { name, member }: Target): void {
  ask.open({
    title: `Disconnect ${name}`,
    text: 'This session ends. A ban keeps somebody from coming back.',
    fields: [reason],
    verb: 'Disconnect',
    danger: true,
    async act({ reason }) {
      await api.post('disconnect', { whom: { member }, reason });
      say(`${name} was disconnected.`);
      changed();
    },
  });
}

/** Keeps somebody out, or from speaking. */
export function sanction(tools: Tools, kind: SanctionRow['kind'], target: Target, room?: string): void {
  const { api, ask, say, changed } = tools;
  const { name } = target;
  const verb = kind === 'ban' ? 'Ban' : 'Mute';
  ask.open({
    title: `${verb} ${name}`,
    text: kind === 'ban' ? 'Who is banned is shown out, and refused.' : 'Who is muted can read, and not speak.',
    fields: [whomField(target), ...(room === undefined ? [] : [whereField(room)]), durations, reason],
    verb,
    danger: true,
    async act({ whom = '', where = '', duration = '', reason }) {
      const time = duration === '' ? {} : { duration: Number(duration) };
      const place = where === '' ? {} : { room: where };
      await api.post(kind, { whom: choices(target)[whom]?.whom, ...place, ...time, reason });
      say(`${name} was ${kind === 'ban' ? 'banned' : 'muted'}${where === '' ? '' : ` in ${where}`}.`);
      changed();
    },
  });
}

/** Bans or mutes whoever is typed. */
export function sanctionAnyone({ api, ask, say, changed }: Tools, room?: string): void {
  ask.open({
    title: room === undefined ? 'Ban or mute somebody everywhere' : `Ban or mute somebody in ${room}`,
    text: 'They need not be here.',
    fields: [
      {
        name: 'kind',
        label: 'What',
        choices: [
          ['ban', 'Ban'],
          ['mute', 'Mute'],
        ],
      },
      {
        name: 'by',
        label: 'By',
        choices: [
          ['address', 'Address'],
          ['user', 'User id'],
          ['member', 'Session id'],
        ],
      },
      { name: 'name', label: 'Whom', hint: 'Addresses may be ranges: 192.0.2.0/24.', required: true },
      durations,
      reason,
    ],
    verb: 'Do it',
    danger: true,
    async act({ kind = '', by = '', name = '', duration = '', reason }) {
      const time = duration === '' ? {} : { duration: Number(duration) };
      await api.post(kind, { whom: { [by]: name }, ...(room === undefined ? {} : { room }), ...time, reason });
      say(`${name} was ${kind === 'ban' ? 'banned' : 'muted'}.`);
      changed();
    },
  });
}

/** Takes a ban or a mute back. */
export function lift({ api, ask, say, changed }: Tools, { kind, whom }: SanctionRow, room?: string): void {
  const name = nameOf(whom);
  ask.open({
    title: kind === 'ban' ? `Let ${name} in again` : `Let ${name} speak again`,
    text: `The ${kind} ${room === undefined ? 'everywhere' : `in ${room}`} is taken back.`,
    verb: kind === 'ban' ? 'Unban' : 'Unmute',
    async act() {
      await api.post(`un${kind}`, { whom, ...(room === undefined ? {} : { room }) });
      say(`The ${kind} of ${name} was taken back.`);
      changed();
    },
  });
}

/** Says something in a room, or in all that have members here. */
export function announce({ api, ask, say, changed }: Tools, room?: string): void {
  ask.open({
    title: room === undefined ? 'Announce in all rooms' : `Announce in ${room}`,
    text:
      room === undefined
        ? 'In each room that has members on this node, "server" says it, as a message.'
        : '"server" says it, as a message.',
    fields: [{ name: 'text', label: 'Text', long: true, required: true }],
    verb: 'Announce',
    async act({ text }) {
      const { rooms } = await api.post<{ rooms: number }>('announce', room === undefined ? { text } : { text, room });
      say(rooms === 1 ? 'It was said in one room.' : `It was said in ${rooms.toLocaleString()} rooms.`);
      changed();
    },
  });
}

/** Ends the server. */
export function drain({ api, ask, say, changed }: Tools, connections: number): void {
  ask.open({
    title: 'End the server',
    text: `Nobody is let in any more, ${connections.toLocaleString()} connections are told to come back later, and the process ends. Nothing here starts it again.`,
    verb: 'End it',
    danger: true,
    async act() {
      await api.post('drain', { confirm: true });
      say('The server ends.');
      changed();
    },
  });
}

/** Whom a ban or a mute is for, for people. */
export function nameOf(whom: Whom): string {
  if ('user' in whom) return whom.user;
  return 'member' in whom ? `session ${whom.member}` : whom.address;
}

function choices({ user, member, remoteAddress, guest }: Target): {
  [by: string]: { label: string; whom: Whom };
} {
  const byUser = { label: guest === true ? 'This guest' : 'The user, with all sessions', whom: { user } };
  const bySession = { label: 'This session alone', whom: { member } };
  if (remoteAddress === undefined) return { user: byUser, member: bySession };
  const address = { label: `Whoever comes from ${remoteAddress}`, whom: { address: remoteAddress } };
  return { user: byUser, member: bySession, address };
}

function whomField(target: Target): Field {
  const all = Object.entries(choices(target)).map(([by, { label }]) => [by, label] as const);
  const hint = 'A guest is somebody else with each connection: its address is what stays.';
  return { name: 'whom', label: 'Whom', choices: all, ...(target.guest === false ? {} : { hint }) };
}

function whereField(room: string): Field {
  const places = [
    [room, `In ${room}`],
    ['', 'Everywhere'],
  ] as const;
  return { name: 'where', label: 'Where', choices: places };
}
