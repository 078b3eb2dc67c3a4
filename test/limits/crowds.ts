import { expect } from 'vitest';
import { byToken, chat, typesAfter } from '../hub/set-up.js';
import { closeFrame, type RawSocket } from '../transports/websocket/raw-frames.js';
import { fromAfar } from './from-afar.js';
import { type Pairs, twoInLobby } from './pair.js';

/** In the documentation's own ranges (RFC 5737, RFC 3849). */
const [here, there, sixth] = ['203.0.113.7', '198.51.100.7', '2001:db8:1:2::'];

async function leave(socket: RawSocket): Promise<void> {
  void socket.send(closeFrame(1000));
  await socket.gone();
}

const welcomed = /^\* Welcome, /;

/** How many may be there. */
export const crowds = {
  connections: {
    at: [
      'as many are let in, by any transport and from anywhere',
      async () => {
        const { hub, enter, dial } = await fromAfar({ connections: 3 });
        await enter(here);
        await enter('127.0.0.1');
        expect((await dial(there)).told).toMatch(welcomed);
        expect(hub.status().connections).toBe(3);
      },
    ],
    beyond: [
      'one more is answered with 429 and when to come back, or with a line and a close, until somebody goes',
      async () => {
        const { hub, enter, ask, dial } = await fromAfar({ connections: 2 });
        const [first] = [await enter(here), await enter(here)];
        const { status, headers, body } = await ask('127.0.0.1');
        expect(status).toBe(429);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        expect(body).toBe('This server is full; come back later.\n');
        const late = await dial(there);
        expect(late.told).toBe('! RATE_LIMITED This server is full; come back later.');
        await late.client.closed();
        await leave(first);
        await expect.poll(() => hub.status().connections).toBe(1);
        expect((await dial(there)).told).toMatch(welcomed);
      },
    ],
  },
  connectionsPerAddress: {
    at: [
      'as many from one address are let in, together over all transports; loopback is not counted',
      async () => {
        const { hub, enter, dial } = await fromAfar({ connectionsPerAddress: 2 });
        await enter(here);
        expect((await dial(here)).told).toMatch(welcomed);
        for (let count = 0; count < 3; count++) await enter('::1');
        expect(hub.status().connections).toBe(5);
      },
    ],
    beyond: [
      'one more from there, or from its /64 of IPv6, is answered with 429 or a line, and from elsewhere it is let in',
      async () => {
        const { hub, enter, ask, dial } = await fromAfar({ connectionsPerAddress: 1 });
        const first = await enter(here);
        const { status, headers, body } = await ask(here);
        expect([status, headers.get('retry-after'), body]).toEqual([
          429,
          '60',
          'Too many connections from your address.\n',
        ]);
        expect((await dial(here)).told).toBe('! RATE_LIMITED Too many connections from your address.');
        await enter(`${sixth}1`);
        expect((await ask(`${sixth}ffff:0:2`)).status).toBe(429);
        expect((await dial('2001:db8:1:3::1')).told).toMatch(welcomed);
        await leave(first);
        await expect.poll(() => hub.status().connections).toBe(2);
        await enter(here);
      },
    ],
  },
  connectsPerMinute: {
    at: [
      'as many in a minute are let in, whether or not they stay',
      async () => {
        const { enter, dial, clock } = await fromAfar({ connectsPerMinute: 3 });
        for (let minute = 0; minute < 2; minute++) {
          await leave(await enter(here));
          expect((await dial(here)).told).toMatch(welcomed);
          await leave(await enter(here));
          await clock.advance(60_000);
        }
      },
    ],
    beyond: [
      'one more is answered with 429 or a line until the minute is over, and from elsewhere it is let in',
      async () => {
        const { enter, ask, dial, clock } = await fromAfar({ connectsPerMinute: 2 });
        for (let count = 0; count < 2; count++) await leave(await enter(here));
        const { status, headers, body } = await ask(here);
        expect([status, headers.get('retry-after'), body]).toEqual([
          429,
          '60',
          'Too many connects from your address.\n',
        ]);
        await enter(there);
        await clock.advance(59_999);
        expect((await dial(here)).told).toBe('! RATE_LIMITED Too many connects from your address.');
        await clock.advance(1);
        expect((await dial(here)).told).toMatch(welcomed);
      },
    ],
  },
  roomsPerMember: {
    at: [
      'a member is in as many rooms at once',
      async () => {
        const { hub, connect } = await chat({ limits: { roomsPerMember: 3 } });
        const alice = await connect('alice');
        for (const room of ['a', 'b', 'c', 'a']) await alice.join(room);
        const { member } = await alice.next('welcome');
        expect((await hub.member(member.id))?.rooms).toEqual(['a', 'b', 'c']);
      },
    ],
    beyond: [
      'one more is TOO_MANY_ROOMS, until it leaves one',
      async () => {
        const { connect } = await chat({ limits: { roomsPerMember: 2 } });
        const alice = await connect('alice');
        for (const room of ['a', 'b']) await alice.join(room);
        expect(await alice.ask({ type: 'join', room: 'c' })).toMatchObject({ code: 'TOO_MANY_ROOMS' });
        await alice.request({ type: 'leave', room: 'a' });
        await alice.join('c');
      },
    ],
  },
  membersPerRoom: {
    at: [
      'as many people are in a room, each with any number of sessions',
      async () => {
        const { connect, hub } = await chat({ limits: { membersPerRoom: 2 }, policies: { authenticate: byToken } });
        for (const token of ['ali', 'ali', 'bo', 'bo']) await (await connect(undefined, { token })).join('lobby');
        expect(await hub.room('lobby').members()).toHaveLength(2);
      },
    ],
    beyond: [
      'one more is ROOM_FULL, until somebody leaves',
      async () => {
        const { alice, bob, connect } = await twoInLobby({ membersPerRoom: 2 });
        const carol = await connect('carol');
        const before = bob.events.length;
        expect(await carol.ask({ type: 'join', room: 'lobby' })).toMatchObject({ code: 'ROOM_FULL', room: 'lobby' });
        expect(typesAfter(bob, before)).toEqual([]);
        await alice.request({ type: 'leave', room: 'lobby' });
        expect((await carol.join('lobby')).count).toBe(2);
      },
    ],
  },
  rooms: {
    at: [
      'as many rooms have members',
      async () => {
        const { connect } = await chat({ limits: { rooms: 2 } });
        const [alice, bob] = [await connect('alice'), await connect('bob')];
        for (const room of ['a', 'b']) for (const client of [alice, bob]) await client.join(room);
        expect((await alice.request({ type: 'rooms' })).rooms).toEqual([
          { name: 'a', count: 2 },
          { name: 'b', count: 2 },
        ]);
      },
    ],
    beyond: [
      'one more is ROOM_FULL, until another is empty',
      async () => {
        const { connect } = await chat({ limits: { rooms: 2 } });
        const [alice, bob] = [await connect('alice'), await connect('bob')];
        for (const room of ['a', 'b']) await alice.join(room);
        const refused = await bob.ask({ type: 'join', room: 'c' });
        expect(refused).toMatchObject({ code: 'ROOM_FULL', message: 'There are too many rooms.' });
        await alice.request({ type: 'leave', room: 'a' });
        await bob.join('c');
      },
    ],
  },
  presenceDetail: {
    at: [
      'in a room of as many people each change is told, and who is there',
      async () => {
        const { alice, connect } = await twoInLobby({ presenceDetail: 3 });
        expect((await (await connect('carol')).join('lobby')).members).toHaveLength(3);
        await alice.next('presence');
        expect(await alice.next('presence')).toMatchObject({ joined: [{ name: 'carol' }], count: 3 });
      },
    ],
    beyond: [
      'with one more only the count is told, once a second at most',
      async () => {
        const { alice, connect, clock } = await twoInLobby({ presenceDetail: 3 });
        await (await connect('carol')).join('lobby');
        const before = alice.events.length;
        for (const name of ['dave', 'eve', 'fay'])
          expect(await (await connect(name)).join('lobby')).not.toHaveProperty('members');
        await clock.advance(999);
        expect(typesAfter(alice, before)).toEqual([]);
        await clock.advance(1);
        const counts = { type: 'presence', room: 'lobby', joined: [], left: [], renamed: [], count: 6 };
        expect(alice.events.slice(before)).toEqual([counts]);
      },
    ],
  },
} as const satisfies Pairs;
