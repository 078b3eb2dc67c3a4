import { describe, expect } from 'vitest';
import type { Received, WebSocketClient } from '../../integration/json-client.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, program, texts } from '../people.js';
import { seenBy } from './seen.js';

/** "Application" of the page: listeners that throw. */
export function listeners(it: Arena, attack: Attack): void {
  /** Two in a room, and a message that one of them has said there. */
  async function two() {
    const room = fresh('room');
    const witness = await program(it.chat, fresh('witness'), room);
    const client = await program(it.chat, fresh('mallory'), room);
    const { message } = await client.request('sent', { type: 'send', room, text: hush });
    return { room, witness, client, message };
  }

  type Two = Awaited<ReturnType<typeof two>>;

  /** What has each event told, and by which event the witness or its author must hear of it all the same. */
  const causes: readonly [event: string, cause: (two: Two) => Promise<unknown>][] = [
    ['connect', async () => program(it.chat, fresh('other'), fresh('room'))],
    ['join', ({ client }) => client.request('joined', { type: 'join', room: fresh('room') })],
    ['leave', ({ client, room }) => client.request('left', { type: 'leave', room })],
    ['rename', ({ client }) => client.request('renamed', { type: 'nick', name: fresh('renamed') })],
    ['message', ({ client, room }) => client.request('sent', { type: 'send', room, text: hush })],
    ['edit', ({ client, room, message }) => client.request('sent', { type: 'edit', room, message, text: hush })],
    ['delete', ({ client, room, message }) => client.request('sent', { type: 'delete', room, message })],
    [
      'reaction',
      ({ client, room, message }) => client.request('sent', { type: 'react', room, message, reaction: hush }),
    ],
    ['topic', ({ client, room }) => client.request('ok', { type: 'topic', room, topic: hush })],
    [
      'direct',
      ({ client, witness }) => {
        const { name } = (witness.of('welcome')[0] as Received).member as Received;
        return client.request('sent', { type: 'direct', to: name, text: hush });
      },
    ],
    [
      'disconnect',
      ({ client }) => {
        client.tell({ type: 'quit' });
        return client.closed();
      },
    ],
  ];

  for (const [event, cause] of causes)
    for (const later of ['', ' later'])
      describe(`application: a listener to "${event}"`, () => {
        attack(`that ${later === '' ? 'throws' : 'rejects'} is an error event, and delivery goes on`, async () => {
          const all = await two();
          const { witness, room } = all;
          await seenBy(witness);
          await witness.request('response', { type: 'request', name: 'arm', data: `${event}${later}` });
          await cause(all);
          const { errors } = await seenBy(witness);
          expect(errors).toEqual([`${event} listener`]);
          const other = await program(it.chat, fresh('other'), room);
          await other.request('sent', { type: 'send', room, text: 'after it' });
          await witness.find('message', ({ type, text }) => type === 'message' && text === 'after it');
        });
      });

  for (const later of ['', ' later'])
    attack(
      `application: a listener to a room that ${later === '' ? 'throws' : 'rejects'} is an error event`,
      async () => {
        const witness = await program(it.chat, fresh('witness'), 'heard');
        const client = await program(it.chat, fresh('mallory'), 'heard');
        await seenBy(witness);
        await witness.request('response', { type: 'request', name: 'arm', data: `heard${later}` });
        for (const text of ['one', 'two']) await client.request('sent', { type: 'send', room: 'heard', text });
        await witness.settled();
        expect(texts(witness, 'heard')).toEqual(['one', 'two']);
        expect((await seenBy(witness)).errors).toEqual(['room message listener']);
      },
    );

  attack('application: a listener that ends the session of a reader in mid-broadcast harms nobody else', async () => {
    const { room, witness, client } = await two();
    const victim = await program(it.chat, fresh('victim'), room);
    const { id } = (victim.of('welcome')[0] as Received).member as Received;
    const others = await Promise.all([1, 2, 3].map(() => program(it.chat, fresh('other'), room)));
    const said = ['before', `remove ${id}`, 'after'];
    client.tell(...said.map((text) => ({ type: 'send', room, text })));
    await client.find('the last', ({ type, text }) => type === 'message' && text === 'after');
    expect(await victim.closed()).toEqual({ code: 4501, reason: 'KICKED' });
    for (const other of [witness, ...others]) {
      await other.settled();
      expect(texts(other, room).filter((text) => text !== hush)).toEqual(said);
    }
  });

  attack('application: a listener that ends the session of the author does so after its message', async () => {
    const { room, witness, client } = await two();
    const { id } = (client.of('welcome')[0] as Received).member as Received;
    client.tell(...[`remove ${id}`, hush, hush].map((text) => ({ type: 'send', room, text })));
    expect(await client.closed()).toEqual({ code: 4501, reason: 'KICKED' });
    await witness.settled();
    expect(texts(witness, room).filter((text) => text !== hush)).toEqual([`remove ${id}`]);
  });

  attack('application: who is cut off in mid-broadcast is missed by nobody', async () => {
    const { room, witness, client } = await two();
    const victims = await Promise.all(Array.from({ length: 20 }, () => program(it.chat, fresh('victim'), room)));
    client.tell(...Array.from({ length: 15 }, (_, count) => ({ type: 'send', room, text: `${hush} ${count}` })));
    for (const victim of victims) (victim as WebSocketClient).cut();
    await client.settled();
    await witness.settled();
    expect(texts(witness, room)).toHaveLength(16);
  });
}
