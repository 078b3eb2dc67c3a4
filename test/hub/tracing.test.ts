import { ChatError, type CommandTrace, type Tracing } from 'chathub';
import { expect, test } from 'vitest';
import { chat, deferred, frameLike, lineChat } from './set-up.js';

/** Writes down what it is told, a line for each. */
function diary() {
  const lines: string[] = [];
  const numbers = new Map<CommandTrace, number>();
  const tracing: Tracing = {
    command({ type, transport }) {
      const number = numbers.size + 1;
      lines.push(`${number} begins: ${type} over ${transport}`);
      const trace: CommandTrace = {
        append({ room }) {
          lines.push(`${number} appends to ${room}`);
          return { end: (error) => lines.push(`${number} is stored${error === undefined ? '' : ': not'}`) };
        },
        end: (code) => lines.push(`${number} ends${code === undefined ? '' : `: ${code}`}`),
      };
      numbers.set(trace, number);
      return trace;
    },
    delivery({ room, members }, cause) {
      const by = cause === undefined ? 'nobody' : numbers.get(cause);
      lines.push(`delivery in ${room} to ${members}, by ${by}`);
      return { end: () => lines.push('delivery ends') };
    },
  };
  return { tracing, lines };
}

test('a message is told of from its command until it is delivered', async () => {
  const { tracing, lines } = diary();
  const { connect, clock } = await chat({ tracing });
  const [alice, bob] = [await connect('alice'), await connect('bob')];
  await alice.join('lobby');
  await bob.join('lobby');
  lines.length = 0;
  await alice.say('lobby', 'a secret');
  await clock.advance(0);
  expect([...lines].sort()).toEqual(
    [
      '5 begins: send over memory',
      '5 appends to lobby',
      '5 is stored',
      '5 ends',
      'delivery in lobby to 2, by 5',
      'delivery ends',
    ].sort(),
  );
  expect(lines.indexOf('5 begins: send over memory')).toBe(0);
  expect(lines.indexOf('5 is stored')).toBeLessThan(lines.indexOf('5 ends'));
});

test('a direct message is delivered twice by its command: to whom it is said, and to the other sessions of who says it', async () => {
  const { tracing, lines } = diary();
  const { connect, clock } = await chat({ tracing });
  const [alice] = [await connect('alice'), await connect('bob')];
  lines.length = 0;
  await alice.request({ type: 'direct', to: 'bob', text: 'psst' });
  await clock.advance(0);
  expect(lines.filter((line) => line.startsWith('delivery in'))).toEqual([
    expect.stringMatching(/^delivery in .* to 1, by 3$/),
    expect.stringMatching(/^delivery in .* to 1, by 3$/),
  ]);
});

test('what the application says is delivered by nobody', async () => {
  const { tracing, lines } = diary();
  const { hub, connect, clock } = await chat({ tracing });
  await (await connect('alice')).join('lobby');
  lines.length = 0;
  await hub.room('lobby').send('hello');
  await clock.advance(0);
  expect(lines).toEqual(['delivery in lobby to 1, by nobody', 'delivery ends']);
});

test('a refusal ends a command with its code, once', async () => {
  const { tracing, lines } = diary();
  const join = () => {
    throw new ChatError('FORBIDDEN');
  };
  const { connect } = await chat({ tracing, policies: { join } });
  const alice = await connect('alice');
  await alice.ask({ type: 'join', room: 'ops' });
  await alice.ask({ type: 'send', room: 'ops', text: 'x' });
  expect(lines).toEqual([
    '1 begins: hello over memory',
    '1 ends',
    '2 begins: join over memory',
    '2 ends: FORBIDDEN',
    '3 begins: send over memory',
    '3 ends: NOT_A_MEMBER',
  ]);
});

test('tracing that throws harms nobody, and is told of', async () => {
  const fault = () => {
    throw new Error('tracing is broken');
  };
  const { connect, errors, clock } = await chat({ tracing: { command: fault, delivery: fault } });
  const alice = await connect('alice');
  await alice.join('lobby');
  expect(await alice.say('lobby', 'hi')).toMatchObject({ type: 'sent' });
  await clock.advance(0);
  expect(errors.splice(0).every(({ stage }) => stage === 'tracing')).toBe(true);
});

test('what is no tracing is refused', async () => {
  await expect(chat({ tracing: (() => {}) as never })).rejects.toThrow('"tracing"');
});

test('what a protocol does for each that connects is told of for each', async () => {
  const { tracing, lines } = diary();
  const asked = deferred<null>();
  const { transport, clock } = await lineChat({ tracing, policies: { authenticate: () => asked.promise } });
  const peers = [transport.connect(), transport.connect(), transport.connect()];
  await clock.advance(0);
  expect(lines).toEqual([1, 2, 3].map((number) => `${number} begins: hello over memory`));
  asked.resolve(null);
  await Promise.all(peers.map((peer) => frameLike(peer, /Welcome/)));
  expect(lines.slice(3).sort()).toEqual(['1 ends', '2 ends', '3 ends']);
});

test('what the application answers to who has gone ends all the same', async () => {
  const { tracing, lines } = diary();
  const { hub, connect, clock } = await chat({ tracing });
  const answer = deferred<null>();
  hub.handle('slow', () => answer.promise);
  const alice = await connect('alice');
  alice.tell({ type: 'request', name: 'slow' });
  alice.tell({ type: 'quit' });
  await clock.advance(0);
  answer.resolve(null);
  await clock.advance(0);
  const begun = lines.filter((line) => line.includes('begins')).map((line) => line.split(' ')[0]);
  const ended = lines.filter((line) => line.includes(' ends')).map((line) => line.split(' ')[0]);
  expect(ended.sort()).toEqual(begun.sort());
});
