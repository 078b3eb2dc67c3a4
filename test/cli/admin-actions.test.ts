import { describe, expect, test } from 'vitest';
import { twoNodes } from '../hub/set-up.js';
import { administer, administered } from './admin-stage.js';

const idOf = async (client: { next(type: 'welcome'): Promise<{ member: { id: string; user: string } }> }) =>
  (await client.next('welcome')).member;

describe('an administrator', () => {
  test('takes somebody out of a room, and says why', async () => {
    const { act, connect, lines } = await administered();
    const ali = await connect('ali');
    const { user } = await idOf(ali);
    await ali.join('lobby');
    const kick = { room: 'lobby', whom: { user }, reason: 'spam' };
    expect(await act('kick', kick)).toMatchObject({ status: 200, body: {} });
    expect(await ali.next('left')).toMatchObject({ room: 'lobby', code: 'KICKED', reason: 'spam' });
    expect(await act('kick', kick)).toMatchObject({ status: 404, body: { code: 'NO_SUCH_MEMBER' } });
    expect(lines).toEqual([
      `127.0.0.1: kick user "${user}" from room "lobby"`,
      '127.0.0.1: kick failed: NO_SUCH_MEMBER',
    ]);
  });

  test('ends a session, or all of a user', async () => {
    const policies = {
      authenticate: ({ token }: { token: string | undefined }) => (token ? { id: token, name: token } : null),
    };
    const { act, connect } = await administered({ policies });
    const connectAs = () => connect(undefined, { token: 'ali' });
    const [phone, laptop, tablet] = [await connectAs(), await connectAs(), await connectAs()];
    const { id: member } = await idOf(phone);
    expect((await act('disconnect', { whom: { member }, reason: 'enough' })).body).toEqual({ sessions: 1 });
    expect(await phone.next('error')).toMatchObject({ code: 'KICKED', message: 'enough' });
    expect(await phone.peer.closed).toMatchObject({ reason: { code: 4501 } });
    expect(await laptop.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    expect((await act('disconnect', { whom: { user: 'ali' } })).body).toEqual({ sessions: 2 });
    for (const { peer } of [laptop, tablet]) expect(await peer.closed).toMatchObject({ reason: { code: 4501 } });
    expect((await act('disconnect', { whom: { member } })).status).toBe(404);
    expect((await act('disconnect', { whom: { address: '192.0.2.7' } })).status).toBe(400);
  });

  test('keeps an address out of everything for a time, and lets it in again', async () => {
    const { act, list, connect, clock, lines } = await administered();
    const ali = await connect('ali', {}, { remoteAddress: '192.0.2.7' });
    const whom = { address: '192.0.2.0/24' };
    expect((await act('ban', { whom, duration: 60_000, reason: 'spam' })).status).toBe(200);
    expect(await ali.peer.closed).toMatchObject({ reason: { code: 4502 } });
    const ban = { kind: 'ban', whom, reason: 'spam', until: clock.now() + 60_000 };
    expect(await list('sanctions')).toEqual({ total: 1, offset: 0, items: [ban] });
    await expect(connect('ali', {}, { remoteAddress: '192.0.2.8' })).rejects.toThrow();
    expect((await act('unban', { whom })).status).toBe(200);
    await connect('ali', {}, { remoteAddress: '192.0.2.8' });
    expect((await list('sanctions')).total).toBe(0);
    expect(lines).toEqual([
      '127.0.0.1: ban address "192.0.2.0/24" everywhere for 60000 ms',
      '127.0.0.1: unban address "192.0.2.0/24" everywhere',
    ]);
  });

  test('keeps somebody from speaking in one room', async () => {
    const { act, list, connect } = await administered();
    const ali = await connect('ali');
    const { user } = await idOf(ali);
    for (const room of ['lobby', 'garden']) await ali.join(room);
    const mute = { room: 'Lobby', whom: { user } };
    expect((await act('mute', mute)).status).toBe(200);
    const say = (room: string) => ali.ask({ type: 'send', room, text: 'hello' });
    expect(await say('lobby')).toMatchObject({ type: 'error', code: 'MUTED' });
    expect(await say('garden')).toMatchObject({ type: 'sent' });
    expect(await list('sanctions?room=lobby')).toMatchObject({ total: 1, items: [{ kind: 'mute', whom: { user } }] });
    expect((await list('sanctions')).total).toBe(0);
    expect((await act('unmute', mute)).status).toBe(200);
    expect(await say('lobby')).toMatchObject({ type: 'sent' });
  });

  test('speaks as the server, in one room or in all that have members, and what was said is on no log', async () => {
    const { act, connect, lines } = await administered();
    const ali = await connect('ali');
    for (let count = 0; count < 40; count++) await ali.join(`room-${count}`);
    expect((await act('announce', { room: 'room-7', text: 'one' })).body).toEqual({ rooms: 1 });
    expect(await ali.next('message')).toMatchObject({ room: 'room-7', text: 'one', from: { name: 'server' } });
    expect((await act('announce', { text: 'a secret' })).body).toEqual({ rooms: 40 });
    const rooms = new Set<string>();
    while (rooms.size < 40) rooms.add((await ali.next('message')).room);
    expect((await act('announce', { text: ' ' })).status).toBe(400);
    expect((await act('announce', { text: 'x'.repeat(5_000) })).body).toMatchObject({ code: 'TOO_LONG' });
    expect(lines).toEqual([
      '127.0.0.1: announce in room "room-7"',
      '127.0.0.1: announce in rooms (40)',
      '127.0.0.1: announce failed: BAD_COMMAND',
      '127.0.0.1: announce failed: TOO_LONG',
    ]);
  });

  test('ends the server when that is what was meant, once it was answered', async () => {
    const { act, drain } = await administered();
    for (const confirm of [undefined, 'true', 1]) expect((await act('drain', { confirm })).status).toBe(400);
    expect(drain).not.toHaveBeenCalled();
    expect((await act('drain', { confirm: true })).status).toBe(200);
    await expect.poll(() => drain.mock.calls.length).toBe(1);
  });

  test('is told when the hub is closed', async () => {
    const { act, hub } = await administered();
    await hub.close();
    expect(await act('ban', { whom: { user: 'u' } })).toMatchObject({ status: 503, body: { code: 'SHUTDOWN' } });
  });

  test('is logged by the address that a proxy tells, and names forge no line', async () => {
    const { act, lines } = await administered({}, ['loopback']);
    const whom = { user: 'a\nchathub: engine: down\u2028\u001b[2J' };
    await act('ban', { whom }, { 'X-Forwarded-For': '192.0.2.7' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^192\.0\.2\.7: ban user "a\\nchathub: engine: down[^\p{Cc}\p{Zl}]*$/u);
  });
});

test('an administrator of one node acts on people of the others, and sees them in rooms', async () => {
  const { first, second } = await twoNodes();
  const { act, list } = await administer(first.hub);
  const ali = await first.connect('ali', {}, { remoteAddress: '192.0.2.7' });
  const bo = await second.connect('bo', {}, { remoteAddress: '192.0.2.8' });
  await ali.join('lobby');
  await bo.join('lobby');
  const { member, user } = { member: (await idOf(bo)).id, user: (await idOf(ali)).user };
  expect((await list('room?name=lobby')).people.items).toEqual([
    expect.objectContaining({ name: 'ali', remoteAddress: '192.0.2.7' }),
    // Where somebody is, the node knows that holds the session.
    { user: expect.any(String), name: 'bo', member },
  ]);
  expect(await list('sessions')).toMatchObject({ total: 1, items: [{ user }] });
  expect(await list('rooms')).toMatchObject({ items: [{ name: 'lobby', members: 1, count: 2 }] });
  expect((await act('kick', { room: 'lobby', whom: { member } })).status).toBe(200);
  expect(await bo.next('left')).toMatchObject({ code: 'KICKED' });
  expect((await act('ban', { whom: { address: '192.0.2.8' } })).status).toBe(200);
  expect(await bo.peer.closed).toMatchObject({ reason: { code: 4502 } });
});
