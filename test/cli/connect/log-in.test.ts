import { ChatError, ChatHub, type Policies } from 'chathub';
import { connect } from 'chathub/client';
import { tcp } from 'chathub/tcp';
import { webSocket } from 'chathub/websocket';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { chathub } from '../../integration/servers.js';
import { piped, result, type Way } from './set-up.js';

/** A hub of this process, for what `chathub serve` has no option for. */
async function hubWith(policies: Policies<{ id: string; name?: string }>) {
  const hub = new ChatHub({ policies });
  hub.on('connect', ({ member }) => void member.join('lobby'));
  const [lines, web] = [tcp({ port: 0 }), webSocket({ port: 0 })];
  await hub.listen(lines, web);
  onTestFinished(() => hub.close({ signal: AbortSignal.abort() }));
  return { hub, tcp: String(lines.addresses[0]), ws: String(web.addresses[0]) };
}

describe.each<Way>(['tcp', 'ws'])('a log-in over %s', (way) => {
  const accounts = new Map([['sesame', { id: 'u1', name: 'alice' }]]);
  const authenticate = ({ token }: { readonly token?: string | undefined }) => accounts.get(token ?? '') ?? null;
  const noGuests = (request: { readonly token?: string | undefined }) => {
    const user = authenticate(request);
    if (user === null) throw new ChatError('UNAUTHENTICATED');
    return user;
  };

  test.each([
    ['no guests', noGuests],
    ['guests, too', authenticate],
  ])('is by a token of the environment, where there are %s', async (_who, policy) => {
    const { [way]: url } = await hubWith({ authenticate: policy });
    const program = chathub(['connect', url], { CHATHUB_TOKEN: 'sesame' });
    program.write('/who\n');
    await program.prints(/^\* alice$/m);
    program.kill('SIGTERM');
    const { code, stdout, stderr } = await result(program);
    const lines = '* Welcome, alice. /help lists the commands.\n* Joined lobby (1 here).\n* alice\n';
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: lines, stderr: '' });
  });

  test('that is no good is the end', async () => {
    const { [way]: url } = await hubWith({ authenticate: noGuests });
    for (const options of [[], ['--token', 'wrong']]) {
      const { code, stdout, stderr } = await result(piped(url, ...options));
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^chathub: UNAUTHENTICATED [^\n]+\n$/);
    }
  });

  test('may come later, and leaves one where one was; one that is refused changes nothing', async () => {
    const { [way]: url } = await hubWith({ authenticate });
    const program = piped(url, '--room', 'tea');
    program.write('/auth wrong\n/who\n/auth sesame\n/who tea\n/who lobby\n');
    await program.prints(/^! UNAUTHENTICATED .*\n(?:.*\n)*\* guest-\S+\n(?:.*\n)*\* Welcome, alice\..*\n/m);
    // In both rooms, where the guest may still be about to leave.
    await program.prints(/Welcome, alice(?:.*\n)*\* (?:guest-\S+, )?alice\n(?:.*\n)*\* (?:guest-\S+, )?alice\n/);
    expect(program.stderr).toBe("chathub: Not acknowledged (UNAUTHENTICATED That token is nobody's.): /auth ***\n");
  });
});

test('what was shown over WebSocket is read in the other sessions of the user; what waits is not, until it is shown', async () => {
  const { hub, ws: url } = await hubWith({ authenticate: ({ token }) => ({ id: token ?? '', name: token ?? '' }) });
  const other = connect(url, { token: 'alice', WebSocket });
  onTestFinished(() => other.close());
  const lobby = await other.join('lobby');
  lobby.markRead();
  await hub.room('lobby').send('this waits');
  await vi.waitFor(() => expect(lobby.unread).toBe(1));
  const program = piped(url, '--token', 'alice');
  await program.prints(/^\* 1 message of lobby is unread; \/history shows it\.$/m);
  await hub.room('lobby').send('this is shown');
  await program.prints(/this is shown$/m);
  const read = new Promise<number>((resolve) => lobby.on('read', ({ unread }) => resolve(unread)));
  program.write('/history\n');
  await program.prints(/this waits$/m);
  expect(await read).toBe(0);
});

test.each<Way>(['tcp', 'ws'])('whom the server bans over %s is told so, and does not come back', async (way) => {
  const { hub, [way]: url } = await hubWith({});
  const arrived = new Promise<string>((resolve) => hub.on('join', ({ member }) => resolve(member.user.id)));
  const program = piped(url);
  await program.prints(/Joined lobby/);
  await hub.ban({ user: await arrived });
  const { code, stderr } = await result(program);
  expect([code, stderr]).toEqual([1, 'chathub: BANNED You are banned.\n']);
});

test('a certificate that is signed by nobody known is no way in, unless it is said who signs', async () => {
  const fixture = (name: string) => new URL(`../../transports/tcp/fixtures/${name}`, import.meta.url).pathname;
  const flags = ['--tls-cert', fixture('cert.pem'), '--tls-key', fixture('key.pem')];
  const server = chathub(['serve', '--tcp', 'tls:0', '--web', 'off', ...flags]);
  const [, port] = await server.prints(/^Listening on tls:.*:(\d+)\n/);
  const stranger = piped(`tls://localhost:${port}`, '--once');
  stranger.end('hi');
  const refused = await result(stranger);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^chathub: The certificate of localhost:\d+ .*\n$/);
  const friend = piped(`tls://localhost:${port}`, '--once', '--tls-ca', fixture('cert.pem'));
  friend.end('hi');
  expect(await result(friend)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(server.stderr).toBe('');
});

// Who logs in stays in its rooms, and the application puts it into the lobby each time, perhaps after all else.
test.each<Way>(['tcp', 'ws'])(
  'what is for one room goes nowhere else, wherever the server puts one: over %s',
  async (way) => {
    const { hub, [way]: url } = await hubWith({ authenticate: () => ({ id: 'u1', name: 'alice' }) });
    const said: string[] = [];
    for (const room of ['lobby', 'staff']) hub.room(room).on('message', ({ text }) => said.push(`${room}: ${text}`));
    for (const text of ['first', 'second', 'third']) {
      const program = piped(url, '--room', 'staff', '--once');
      program.end(`${text}\n`);
      expect(await result(program)).toMatchObject({ code: 0 });
    }
    expect(said).toEqual(['staff: first', 'staff: second', 'staff: third']);
  },
);
