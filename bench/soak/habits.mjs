// What somebody in the chat does next: a little of everything.

import { rooms } from './places.mjs';
import { words, wordsOf } from './words.mjs';

/**
 * @typedef {import('./dice.mjs').Dice} Dice
 * @typedef {import('./program.mjs').Program} Program
 * @typedef {import('./person.mjs').Person} Person
 * @typedef {{ readonly dice: Dice, readonly names: () => readonly string[], readonly strangers: () => readonly string[] }} Town
 * `names`: whom one may write to; `strangers`: those who come and go, and may be taken out of a room
 */

/** @type {readonly ((program: Program, town: Town, room: string) => Promise<unknown> | void)[]} */
const programHabits = [
  (program, { dice }, room) => say(program, dice, room, {}),
  (program, { dice }, room) => say(program, dice, room, { data: { mood: dice.between(0, 9) } }),
  async (program, { dice }, room) => {
    const key = `k${dice.between(0, 1e9)}`;
    await say(program, dice, room, { key });
    await program.ask({ type: 'send', room, text: 'again', key, repeat: true });
  },
  (program, { dice }) => program.ask({ type: 'join', room: dice.of(rooms), history: dice.between(0, 20) }),
  (program, { dice }) => program.ask({ type: 'join', room: dice.of(rooms), after: { epoch: 'x', offset: 3 } }),
  (program, _, room) => program.ask({ type: 'leave', room }),
  (program, { dice, names }) =>
    program.ask({ type: 'direct', to: dice.of(names()), text: wordsOf(dice), key: `d${dice.between(0, 1e9)}` }),
  (program, { dice }) => program.ask({ type: 'nick', name: `${program.name.split('.')[0]}.${dice.between(1, 9)}` }),
  (program, { dice }, room) => program.ask({ type: 'history', room, limit: dice.between(1, 60) }),
  (program) => program.ask({ type: 'history', room: '@' }),
  (program, _, room) => program.ask({ type: 'members', room }),
  (program) => program.ask({ type: 'rooms' }),
  (program, { dice }, room) => program.ask({ type: 'search', room, text: dice.of(words) }),
  (program, { dice }, room) => program.ask({ type: 'signal', room, name: 'typing', data: dice.between(0, 9) }),
  (program, { dice }) => program.ask({ type: 'request', name: dice.of(['echo', 'nobody']), data: wordsOf(dice) }),
  (program, { dice }, room) => program.ask({ type: 'topic', room, topic: wordsOf(dice) }),
  (program, { dice }) =>
    program.ask({ type: 'react', ...program.heard, reaction: dice.of(['👍', '👎', '🎉']), remove: dice.chance(30) }),
  (program, { dice }) => program.ask({ type: 'edit', ...program.said, text: wordsOf(dice) }),
  (program) => program.ask({ type: 'delete', ...program.said }),
  (program, _, room) => program.ask({ type: 'read', room, ...program.positions.get(room) }),
  (program, { dice, strangers }, room) => {
    const [type, member] = [dice.of(['kick', 'mute', 'ban']), dice.of(strangers())];
    const seconds = type === 'kick' ? {} : { seconds: dice.between(1, 3) };
    return member === undefined ? undefined : program.ask({ type, room, member, ...seconds, reason: 'a soak' });
  },
  (program) => program.ask({ type: 'send', room: 'nowhere', text: 'who is there?' }),
  (program, { dice }) => {
    // Ten a minute are abuse.
    if (dice.chance(20)) program.write(dice.of(['{', '[]', '{"type":"dance"}', '{"type":"send"}']));
  },
];

/**
 * What is no command, or makes no sense in no room, is abuse ten times a minute.
 * @type {readonly ((person: Person, town: Town) => void)[]}
 */
const personHabits = [
  (person, { dice }) => person.say(wordsOf(dice)),
  (person, { dice }) => {
    // Of what was said last here, if anything was.
    if (dice.chance(50)) person.say(dice.chance(50) ? `/edit ${wordsOf(dice)}` : '/delete');
  },
  (person, { dice }) => person.say(`/me ${wordsOf(dice)}`),
  (person, { dice, names }) => person.say(`/msg ${dice.of(names())} ${wordsOf(dice)}`),
  (person, { dice }) => person.join(dice.of(rooms)),
  (person, { dice }) => person.leave(dice.of([...person.rooms])),
  (person, { dice }) => person.say(`/who ${dice.of(rooms)}`),
  (person, { dice }) => person.say(`/history ${dice.between(1, 20)}`),
  (person, { dice }) => person.say(`/search ${dice.of(words)}`),
  (person, { dice }) => person.say(dice.of(['/rooms', '/help', '/topic', '/directs', '//not a command'])),
  (person, { dice, strangers }) => person.say(`/kick ${dice.of(strangers()) ?? 'nobody'} a soak`),
  (person, { dice }) => {
    if (dice.chance(20)) person.say('/dance');
  },
];

/**
 * @param {Program} program
 * @param {Town} town
 */
export async function live(program, town) {
  const room = town.dice.of([...program.positions.keys()]) ?? town.dice.of(rooms);
  await town.dice.of(programHabits)(program, town, room);
}

/**
 * @param {Person} person
 * @param {Town} town
 */
export function talk(person, town) {
  town.dice.of(personHabits)(person, town);
}

/**
 * @param {Program} program
 * @param {Dice} dice
 * @param {string} room
 * @param {object} more
 */
async function say(program, dice, room, more) {
  const sent = await program.ask({ type: 'send', room, text: wordsOf(dice), ...more });
  if (sent.type === 'sent') program.said = { room, message: sent.message };
}
