import { ChatError } from 'chathub';
import { describe, expect, test, vi } from 'vitest';
import { byToken, chat, frameLike, lineChat } from './set-up.js';

const hour = 3_600_000;

/** Tokens are a user id and the time at which they run out: `ali 5000`. */
const policies = {
  authenticate: ({ token }: { readonly token: string | undefined }) => {
    if (token === undefined) return null;
    const [id = '', expiresAt = ''] = token.split(' ');
    return expiresAt === '' ? { id, name: id } : { id, name: id, expiresAt: Number(expiresAt) };
  },
};

describe('a log-in that runs out', () => {
  test('is told with the welcome, and ends the session when nothing was done about it', async () => {
    const { hub, clock, connect } = await chat({ policies });
    const gone = vi.fn();
    hub.on('disconnect', gone);
    const ali = await connect(undefined, { token: `ali ${clock.now() + hour}` });
    const bob = await connect('bob');
    await ali.join('lobby');
    await bob.join('lobby');
    expect(await ali.next('welcome')).toMatchObject({ expiresIn: hour });
    await clock.advance(hour - 1);
    expect(ali.peer.isOpen).toBe(true);
    await clock.advance(1);
    expect(await ali.next('error')).toMatchObject({ code: 'UNAUTHENTICATED', message: 'Your log-in has run out.' });
    expect(await ali.peer.closed).toMatchObject({ reason: { code: 4500, reason: 'UNAUTHENTICATED' } });
    expect(await bob.next('presence')).toMatchObject({ left: [{ name: 'ali' }] });
    expect(gone).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });

  test('goes on with a fresh token of the same user, in the middle of all', async () => {
    const { clock, connect } = await chat({ policies });
    const ali = await connect(undefined, { token: `ali ${clock.now() + hour}` });
    await clock.advance(hour - 1);
    const renewed = await ali.ask({ type: 'refresh', token: `ali ${clock.now() + 2 * hour}` });
    expect(renewed).toMatchObject({ type: 'ok', expiresIn: 2 * hour });
    await clock.advance(2 * hour - 1);
    expect(ali.peer.isOpen).toBe(true);
    await clock.advance(1);
    expect(await ali.peer.closed).toMatchObject({ reason: { code: 4500 } });
  });

  test('is not renewed by a token of somebody else, nor by one that has run out', async () => {
    const { clock, connect } = await chat({ policies });
    const ali = await connect(undefined, { token: `ali ${clock.now() + hour}` });
    expect(await ali.ask({ type: 'refresh', token: 'eve' })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await ali.ask({ type: 'refresh', token: `ali ${clock.now()}` })).toMatchObject({ code: 'UNAUTHENTICATED' });
    await clock.advance(hour);
    expect(await ali.peer.closed).toMatchObject({ reason: { code: 4500 } });
  });

  test('is refused from the beginning when it has run out already', async () => {
    const { clock, dial } = await chat({ policies });
    const late = dial();
    expect(await late.ask({ type: 'hello', token: `ali ${clock.now()}` })).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await late.peer.closed).toMatchObject({ reason: { code: 4500 } });
  });

  test('does not end a session that waits for its client, who comes back with a fresh one', async () => {
    const { clock, connect } = await chat({ policies });
    const ali = await connect(undefined, { token: `ali ${clock.now() + 5_000}` });
    const { session } = await ali.next('welcome');
    ali.peer.cut();
    await clock.advance(10_000);
    const back = await connect(undefined, { token: `ali ${clock.now() + hour}`, session });
    expect(await back.next('welcome')).toMatchObject({ resumed: true, expiresIn: hour });
    await clock.advance(hour);
    expect(await back.peer.closed).toMatchObject({ reason: { code: 4500 } });
  });

  test('is no matter to who was logged in for good, nor in 60 days', async () => {
    const { clock, connect } = await chat({ policies });
    const ali = await connect(undefined, { token: 'ali' });
    const bob = await connect(undefined, { token: `bob ${clock.now() + 1440 * hour}` });
    expect(await ali.next('welcome')).not.toHaveProperty('expiresIn');
    await clock.advance(1439 * hour);
    expect([ali.peer.isOpen, bob.peer.isOpen]).toEqual([true, true]);
    await clock.advance(hour);
    expect(await bob.peer.closed).toMatchObject({ reason: { code: 4500 } });
    expect(ali.peer.isOpen).toBe(true);
  });

  test('is told to a person at a terminal, who can log in again without leaving', async () => {
    const { clock, transport } = await lineChat({ policies });
    const peer = transport.connect();
    peer.send(`/auth ali ${clock.now() + 1_000}`);
    await clock.advance(500);
    peer.send(`/auth ali ${clock.now() + 1_000}`);
    await clock.advance(700);
    expect(peer.isOpen).toBe(true);
    await clock.advance(300);
    await peer.closed;
    expect(peer.received.at(-1)).toBe('! UNAUTHENTICATED Your log-in has run out.');
  });

  test('is enough to take up a session, where guests are refused', async () => {
    const authenticate = (facts: { readonly token: string | undefined }) => {
      const user = byToken(facts);
      if (user === null) throw new ChatError('UNAUTHENTICATED', 'No guests here.');
      return user;
    };
    const { hub, transport } = await lineChat({ policies: { authenticate } });
    const first = transport.connect();
    first.send('/auth ali');
    const welcome = await frameLike(first, /Welcome, ali/);
    first.cut();
    const again = transport.connect();
    again.send('/auth ali');
    await frameLike(again, /Welcome, ali/);
    again.send(`/resume ${/\/resume (\S+)/.exec(welcome)?.[1]}`);
    expect(await frameLike(again, /^[*!]/)).toContain(welcome);
    // Who gave no token at first has attempted nothing.
    expect(hub.metrics()).toMatchObject({ logIns: { refused: 0, user: 2 }, sessions: { resumed: 1 } });
  });

  test('that makes no sense is the application’s mistake, which it is told', async () => {
    const { dial, errors } = await chat({ policies: { authenticate: () => ({ id: 'ali', expiresAt: Number.NaN }) } });
    expect(await dial().ask({ type: 'hello' })).toMatchObject({ code: 'INTERNAL' });
    expect(errors.splice(0)).toMatchObject([{ error: { message: expect.stringContaining('expiresAt') } }]);
  });
});

describe('whoever connects', () => {
  const certificate = {
    ...{ authorized: true, subject: { CN: 'bot' }, issuer: { CN: 'ca' }, subjectAltName: undefined },
    ...{ serialNumber: '01', fingerprint256: 'AB', validFrom: '', validTo: '', raw: new Uint8Array() },
  };

  test('is known by what the connection began with: the token, cookies, headers, the certificate', async () => {
    const authenticate = vi.fn((_request: object) => ({ id: 'ali', name: 'ali' }));
    const { connect } = await chat({ policies: { authenticate } });
    const headers = { 'x-team': 'ops' };
    const handshake = { url: '/chat?v=1', headers, cookies: { sid: 's1' }, token: 't1' };
    await connect(undefined, {}, { handshake, certificate, secure: true });
    expect(authenticate.mock.calls[0]?.[0]).toMatchObject({ token: 't1', secure: true, handshake, certificate });
  });

  test('is known by the token of its greeting where there are two', async () => {
    const seen: (string | undefined)[] = [];
    const authenticate = ({ token }: { readonly token: string | undefined }) => {
      seen.push(token);
      if (token !== 'fresh') throw new ChatError('UNAUTHENTICATED');
      return { id: 'ali' };
    };
    const { connect } = await chat({ policies: { authenticate } });
    await connect(undefined, { token: 'fresh' }, { handshake: { token: 'stale' } });
    expect(seen).toEqual(['fresh']);
  });
});
