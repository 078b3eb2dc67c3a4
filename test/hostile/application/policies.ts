import { describe, expect } from 'vitest';
import { type Received, WebSocketClient } from '../../integration/json-client.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, program, texts } from '../people.js';
import { seenBy } from './seen.js';

/** The troubles of `fixtures/troubles.ts`, and what the caller is told. */
const troubles = [
  ['throws-an-error', 'INTERNAL'],
  ['throws-a-string', 'INTERNAL'],
  ['throws-nothing', 'INTERNAL'],
  ['rejects', 'INTERNAL'],
  ['never-settles', 'TIMEOUT'],
] as const;

/** "Application" of the page: policies that fail. */
export function policies(it: Arena, attack: Attack): void {
  /** How each policy comes to be asked. `who`: the token of the one who asks. */
  const asks: readonly {
    readonly policy: string;
    readonly who?: string;
    readonly command: (trouble: string, room: string) => object;
  }[] = [
    { policy: 'join', command: (trouble) => ({ type: 'join', room: fresh(trouble) }) },
    { policy: 'send', command: (trouble, room) => ({ type: 'send', room, text: `${hush} ${trouble}` }) },
    { policy: 'nick', command: (trouble) => ({ type: 'nick', name: fresh(trouble) }) },
    { policy: 'direct', command: (trouble) => ({ type: 'direct', to: 'witness', text: `${hush} ${trouble}` }) },
    { policy: 'read', command: (trouble) => ({ type: 'history', room: fresh(trouble) }) },
    { policy: 'list', who: 'user:', command: () => ({ type: 'rooms' }) },
    { policy: 'topic', command: (trouble, room) => ({ type: 'topic', room, topic: `${hush} ${trouble}` }) },
    {
      policy: 'moderate',
      who: 'user:',
      command: (_, room) => ({ type: 'ban', room, member: 'witness', reason: hush }),
    },
  ];

  for (const { policy, who, command } of asks)
    describe(`application: the policy "${policy}"`, () => {
      for (const [trouble, code] of troubles)
        attack(`that ${trouble.replaceAll('-', ' ')} costs the caller alone, and is ${code} to it`, async () => {
          const room = fresh('room');
          const witness = await named(it.chat, 'witness', room);
          const token = who === undefined ? {} : { token: fresh(`${who}${trouble}`) };
          const client = new WebSocketClient(it.chat);
          await client.request('welcome', { type: 'hello', ...token });
          await client.request('joined', { type: 'join', room });
          await seenBy(witness);
          const began = performance.now();
          expect(await client.ask(command(trouble, room))).toMatchObject({ type: 'error', code });
          if (code === 'TIMEOUT') expect(performance.now() - began).toBeGreaterThan(250);
          const { errors, aborted } = await seenBy(witness);
          // By its AbortSignal it is told that nobody waits.
          expect({ errors, aborted }).toEqual(
            code === 'TIMEOUT' ? { errors: [], aborted: 1 } : { errors: [`${policy} policy`], aborted: 0 },
          );
          await client.request('sent', { type: 'send', room, text: 'well' });
          await witness.find('message', ({ type, text }) => type === 'message' && text === 'well');
          expect(texts(witness, room)).toEqual(['well']);
          witness.tell({ type: 'quit' });
          await witness.closed();
        });
    });

  describe('application: the policy "authenticate"', () => {
    for (const [trouble, code] of [...troubles, ['nonsense', 'INTERNAL']] as const)
      attack(`that ${trouble.replaceAll('-', ' ')} is ${code} to the caller, who may try again`, async () => {
        const witness = await program(it.chat, fresh('witness'), fresh('room'));
        await seenBy(witness);
        const client = new WebSocketClient(it.chat);
        expect(await client.ask({ type: 'hello', token: trouble })).toMatchObject({ type: 'error', code });
        const { errors, aborted } = await seenBy(witness);
        expect({ errors, aborted }).toEqual(
          code === 'TIMEOUT' ? { errors: [], aborted: 1 } : { errors: ['authenticate policy'], aborted: 0 },
        );
        expect(await client.ask({ type: 'hello' })).toMatchObject({ type: 'welcome', resumed: false });
      });

    attack('that never settles is told when its caller goes', async () => {
      const witness = await program(it.chat, fresh('witness'), fresh('room'));
      const client = new WebSocketClient(it.chat);
      client.tell({ type: 'hello', token: 'never-settles' });
      const isAsked = async () => (await seenBy(witness)).greetings.length;
      await expect.poll(isAsked).toBe(1);
      client.cut();
      await expect.poll(async () => (await seenBy(witness)).aborted).toBe(1);
    });
  });

  attack('protocol: a policy that fails with what was said writes one line, whatever that was', async () => {
    const room = fresh('room');
    const client = await program(it.chat, fresh('mallory'), room);
    const before = it.target.log.length;
    const ends = '\n\r\x85\u2028\u2029\x0b\x1b[2J';
    const text = `throws-what-was-said x${ends}[ERROR] forged`;
    expect(await client.ask({ type: 'send', room, text })).toMatchObject({ code: 'INTERNAL' });
    await it.target.read();
    expect(it.target.log.slice(before)).toEqual(['chathub: send policy: throws-what-was-said x   [ERROR] forged']);
  });

  describe('application: a request', () => {
    for (const answer of ['throws', 'rejects', 'never settles', 'a bigint', 'a circle', 'a function'])
      attack(`whose handler answers so: ${answer}, costs the caller alone`, async () => {
        const witness = await program(it.chat, fresh('witness'), fresh('room'));
        await seenBy(witness);
        const code = answer === 'never settles' ? 'TIMEOUT' : 'INTERNAL';
        const failed = await witness.ask({ type: 'request', name: 'fail', data: answer });
        expect(failed).toMatchObject({ type: 'error', code });
        expect((await seenBy(witness)).errors).toEqual(code === 'TIMEOUT' ? [] : ['request fail']);
      });
  });
}

/** Somebody of exactly this name, which is free again as soon as they quit. */
async function named(chat: string, name: string, room: string): Promise<WebSocketClient> {
  const client = await program(chat, name, room);
  expect((client.of('welcome')[0] as Received).member).toMatchObject({ name });
  return client;
}
