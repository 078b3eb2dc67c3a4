import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Command } from '../../src/model/commands.js';
import type { Author, Deletion, DirectMessage, Edit, Message, Reaction } from '../../src/model/entry.js';
import { ChatError } from '../../src/model/errors.js';
import type { JoinedEvent, JoinedFacts, ServerEvent, WelcomeEvent } from '../../src/model/events.js';
import { lines } from '../../src/protocols/lines/index.js';

const protocol = lines();
const { encode } = protocol;

const person = (name: string): Author => ({ id: `${name}-1`, user: `${name}-u`, name });
const [alice, bob, robert] = [person('alice'), person('bob'), person('robert')];

const message = (text: string, more: Partial<Message> = {}): Message => ({
  type: 'message',
  room: 'lobby',
  id: 'm1',
  offset: 1,
  from: alice,
  text,
  at: 1_700_000_000_000,
  ...more,
});
const direct = (text: string, from = alice): DirectMessage => ({
  type: 'direct',
  id: 'd1',
  offset: 1,
  from,
  to: { user: 'bob-u', name: 'bob' },
  text,
  at: 1,
});
const facts = (more: Partial<JoinedFacts> = {}): JoinedFacts => ({
  epoch: 'e',
  offset: 15,
  recovered: false,
  more: false,
  entries: [],
  count: 3,
  ...more,
});
const joined = (room: string, more: Partial<JoinedFacts> = {}): JoinedEvent => ({
  type: 'joined',
  room,
  ...facts(more),
});
/** With rooms that need not say their names. */
type Bare<E extends WelcomeEvent> = Partial<Omit<E, 'rooms'>> & {
  readonly rooms?: { readonly [room: string]: JoinedFacts };
};
const welcome = ({ rooms = {}, ...more }: Bare<WelcomeEvent> = {}): WelcomeEvent => ({
  type: 'welcome',
  session: '8Jx3',
  member: person('guest-4f2a'),
  resumed: false,
  heartbeat: 25_000,
  limits: { messageBytes: 4096, dataBytes: 8192, frameBytes: 65_536 },
  rooms: Object.fromEntries(Object.entries(rooms).map(([room, facts]) => [room, { room, ...facts }])),
  ...more,
});
const edit: Edit = {
  type: 'edit',
  room: 'lobby',
  message: 'm1',
  id: 'e1',
  offset: 2,
  from: alice,
  at: 1,
  text: 'new text',
};
const deletion: Deletion = { type: 'delete', room: 'lobby', message: 'm1', id: 'x1', offset: 3, from: alice, at: 1 };
const reaction: Reaction = {
  type: 'reaction',
  room: 'lobby',
  message: 'm1',
  id: 'r1',
  offset: 4,
  from: alice,
  at: 1,
  reaction: '👍',
};

/** A connection, what it answered by itself, and shorthands for what it reads and is refused. */
function connect() {
  const replies: ServerEvent[] = [];
  const session = protocol.open({ transport: 'test', limits: { jsonDepth: 8 }, reply: (event) => replies.push(event) });
  return {
    opening: session.opening,
    replies,
    read: (frame: string): Command | null => session.receive(frame),
    told: (...events: ServerEvent[]) => {
      for (const event of events) session.answered?.(event);
    },
    refusal: (frame: string): string => {
      try {
        return `accepted as ${JSON.stringify(session.receive(frame))}`;
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        return encode({ type: 'error', code: error.code, message: error.message, retryable: error.retryable }) ?? '';
      }
    },
  };
}

/** A connection of somebody who is in these rooms, the last of them the current one. */
function connectIn(...rooms: string[]) {
  const connection = connect();
  connection.told(welcome(), ...rooms.map((room) => joined(room)));
  return connection;
}

describe('the protocol', () => {
  test('is for people: no echo, a terminal, limits, and messages left out for who reads too slowly', () => {
    expect(protocol).toMatchObject({ name: 'lines', echo: false, terminal: true, limited: true, slowConsumer: 'skip' });
    expect(protocol.resumable).toEqual(['lost']);
  });

  test('greets for the person, who may still log in when guests are refused', () => {
    expect(connect().opening).toEqual({ type: 'hello', automatic: true });
  });
});

describe('input', () => {
  test.each<[string, Command]>([
    ['hello', { type: 'send', room: 'lobby', text: 'hello' }],
    [' hello  there ', { type: 'send', room: 'lobby', text: ' hello  there ' }],
    ['//x', { type: 'send', room: 'lobby', text: '/x' }],
    ['//', { type: 'send', room: 'lobby', text: '/' }],
    ['///x', { type: 'send', room: 'lobby', text: '//x' }],
    [' /x', { type: 'send', room: 'lobby', text: ' /x' }],
    ['two\nlines', { type: 'send', room: 'lobby', text: 'two\nlines' }],
    ['/nick alice', { type: 'nick', name: 'alice' }],
    ['/nick  a b ', { type: 'nick', name: 'a b' }],
    ['/auth TOKEN', { type: 'auth', token: 'TOKEN' }],
    ['/resume 8Jx3', { type: 'hello', session: '8Jx3', fromLast: true }],
    ['/join lobby', { type: 'join', room: 'lobby', history: 10 }],
    ['/join Lobby 25', { type: 'join', room: 'Lobby', history: 25 }],
    ['/join lobby 0', { type: 'join', room: 'lobby', history: 0 }],
    ['/JOIN lobby', { type: 'join', room: 'lobby', history: 10 }],
    ['/join\tlobby  5 ', { type: 'join', room: 'lobby', history: 5 }],
    [`/join lobby ${'9'.repeat(400)}`, { type: 'join', room: 'lobby', history: Number.MAX_SAFE_INTEGER }],
    ['/leave', { type: 'leave', room: 'lobby' }],
    ['/leave Kitchen', { type: 'leave', room: 'Kitchen' }],
    ['/rooms', { type: 'rooms' }],
    ['/who', { type: 'members', room: 'lobby' }],
    ['/who kitchen', { type: 'members', room: 'kitchen' }],
    ['/msg bob psst,  you ', { type: 'direct', to: 'bob', text: 'psst,  you' }],
    ['/history', { type: 'history', room: 'lobby', before: 16, limit: 10 }],
    ['/history 50', { type: 'history', room: 'lobby', before: 16, limit: 50 }],
    ['/history 1000000000', { type: 'history', room: 'lobby', before: 16, limit: 200 }],
    ['/me waves', { type: 'send', room: 'lobby', text: 'waves', action: true }],
    ['/kick bob', { type: 'kick', room: 'lobby', member: 'bob' }],
    ['/kick bob 5 times warned', { type: 'kick', room: 'lobby', member: 'bob', reason: '5 times warned' }],
    ['/ban bob', { type: 'ban', room: 'lobby', member: 'bob' }],
    ['/ban bob 5', { type: 'ban', room: 'lobby', member: 'bob', seconds: 300 }],
    ['/ban bob 1.5 too loud', { type: 'ban', room: 'lobby', member: 'bob', seconds: 90, reason: 'too loud' }],
    ['/mute bob 2nd warning', { type: 'mute', room: 'lobby', member: 'bob', reason: '2nd warning' }],
    ['/unban bob', { type: 'unban', room: 'lobby', member: 'bob' }],
    ['/unmute bob', { type: 'unmute', room: 'lobby', member: 'bob' }],
    ['/mute bob 1.1', { type: 'mute', room: 'lobby', member: 'bob', seconds: 66 }],
    ['/quit', { type: 'quit' }],
    ['/quit see you', { type: 'quit', text: 'see you' }],
  ])('%j', (frame, command) => {
    expect(connectIn('lobby').read(frame)).toStrictEqual(command);
  });

  test('nothing comes of an empty line', () => {
    expect(connect().read('')).toBeNull();
  });

  test.each([
    ['/foo', '! BAD_COMMAND There is no /foo; /help lists the commands.'],
    ['/Foo bar', '! BAD_COMMAND There is no /Foo; /help lists the commands.'],
    ['/', '! BAD_COMMAND There is no /; /help lists the commands.'],
    ['/constructor', '! BAD_COMMAND There is no /constructor; /help lists the commands.'],
    ['/__proto__', '! BAD_COMMAND There is no /__proto__; /help lists the commands.'],
    ['/\u001b[31mred', '! BAD_COMMAND There is no /red; /help lists the commands.'],
    ['/nick', '! BAD_COMMAND Usage: /nick NAME'],
    ['/auth ', '! BAD_COMMAND Usage: /auth TOKEN'],
    ['/resume', '! BAD_COMMAND Usage: /resume TOKEN'],
    ['/join', '! BAD_COMMAND Usage: /join ROOM [COUNT]'],
    ['/join lobby many', '! BAD_COMMAND Usage: /join ROOM [COUNT]'],
    ['/join lobby -1', '! BAD_COMMAND Usage: /join ROOM [COUNT]'],
    ['/join lobby 5 6', '! BAD_COMMAND Usage: /join ROOM [COUNT]'],
    ['/switch', '! BAD_COMMAND Usage: /switch ROOM'],
    ['/msg', '! BAD_COMMAND Usage: /msg NAME TEXT'],
    ['/msg bob', '! BAD_COMMAND Usage: /msg NAME TEXT'],
    ['/history 0', '! BAD_COMMAND Usage: /history [COUNT]'],
    ['/history all', '! BAD_COMMAND Usage: /history [COUNT]'],
    ['/me', '! BAD_COMMAND Usage: /me TEXT'],
    ['/kick', '! BAD_COMMAND Usage: /kick NAME [REASON]'],
    ['/ban ', '! BAD_COMMAND Usage: /ban NAME [MINUTES] [REASON]'],
    ['/unban', '! BAD_COMMAND Usage: /unban NAME'],
    ['/unmute bob now', '! BAD_COMMAND Usage: /unmute NAME'],
    ['/mute bob 0', '! BAD_COMMAND Usage: /mute NAME [MINUTES] [REASON]'],
    [`/mute bob ${'9'.repeat(400)}`, '! BAD_COMMAND Usage: /mute NAME [MINUTES] [REASON]'],
    ['a\0b', '! BAD_FRAME A line cannot hold a NUL or a bare CR.'],
    ['a\rb', '! BAD_FRAME A line cannot hold a NUL or a bare CR.'],
    ['/quit\r', '! BAD_FRAME A line cannot hold a NUL or a bare CR.'],
  ])('%j is refused', (frame, line) => {
    const connection = connectIn('lobby');
    expect(connection.refusal(frame)).toBe(line);
    expect(connection.replies).toEqual([]);
  });

  test.each(['hello', '/me waves', '/leave', '/who', '/history', '/kick bob', '/ban bob 5', '/mute bob'])(
    '%j needs a room',
    (frame) => {
      const connection = connect();
      connection.told(welcome());
      expect(connection.refusal(frame)).toBe('! NOT_A_MEMBER Join a room first: /join ROOM');
    },
  );

  test('a room is nothing to ask for before one is in, which takes a log-in where guests are refused', () => {
    expect(connect().refusal('hello')).toBe('! UNAUTHENTICATED Log in first: /auth TOKEN');
  });

  test('whatever comes in, nothing but a ChatError is thrown', () => {
    const word = fc.constantFrom('help', 'JOIN', 'switch', 'msg', 'history', 'ban', 'mute', 'kick', 'quit', 'who', 'x');
    const frame = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(word, fc.string({ unit: 'binary' })).map(([name, rest]) => `/${name} ${rest}`),
      fc
        .tuple(word, fc.array(fc.constantFrom('lobby', '5', '1e9', '-1', 'NaN', '\u001b[2J', '__proto__')))
        .map(([name, rest]) => `/${name} ${rest.join(' ')}`),
    );
    fc.assert(
      fc.property(fc.array(frame), fc.boolean(), (frames, inRoom) => {
        const connection = inRoom ? connectIn('lobby') : connect();
        for (const each of frames) connection.refusal(each);
      }),
    );
  });
});

describe('/help', () => {
  test('lists every command, a line each, and asks the hub for nothing', () => {
    const connection = connect();
    expect(connection.read('/help')).toBeNull();
    expect(connection.replies.map(encode)).toEqual([
      '* /help  lists the commands',
      '* /nick NAME  takes a free name',
      '* /auth TOKEN  logs in',
      '* /resume TOKEN  takes up an earlier session',
      '* /join ROOM [COUNT]  joins a room',
      '* /leave [ROOM]  leaves a room',
      '* /switch ROOM  goes to a room that you are in',
      '* /rooms  lists the rooms',
      '* /who [ROOM]  lists who is in a room',
      '* /msg NAME TEXT  sends a direct message',
      '* /directs [COUNT]  shows the last direct messages',
      '* /history [COUNT]  shows older messages',
      '* /me TEXT  says what you do',
      '* /edit TEXT  changes what you said last',
      '* /delete  takes back what you said last',
      '* /search TEXT  finds messages with these words',
      '* /topic [TEXT]  says what the room is about',
      '* /block NAME  hears no more from somebody',
      '* /unblock NAME  hears from somebody again',
      '* /blocked  from whom you do not want to hear',
      '* /kick NAME [REASON]  removes somebody from the room',
      '* /ban NAME [MINUTES] [REASON]  keeps somebody out of the room',
      '* /mute NAME [MINUTES] [REASON]  keeps somebody from speaking in the room',
      '* /unban NAME  lets somebody in again',
      '* /unmute NAME  lets somebody speak again',
      '* /quit [TEXT]  leaves everything and hangs up',
    ]);
  });
});

describe('the current room', () => {
  const roomOf = (connection: ReturnType<typeof connect>) => {
    const command = connection.read('hello');
    return command?.type === 'send' ? command.room : undefined;
  };

  test('is the one last joined', () => {
    expect(roomOf(connectIn('lobby', 'kitchen'))).toBe('kitchen');
    expect(roomOf(connectIn('lobby', 'kitchen', 'lobby'))).toBe('lobby');
  });

  test('is the one joined under its normal name, however it was typed', () => {
    const connection = connectIn('lobby');
    expect(connection.read('/join KITCHEN')).toMatchObject({ room: 'KITCHEN' });
    connection.told(joined('kitchen'));
    expect(roomOf(connection)).toBe('kitchen');
  });

  test('stays the same when a /join is refused', () => {
    const connection = connectIn('lobby');
    connection.read('/join ops');
    connection.told({ type: 'error', code: 'FORBIDDEN', message: 'admins only', retryable: false, room: 'ops' });
    expect(roomOf(connection)).toBe('lobby');
    expect(connection.refusal('/switch ops')).toBe('! NOT_A_MEMBER You are not in ops.');
  });

  test('can be one that nobody asked for, as the lobby of `chathub serve`', () => {
    const connection = connect();
    connection.told(welcome(), joined('lobby'));
    expect(roomOf(connection)).toBe('lobby');
  });

  test('after leaving it is the most recently joined of those left', () => {
    const connection = connectIn('a', 'b', 'c');
    connection.told({ type: 'left', room: 'c' });
    expect(roomOf(connection)).toBe('b');
    connection.told({ type: 'left', room: 'a' });
    expect(roomOf(connection)).toBe('b');
    connection.told({ type: 'left', room: 'b', code: 'KICKED' });
    expect(connection.refusal('hello')).toBe('! NOT_A_MEMBER Join a room first: /join ROOM');
  });

  test('stays the same when a room that was joined before it is left', () => {
    const connection = connectIn('a', 'b', 'c');
    connection.read('/switch a');
    connection.told({ type: 'left', room: 'c' });
    expect(roomOf(connection)).toBe('a');
  });

  test.each(['kitchen', 'Kitchen', '  KITCHEN ', 'ｋｉｔｃｈｅｎ'])('is switched by /switch %s', (typed) => {
    const connection = connectIn('kitchen', 'lobby');
    expect(connection.read(`/switch ${typed}`)).toBeNull();
    expect(connection.replies.map(encode)).toEqual(['* Now in kitchen.']);
    expect(roomOf(connection)).toBe('kitchen');
  });

  test.each(['ops', 'a b', '@', '__proto__', 'x'.repeat(100_000)])('cannot be one that was not joined: %s', (typed) => {
    const connection = connectIn('lobby');
    expect(connection.refusal(`/switch ${typed}`)).toBe(`! NOT_A_MEMBER You are not in ${typed}.`);
    expect(connection.replies).toEqual([]);
    expect(roomOf(connection)).toBe('lobby');
  });

  test('is the last room of a session that is taken up again', () => {
    const connection = connectIn('old');
    connection.told(welcome({ resumed: true, rooms: { lobby: facts(), kitchen: facts(), '@': facts() } }));
    expect(roomOf(connection)).toBe('kitchen');
    expect(connection.refusal('/switch old')).toBe('! NOT_A_MEMBER You are not in old.');
    expect(connection.read('/switch lobby')).toBeNull();
  });

  test('is none after a fresh welcome', () => {
    const connection = connectIn('lobby');
    connection.told(welcome());
    expect(connection.refusal('hello')).toBe('! NOT_A_MEMBER Join a room first: /join ROOM');
  });
});

describe('/history', () => {
  const page = (...offsets: number[]): Message[] => offsets.map((offset) => message('x', { offset }));
  const history = (offsets: number[], epoch = 'e'): ServerEvent => ({
    type: 'history',
    room: 'lobby',
    epoch,
    messages: page(...offsets),
    more: true,
  });

  test('pages back from what /join showed, page after page', () => {
    const connection = connect();
    connection.told(welcome(), joined('lobby', { offset: 40, entries: page(38, 39, 40) }));
    expect(connection.read('/history')).toEqual({ type: 'history', room: 'lobby', before: 38, limit: 10 });
    connection.told(history([30, 31, 37]));
    expect(connection.read('/history 5')).toEqual({ type: 'history', room: 'lobby', before: 30, limit: 5 });
    connection.told(history([]));
    expect(connection.read('/history')).toMatchObject({ before: 30 });
  });

  test('begins before what is shown live when /join showed nothing', () => {
    const connection = connect();
    connection.told(joined('lobby', { offset: 40 }));
    expect(connection.read('/history')).toMatchObject({ before: 41 });
  });

  test('does not count entries that were not shown', () => {
    const connection = connect();
    connection.told(joined('lobby', { offset: 40, entries: [edit, ...page(38)] }));
    expect(connection.read('/history')).toMatchObject({ before: 38 });
  });

  test('remembers each room by itself', () => {
    const connection = connect();
    connection.told(joined('lobby', { entries: page(7) }), joined('kitchen', { entries: page(3) }), history([5]));
    expect(connection.read('/history')).toMatchObject({ room: 'kitchen', before: 3 });
    connection.read('/switch lobby');
    expect(connection.read('/history')).toMatchObject({ room: 'lobby', before: 5 });
  });

  test('goes on from the rooms of a session that is taken up again', () => {
    const connection = connect();
    connection.told(welcome({ resumed: true, rooms: { lobby: facts({ entries: page(12, 13) }) } }));
    expect(connection.read('/history')).toMatchObject({ before: 12 });
  });

  test('begins anew when the log did', () => {
    const connection = connect();
    connection.told(joined('lobby', { entries: page(7) }), history([500, 501], 'other'));
    expect(connection.read('/history')).toMatchObject({ before: 500 });
    connection.told({ type: 'reset', room: 'lobby', epoch: 'third', offset: 0 });
    expect(connection.read('/history')).toMatchObject({ before: 1 });
    connection.told(history([], 'fourth'));
    expect(connection.read('/history')).toEqual({ type: 'history', room: 'lobby', limit: 10 });
    connection.told(history([9], 'fourth'));
    expect(connection.read('/history')).toMatchObject({ before: 9 });
  });

  test('of a room that was left, or of direct messages, is not remembered', () => {
    const connection = connectIn('kitchen');
    connection.told(history([5]), { type: 'history', with: 'u', epoch: 'e', messages: [direct('x')], more: false });
    connection.told(joined('lobby', { offset: 40 }));
    expect(connection.read('/history')).toMatchObject({ before: 41 });
  });
});

describe('output', () => {
  const presence = { type: 'presence', room: 'lobby', joined: [], left: [], renamed: [], count: 3 } as const;
  const deleted = message('', { deleted: 2 });

  test.each<[string | null, ServerEvent]>([
    ['[lobby] alice: hello', message('hello')],
    ['[lobby] alice: ', message('')],
    ['[lobby] alice: new text', message('new text', { edited: 2 })],
    ['[lobby] * alice waves', message('waves', { action: true })],
    [null, deleted],
    ['(direct) alice: psst', direct('psst')],
    ['[lobby] * alice edited: new text', edit],
    ['[lobby] * alice deleted a message', deletion],
    ['[lobby] * alice reacts with 👍', reaction],
    [null, { ...reaction, removed: true }],
    ['[lobby] * bob joined (3 here)', { ...presence, joined: [bob] }],
    ['[lobby] * bob left (2 here)', { ...presence, left: [bob], count: 2 }],
    ['[lobby] * bob is now robert', { ...presence, renamed: [{ id: 'b', name: 'robert', was: 'bob' }] }],
    [
      '[lobby] * alice joined (3 here)\n[lobby] * bob joined (3 here)\n[lobby] * robert left (3 here)',
      { ...presence, joined: [alice, bob], left: [robert] },
    ],
    [null, presence],
    ['[lobby] * 3 here', { ...presence, members: [alice, bob, robert] }],
    ['* Left lobby.', { type: 'left', room: 'lobby' }],
    ['* Left lobby (KICKED: spam).', { type: 'left', room: 'lobby', code: 'KICKED', reason: 'spam' }],
    ['* Left lobby (KICKED).', { type: 'left', room: 'lobby', code: 'KICKED' }],
    [
      '* alice, bob, robert',
      { type: 'members', room: 'lobby', members: [alice, bob, robert], count: 3, complete: true },
    ],
    ['* 1234 here', { type: 'members', room: 'lobby', count: 1234, complete: true }],
    ['* 0 here', { type: 'members', room: 'lobby', members: [], count: 0, complete: true }],
    [
      '* alice\n-- some members may be missing --',
      { type: 'members', room: 'lobby', members: [alice], count: 1, complete: false },
    ],
    ['* lobby 3', { type: 'rooms', rooms: [{ name: 'lobby', count: 3 }] }],
    [
      '* lobby 3\n* ops 1',
      {
        type: 'rooms',
        rooms: [
          { name: 'lobby', count: 3 },
          { name: 'ops', count: 1 },
        ],
      },
    ],
    ['* No rooms.', { type: 'rooms', rooms: [] }],
    ['* You are now known as alice.', { type: 'renamed', name: 'alice' }],
    [
      '! NAME_TAKEN "alice" is taken.',
      { type: 'error', code: 'NAME_TAKEN', message: '"alice" is taken.', retryable: false },
    ],
    ['-- 14 messages skipped in lobby --', { type: 'gap', room: 'lobby', epoch: 'e', from: 17, to: 30 }],
    ['-- 1 message skipped in lobby --', { type: 'gap', room: 'lobby', epoch: 'e', from: 17, to: 17 }],
    ['-- 2 direct messages skipped --', { type: 'gap', room: '@', epoch: 'e', from: 1, to: 2 }],
    ['-- 1 direct message skipped --', { type: 'gap', room: '@', epoch: 'e', from: 2, to: 2 }],
    ['-- lobby begins anew --', { type: 'reset', room: 'lobby', epoch: 'new', offset: 0 }],
    ['-- direct messages begin anew --', { type: 'reset', room: '@', epoch: 'new', offset: 0 }],
    ['* text', { type: 'notice', text: 'text' }],
    ['* first\n*| second line', { type: 'notice', text: 'first\nsecond line' }],
    ['* pong', { type: 'pong' }],
    [null, { type: 'ok' }],
    [null, { type: 'signal', room: 'lobby', name: 'typing', from: alice, data: null }],
    [null, { type: 'sent', room: 'lobby', message: 'm', epoch: 'e', offset: 1, at: 1, duplicate: false }],
  ])('%j', (line, event) => {
    expect(encode(event)).toBe(line);
  });

  test.each([
    ['* Server is restarting; come back in 8 s.', 'SHUTDOWN', 8000],
    ['* Server is restarting; come back in 9 s.', 'SHUTDOWN', 8123],
    ['* Server is restarting; come back in 1 s.', 'SHUTDOWN', 0],
    ['* You read too slowly.', 'SLOW_CONSUMER', 0],
  ] as const)('%j', (line, code, retryAfter) => {
    expect(encode({ type: 'bye', code, message: 'You read too slowly.', retryAfter })).toBe(line);
  });

  const greeting = '* Welcome, guest-4f2a. /help lists the commands. (/resume 8Jx3 takes this session up again)';
  const entries = [
    message('first'),
    edit,
    deleted,
    deletion,
    reaction,
    message('waves', { from: bob, action: true }),
    message('a\nb'),
  ];
  const shown = '[lobby] alice: first\n[lobby] * bob waves\n[lobby] alice: a\n[lobby] alice| b';

  test('a welcome', () => {
    expect(encode(welcome())).toBe(greeting);
  });

  test('joining shows the last messages as they are now, and nothing else of the past', () => {
    expect(encode(joined('lobby'))).toBe('* Joined lobby (3 here).');
    expect(encode(joined('lobby', { entries }))).toBe(`* Joined lobby (3 here).\n${shown}`);
  });

  test('a session that is taken up again is told what may repeat and what may be missing', () => {
    const rooms = {
      lobby: facts({ recovered: true, entries }),
      ops: facts({ count: 1, entries: [message('old', { room: 'ops' })] }),
      '@': facts({ entries: [direct('psst')] }),
    };
    expect(encode(welcome({ resumed: true, rooms }))).toBe(
      [
        greeting,
        '-- some may repeat --',
        '* Joined lobby (3 here).',
        shown,
        '* Joined ops (1 here).',
        '-- earlier messages of ops may be missing --',
        '[ops] alice: old',
        '-- earlier direct messages may be missing --',
        '(direct) alice: psst',
      ].join('\n'),
    );
  });

  test('a session that is taken up again in no room', () => {
    expect(encode(welcome({ resumed: true }))).toBe(`${greeting}\n-- some may repeat --`);
  });

  test('the rooms of a fresh session, as after /auth', () => {
    expect(encode(welcome({ rooms: { lobby: facts() } }))).toBe(`${greeting}\n* Joined lobby (3 here).`);
  });

  test('older messages look as they did live', () => {
    const history = {
      type: 'history',
      room: 'lobby',
      epoch: 'e',
      messages: [message('a'), deleted, message('b')],
    } as const;
    expect(encode({ ...history, more: true })).toBe('[lobby] alice: a\n[lobby] alice: b');
    expect(encode({ ...history, messages: [], more: false })).toBe('* No older messages in lobby.');
    expect(encode({ ...history, messages: [deleted], more: false })).toBe('* No older messages in lobby.');
    expect(encode({ ...history, messages: [deleted], more: true })).toBe(
      '* Only deleted messages in lobby; /history goes on.',
    );
    expect(encode({ type: 'history', with: 'u', epoch: 'e', messages: [direct('x')], more: false })).toBe(
      '(direct) alice: x',
    );
    expect(encode({ type: 'history', with: 'u', epoch: 'e', messages: [], more: false })).toBe('* No older messages.');
  });
});

describe('nobody can forge a line', () => {
  const forged = 'hi\n* Server is restarting; come back in 8 s.\r\n[lobby] bob: I confess\u2028(direct) bob: psst';
  const below = (prefix: string) =>
    ['* Server is restarting; come back in 8 s.', '[lobby] bob: I confess', '(direct) bob: psst']
      .map((line) => `\n${prefix}${line}`)
      .join('');

  test.each<[string, ServerEvent, string]>([
    ['a message', message(forged), `[lobby] alice: hi${below('[lobby] alice| ')}`],
    ['an action', message(forged, { action: true }), `[lobby] * alice hi${below('[lobby] alice| ')}`],
    ['a direct message', direct(forged), `(direct) alice: hi${below('(direct) alice| ')}`],
    ['an edit', { ...edit, text: forged }, `[lobby] * alice edited: hi${below('[lobby] alice| ')}`],
    ['a notice', { type: 'notice', text: forged }, `* hi${below('*| ')}`],
  ])('in %s', (_, event, lines) => {
    expect(encode(event)).toBe(lines);
  });

  test('with a name, a room or a reason, which are one line', () => {
    const eve = person('eve\n[lobby] bob');
    expect(encode(message('hi', { from: eve }))).toBe('[lobby] eve [lobby] bob: hi');
    expect(encode(direct('hi', eve))).toBe('(direct) eve [lobby] bob: hi');
    expect(encode({ type: 'renamed', name: 'x\n! y' })).toBe('* You are now known as x ! y.');
    expect(encode({ type: 'left', room: 'lo\nbby', code: 'BANNED', reason: 'x\r\n* y' })).toBe(
      '* Left lo bby (BANNED: x * y).',
    );
    expect(encode({ type: 'error', code: 'BAD_NAME', message: '"x\n[ERROR] y"', retryable: false })).toBe(
      '! BAD_NAME "x [ERROR] y"',
    );
  });

  test('by going back over it, or by turning it around', () => {
    expect(encode(message('hi\r[lobby] bob: I confess'))).toBe('[lobby] alice: hi[lobby] bob: I confess');
    expect(encode(message('hi\u001b[1A\u001b[2K[lobby] bob: ho'))).toBe('[lobby] alice: hi[lobby] bob: ho');
    expect(encode(message('\u202eolleh'))).toBe('[lobby] alice: \u2068\u202eolleh\u202c\u2069');
    expect(encode({ ...presence(person('\u202eeve')), count: 2 })).toBe(
      '[lobby] * \u2068\u202eeve\u202c\u2069 joined (2 here)',
    );
  });

  test('with any text anywhere: lines begin as they must and hold no control but tab, with isolates balanced', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (text, name, room) => {
        for (const event of eventsOf(text, person(name), room)) {
          for (const line of (encode(event) ?? '').split('\n')) {
            expect(line).toMatch(/^(\* |\*\| |! |-- |\[|\(direct\) |$)/);
            expect(line).not.toMatch(/(?!\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u);
            expect(line.match(/[\u2066-\u2068]/g)?.length).toBe(line.match(/\u2069/g)?.length);
            expect(line.match(/[\u202a\u202b\u202d\u202e]/g)?.length).toBe(line.match(/\u202c/g)?.length);
          }
        }
      }),
    );
  });

  test('with any text in a message: each line of it begins with its room and its author', () => {
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, action) => {
        const event = message(text, action ? { action: true } : {});
        const [first, ...further] = encode(event)?.split('\n') ?? [];
        expect(first).toMatch(action ? /^\[lobby\] \* alice / : /^\[lobby\] alice: /);
        for (const line of further) expect(line).toMatch(/^\[lobby\] alice\| /);
      }),
    );
  });
});

function presence(who: Author) {
  return { type: 'presence', room: 'lobby', joined: [who], left: [], renamed: [], count: 1 } as const;
}

const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('\n', '\r\n', '\r', '\u2028', '\u0085', '\u001b', '\u001b[31m', '\u001b]0;', '\u0007', '\u009b'),
      fc.constantFrom('\u202e', '\u2067', '\u2068', '\u2069', '\u202c', '\u200f', '\ud83d', '👍', 'abc', ' '),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 20 },
  )
  .map((parts) => parts.join(''));

/** Every kind of event in which somebody's text stands. */
function eventsOf(text: string, who: Author, room: string): ServerEvent[] {
  const said = message(text, { from: who, room });
  return [
    said,
    { ...said, action: true },
    direct(text, who),
    { ...edit, room, from: who, text },
    { ...deletion, room, from: who },
    { ...reaction, room, from: who, reaction: text },
    { ...presence(who), room, left: [who], renamed: [{ id: 'x', name: who.name, was: text }], members: [who] },
    { type: 'notice', text },
    welcome({ session: text, member: who, resumed: true, rooms: { [room]: facts({ entries: [said] }) } }),
    joined(room, { entries: [said, said] }),
    { type: 'left', room, code: 'KICKED', reason: text },
    { type: 'history', room, epoch: 'e', messages: [said], more: false },
    { type: 'history', room, epoch: 'e', messages: [], more: false },
    { type: 'members', room, members: [who, who], count: 2, complete: false },
    { type: 'rooms', rooms: [{ name: room, count: 1 }] },
    { type: 'renamed', name: who.name },
    { type: 'error', code: 'INTERNAL', message: text, retryable: false },
    { type: 'gap', room, epoch: 'e', from: 1, to: 2 },
    { type: 'reset', room, epoch: 'e', offset: 1 },
    { type: 'bye', code: 'KICKED', message: text, retryAfter: 1 },
  ];
}

describe('a text of very many lines', () => {
  // Each newline costs a beginning of ours, for everybody in the room: 4 kB of them were a megabyte on the wire.
  test('is shown up to a hundred of them, and the rest is counted', () => {
    const from = { id: 'm1', user: 'm1', name: 'alice' };
    const message = {
      type: 'message',
      room: 'lobby',
      id: 'x',
      offset: 1,
      from,
      text: '\n'.repeat(4_096),
      at: 0,
    } as const;
    const shown = lines().encode(message)?.split('\n') ?? [];
    expect(shown).toHaveLength(101);
    expect(shown.at(-1)).toBe('[lobby] alice| (3997 more lines)');
  });
});
