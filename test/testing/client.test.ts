import { ChatError, type Connection, type ServerEvent } from 'chathub';
import { connectClient, memoryTransport, objectProtocol, testClient } from 'chathub/testing';
import { expect, test } from 'vitest';
import { resolveLimits } from '../../src/model/limits.js';

/** A hub's side that answers each command with what `answer` makes of it, and one peer. */
async function answering(answer: (command: Record<string, unknown>) => unknown = () => undefined) {
  const transport = memoryTransport({ protocol: objectProtocol() });
  const connections: Connection[] = [];
  const commands: string[] = [];
  const accept = (connection: Connection) => {
    connections.push(connection);
    const receive = (frame: unknown) => {
      commands.push(String(frame));
      const event = answer(JSON.parse(String(frame)));
      if (event !== undefined) tell(connection, event);
    };
    return { receive, drained() {}, ended() {}, closed() {} };
  };
  await transport.start(accept, {
    limits: resolveLimits(),
    refusal: () => undefined,
    onError: (error) => expect.unreachable(String(error)),
  });
  const peer = transport.connect();
  return { transport, peer, connection: connections[0]!, commands };
}

function tell(connection: Connection, ...events: readonly unknown[]) {
  connection.write(connection.framing.frame(events.map((event) => JSON.stringify(event))).bytes);
}

const notice = (text: string): ServerEvent => ({ type: 'notice', text });

test('a request resolves with the reply that carries its id, whatever comes before', async () => {
  const { peer, connection } = await answering();
  const client = testClient(peer);
  const [first, second] = [client.request({ type: 'ping' }), client.request({ type: 'ping', id: 'mine' })];
  tell(connection, notice('hi'), { type: 'pong', re: 'mine' }, { type: 'pong', re: 1 });
  expect(await first).toEqual({ type: 'pong', re: 1 });
  expect(await second).toEqual({ type: 'pong', re: 'mine' });
  expect(client.events).toHaveLength(3);
});

test('a request that is answered by an error rejects with that error; ask() resolves with it', async () => {
  const error = { type: 'error', code: 'FORBIDDEN', message: 'staff only', retryable: false, room: 'ops' };
  const { peer } = await answering(({ id }) => ({ ...error, re: id }));
  const client = testClient(peer);
  const refused = await client.join('ops').catch((reason: unknown) => reason);
  expect(refused).toBeInstanceOf(ChatError);
  expect(refused).toMatchObject({ code: 'FORBIDDEN', message: 'staff only', room: 'ops' });
  expect(await client.ask({ type: 'join', room: 'ops' })).toEqual({ ...error, re: 2 });
});

test('requests and waits reject when the connection ends', async () => {
  const { peer, connection } = await answering();
  const client = testClient(peer);
  const waiting = [client.request({ type: 'rooms' }), client.next('message')];
  connection.close({ code: 4002, reason: 'SHUTDOWN' });
  for (const wait of waiting) await expect(wait).rejects.toThrow('4002 SHUTDOWN');
  await expect(client.next('message')).rejects.toThrow('4002 SHUTDOWN');
});

test('next() gives each event of a type once, in order, whether it waits or not', async () => {
  const { peer, connection } = await answering();
  const client = testClient(peer);
  const early = [client.next('notice'), client.next('notice')];
  tell(connection, notice('one'), { type: 'ok' }, notice('two'), notice('three'));
  const late = [client.next('notice'), client.next('ok')];
  tell(connection, notice('four'));
  const events = [...(await Promise.all(early)), ...(await Promise.all(late)), await client.next('notice')];
  expect(events).toEqual([notice('one'), notice('two'), notice('three'), { type: 'ok' }, notice('four')]);
});

test('commands travel as the protocol reads them', async () => {
  const { peer, commands } = await answering();
  const client = testClient(peer);
  void client.hello({ name: 'alice', rooms: new Map([['lobby', { epoch: 'e', offset: 3 }]]) }).catch(() => undefined);
  void client.join('lobby', { history: 5 }).catch(() => undefined);
  void client.say('lobby', 'hi', { key: 'k' }).catch(() => undefined);
  client.tell({ type: 'quit' });
  const session = objectProtocol().open({ transport: 'memory', limits: { jsonDepth: 8 }, reply: () => undefined });
  expect(commands.map((frame) => session.receive(frame))).toEqual([
    { type: 'hello', id: 1, name: 'alice', rooms: new Map([['lobby', { epoch: 'e', offset: 3 }]]) },
    { type: 'join', id: 2, room: 'lobby', history: 5 },
    { type: 'send', id: 3, room: 'lobby', text: 'hi', key: 'k' },
    { type: 'quit' },
  ]);
});

test('connectClient() greets, and rejects when it is not welcome', async () => {
  const { transport } = await answering(({ id, name }) =>
    name === 'alice'
      ? { type: 'welcome', re: id, resumed: false }
      : { type: 'error', re: id, code: 'NAME_TAKEN', message: 'taken', retryable: false },
  );
  const alice = await connectClient(transport, { name: 'alice' }, { remoteAddress: '203.0.113.7' });
  expect(alice.events.map(({ type }) => type)).toEqual(['welcome']);
  await expect(connectClient(transport, { name: 'bob' })).rejects.toMatchObject({ code: 'NAME_TAKEN' });
});
