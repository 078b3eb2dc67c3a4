import { type Command, type HubOptions, lines, type ServerEvent } from 'chathub';
import { describe, expect, test } from 'vitest';
import { byToken, lineChat } from '../hub/set-up.js';

const from = { id: 'a-1', user: 'a-u', name: 'alice' };
const protocol = lines();

/** A connection of somebody who is in these rooms, the last of them the current one. */
function connectIn(...rooms: readonly string[]) {
  const session = protocol.open({ transport: 'test', limits: { jsonDepth: 8 }, reply: () => {} });
  const told = (event: ServerEvent) => session.answered?.(event);
  for (const room of rooms)
    told({ type: 'joined', room, epoch: 'e', offset: 0, recovered: false, more: false, entries: [], count: 1 });
  const sent = (room: string, message: string) =>
    told({ type: 'sent', room, message, epoch: 'e', offset: 1, at: 1, duplicate: false });
  return { read: (line: string): Command | null => session.receive(line), told, sent };
}

/** People at terminals, with what they are shown. */
async function terminals(options: HubOptions = {}) {
  const chatting = await lineChat({ policies: { authenticate: byToken, moderate: () => true }, ...options });
  /** Somebody who typed these lines, and whose welcome and answers to them are forgotten. */
  const person = async (...typed: readonly string[]) => {
    const peer = chatting.transport.connect();
    const shown: string[] = [];
    void (async () => {
      for (;;) shown.push(...(await peer.next()).split('\n'));
    })().catch(() => undefined);
    /** Types lines, and says what is shown then. */
    const types = async (...lines: readonly string[]) => {
      const before = shown.length;
      for (const line of lines) peer.send(line);
      await chatting.clock.advance(0);
      return shown.slice(before);
    };
    await types(...typed);
    return { peer, shown, types, clear: () => shown.splice(0) };
  };
  return { ...chatting, person };
}

/** Alice and bob, in the lobby. */
async function pair(options: HubOptions = {}) {
  const chatting = await terminals(options);
  const alice = await chatting.person('/nick alice', '/join lobby');
  const bob = await chatting.person('/nick bob', '/join lobby');
  for (const somebody of [alice, bob]) somebody.clear();
  return { ...chatting, alice, bob };
}

describe('what people type', () => {
  test('/edit and /delete are about what was said last over this connection in the current room', () => {
    const { read, sent } = connectIn('kitchen', 'lobby');
    sent('lobby', 'm1');
    sent('kitchen', 'k1');
    expect(read('/edit  better now ')).toEqual({ type: 'edit', room: 'lobby', message: 'm1', text: 'better now' });
    sent('lobby', 'm2');
    expect(read('/delete')).toEqual({ type: 'delete', room: 'lobby', message: 'm2' });
    read('/switch kitchen');
    expect(read('/DELETE')).toEqual({ type: 'delete', room: 'kitchen', message: 'k1' });
  });

  test('/edit and /delete before anything was said have nothing to be about', () => {
    const { read, sent, told } = connectIn('kitchen', 'lobby');
    sent('kitchen', 'k1');
    for (const line of ['/edit x', '/delete'])
      expect(() => read(line)).toThrow(expect.objectContaining({ code: 'NO_SUCH_MESSAGE' }));
    // A direct message is none of the room's.
    told({ type: 'sent', message: 'd1', epoch: 'e', offset: 1, at: 1, duplicate: false });
    expect(() => read('/delete')).toThrow(expect.objectContaining({ code: 'NO_SUCH_MESSAGE' }));
  });

  test('they need a room, and somebody who is in', () => {
    const { read } = connectIn();
    for (const line of ['/edit x', '/delete', '/topic', '/topic x'])
      expect(() => read(line)).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  test('what was said is forgotten with the room, and is not another user’s', () => {
    const { read, sent, told } = connectIn('lobby');
    sent('lobby', 'm1');
    told({ type: 'left', room: 'lobby' });
    const again = { epoch: 'e', offset: 0, recovered: false, more: false, entries: [], count: 1 };
    told({ type: 'joined', room: 'lobby', ...again });
    expect(() => read('/delete')).toThrow(expect.objectContaining({ code: 'NO_SUCH_MESSAGE' }));
  });

  test('/search, /directs and /topic', () => {
    const { read } = connectIn('lobby');
    expect(read('/search  "good morning" bob* ')).toEqual({ type: 'search', text: '"good morning" bob*', limit: 10 });
    expect(read('/directs')).toEqual({ type: 'history', room: '@', limit: 10 });
    expect(read('/directs 3')).toEqual({ type: 'history', room: '@', limit: 3 });
    expect(read('/directs 9999')).toEqual({ type: 'history', room: '@', limit: 200 });
    expect(read('/topic')).toMatchObject({ type: 'topic', room: 'lobby' });
    expect(read('/topic')).not.toHaveProperty('topic');
    expect(read('/topic be nice')).toEqual({ type: 'topic', room: 'lobby', topic: 'be nice' });
  });

  test.each(['/edit', '/edit  ', '/search', '/directs x', '/directs 0', '/directs -1'])(
    '%j is no such command',
    (line) => {
      const { read, sent } = connectIn('lobby');
      sent('lobby', 'm1');
      expect(() => read(line)).toThrow(expect.objectContaining({ code: 'BAD_COMMAND' }));
    },
  );

  test('/help names them all', async () => {
    const { alice } = await pair();
    const help = await alice.types('/help');
    for (const usage of ['/edit TEXT', '/delete', '/search TEXT', '/topic [TEXT]', '/directs [COUNT]'])
      expect(help).toContainEqual(expect.stringContaining(`${usage}  `));
  });
});

describe('what people are shown', () => {
  test('is no forged line: topics, reactions and edits are made safe', () => {
    const hostile = 'x\n[lobby] * mallory says\u001b[2J\r\u202e';
    const shown = [
      protocol.encode({ type: 'topic', room: 'lobby', text: hostile, from, at: 1 }),
      protocol.encode({ type: 'topic', room: 'lobby', text: hostile }),
      protocol.encode({
        type: 'reaction',
        room: 'lobby',
        id: 'r',
        offset: 1,
        from,
        message: 'm',
        at: 1,
        reaction: hostile,
      }),
      protocol.encode({ type: 'edit', room: 'lobby', id: 'e', offset: 1, from, message: 'm', at: 1, text: hostile }),
    ];
    for (const text of shown) {
      for (const line of text!.split('\n'))
        expect(line).toMatch(/^(\[lobby\] (\* alice |alice\| )|\* lobby is about: )/);
      for (const control of ['\u001b', '\r']) expect(text).not.toContain(control);
    }
  });

  test('of what is read is nothing', () => {
    expect(protocol.encode({ type: 'read', room: 'lobby', epoch: 'e', upTo: 1, unread: 0 })).toBeNull();
  });

  test('of a search is what was found', () => {
    const message = { type: 'message', room: 'lobby', id: 'm', offset: 1, from, text: 'lunch', at: 1 } as const;
    const told = (more: boolean, ...messages: (typeof message)[]) => protocol.encode({ type: 'found', messages, more });
    expect(told(false)).toBe('* Nothing found.');
    expect(told(false, message)).toBe('* Found 1 message:\n[lobby] alice: lunch');
    expect(told(false, message, message)).toBe('* Found 2 messages:\n[lobby] alice: lunch\n[lobby] alice: lunch');
    expect(told(true, message)).toBe('* Found these and more:\n[lobby] alice: lunch');
  });
});

describe('people at terminals', () => {
  test('mend what they said last; the others are told', async () => {
    const { alice, bob } = await pair();
    expect(await alice.types('helo')).toEqual([]);
    expect(await alice.types('/edit hello')).toEqual([]);
    expect(bob.clear()).toEqual(['[lobby] alice: helo', '[lobby] * alice edited: hello']);
    expect(await alice.types('/edit hello all')).toEqual([]);
    expect(bob.clear()).toEqual(['[lobby] * alice edited: hello all']);
    const late = await bob.types('/join kitchen', '/join lobby');
    expect(late).toContain('[lobby] alice: hello all');
  });

  test('take back what they said last', async () => {
    const { alice, bob } = await pair();
    await alice.types('first', 'second');
    expect(await alice.types('/delete')).toEqual([]);
    expect(bob.clear()).toEqual(['[lobby] alice: first', '[lobby] alice: second', '[lobby] * alice deleted a message']);
    expect(await alice.types('/delete')).toEqual([expect.stringMatching(/^! NO_SUCH_MESSAGE /)]);
    expect(await alice.types('/edit x')).toEqual([expect.stringMatching(/^! NO_SUCH_MESSAGE /)]);
    expect(bob.clear()).toEqual([]);
  });

  test('type /me and mend it: it stays an action', async () => {
    const { alice, bob } = await pair();
    await alice.types('/me wavs');
    await alice.types('/edit waves');
    bob.clear();
    expect(await bob.types('/join lobby')).toContain('[lobby] * alice waves');
  });

  test('who said nothing have nothing to mend', async () => {
    const { bob, alice } = await pair();
    await alice.types('hello');
    for (const line of ['/edit x', '/delete'])
      expect(await bob.types(line)).toContainEqual(expect.stringMatching(/^! NO_SUCH_MESSAGE /));
  });

  test('who type on before it is stored mend it when it is, never the message before', async () => {
    const { alice, bob, hub } = await pair({
      policies: { send: ({ message }) => (message.text === 'no' ? null : message) },
    });
    await alice.types('first');
    expect(await alice.types('second', '/edit better', 'third', '/delete')).toEqual([]);
    expect(bob.clear()).toEqual([
      '[lobby] alice: first',
      '[lobby] alice: second',
      '[lobby] * alice edited: better',
      '[lobby] alice: third',
      '[lobby] * alice deleted a message',
    ]);
    // What could not be said is what was said last.
    expect(await alice.types('no', '/delete')).toEqual([
      expect.stringMatching(/^! FORBIDDEN /),
      '! NO_SUCH_MESSAGE What you said last is not stored.',
    ]);
    const said = await hub.room('lobby').history();
    expect(said.map(({ text, deleted }) => (deleted === undefined ? text : null))).toEqual(['first', 'better', null]);
  });

  test('who log in may not mend what they said as guests', async () => {
    const { person } = await terminals({ policies: { authenticate: byToken } });
    const ali = await person('/join lobby', 'as a guest', '/auth ali');
    expect(await ali.types('/edit x')).toEqual(['! NO_SUCH_MESSAGE You have said nothing here yet.']);
  });

  test('see reactions, but none that is taken back', async () => {
    const { alice, bob, hub } = await pair();
    await alice.types('hello');
    bob.clear();
    const [message] = await hub.room('lobby').history();
    for (const remove of [false, true])
      await hub.room('lobby').react(message!.id, '👍', { from: { name: 'carol' }, remove });
    await bob.types();
    expect(bob.clear()).toEqual(['[lobby] * carol reacts with 👍']);
  });

  test('say what a room is about, and ask', async () => {
    const { alice, bob, person } = await pair();
    expect(await bob.types('/topic')).toEqual(['* lobby is about nothing in particular.']);
    bob.clear();
    expect(await alice.types('/topic be nice')).toContain('* Done.');
    expect(bob.clear()).toEqual(['[lobby] * alice says it is about: be nice']);
    for (const somebody of [alice, bob]) expect(await somebody.types('/topic')).toEqual(['* lobby is about: be nice']);
    const late = await person('/nick late', '/join lobby');
    expect(late.shown).toContain('* lobby is about: be nice');
  });

  test('find what was said, in all their rooms', async () => {
    const { alice, bob, clock } = await pair();
    await alice.types('lunch?', '/join kitchen');
    await clock.advance(1);
    await alice.types('lunch here', '/me has lunch');
    bob.clear();
    expect(await bob.types('/search lunch')).toEqual(['* Found 1 message:', '[lobby] alice: lunch?']);
    expect(await alice.types('/search "lunch here"')).toEqual(['* Found 1 message:', '[kitchen] alice: lunch here']);
    expect(await alice.types('/search lun*')).toEqual([
      '* Found 3 messages:',
      '[lobby] alice: lunch?',
      '[kitchen] alice: lunch here',
      '[kitchen] * alice has lunch',
    ]);
    expect(await alice.types('/search dinner')).toEqual(['* Nothing found.']);
    expect(await alice.types('/search !?')).toEqual([expect.stringMatching(/^! BAD_COMMAND /)]);
  });

  test('find what waits for them when they log in', async () => {
    const { alice, person } = await pair();
    const ali = await person('/auth ali', '/quit');
    await ali.peer.closed;
    await alice.types('/msg ali one');
    const again = await person('/auth ali');
    expect(again.shown).toContain('* 1 direct message waits; /directs shows it.');
    await alice.types('/msg ali two', '/msg ali three');
    expect(await again.types('/directs')).toEqual([
      '(direct) alice: one',
      '(direct) alice: two',
      '(direct) alice: three',
    ]);
    expect(await again.types('/directs 1')).toEqual(['(direct) alice: three']);
    again.peer.send('/quit');
    await again.peer.closed;
    const later = await person('/auth ali');
    expect(later.shown.filter((line) => line.includes('wait'))).toEqual([]);
  });

  test('have read what was shown to them, and nothing else', async () => {
    const { alice, person } = await pair();
    const ali = await person('/auth ali', '/join lobby', '/quit');
    await ali.peer.closed;
    await alice.types('/msg ali one', ...Array.from({ length: 12 }, (_, number) => `line ${number}`));
    const waiting = [
      '* 12 messages of lobby are unread; /history shows them.',
      '* 1 direct message waits; /directs shows it.',
    ];
    // Who logs in and hangs up has not read it; nor who looks at some of it.
    for (const typed of [[], ['/history 5']]) {
      const again = await person('/auth ali', ...typed);
      expect(again.shown.filter((line) => waiting.includes(line))).toEqual(waiting);
      again.peer.send('/quit');
      await again.peer.closed;
    }
    const reader = await person('/auth ali', '/history 20', '/directs', '/quit');
    await reader.peer.closed;
    const later = await person('/auth ali');
    expect(later.shown.filter((line) => /unread|wait/.test(line))).toEqual([]);
  });

  test('have no direct messages: they are told so', async () => {
    const { alice } = await pair();
    expect(await alice.types('/directs')).toEqual(['* No older messages.']);
  });
});
