import { describe, expect } from 'vitest';
import { type Received, WebSocketClient } from '../../integration/json-client.js';
import { rawSocket, upgraded, upgradeRequest } from '../../transports/websocket/raw-frames.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, LineSocket, Person, program, texts } from '../people.js';
import { seenBy } from './seen.js';

/** "Application" of the page: what is done twice, or too late. */
export function misuse(it: Arena, attack: Attack): void {
  const somebody = async () => {
    const room = fresh('room');
    return { room, client: await program(it.chat, fresh('mallory'), room) };
  };
  const response = async (client: WebSocketClient, name: string, data?: string): Promise<unknown> =>
    (await client.request('response', { type: 'request', name, ...(data === undefined ? {} : { data }) })).data;

  describe('application: a double join is harmless', () => {
    attack('of a client, even in one segment', async () => {
      const { room, client } = await somebody();
      const witness = await program(it.chat, fresh('witness'), room);
      const other = fresh('room');
      client.tell(
        ...[1, 2, 3].map(() => ({ type: 'join', room })),
        { type: 'join', room: other },
        { type: 'join', room: other },
      );
      await client.settled();
      expect(await witness.ask({ type: 'members', room })).toMatchObject({ count: 2 });
      await client.request('sent', { type: 'send', room, text: hush });
      for (const each of [client, witness]) {
        await each.settled();
        expect(texts(each, room)).toEqual([hush]);
      }
      expect(witness.of('presence').filter((event) => event.room === room)).toEqual([]);
      // One leave is enough to be out.
      await client.request('left', { type: 'leave', room });
      expect(await client.ask({ type: 'send', room, text: hush })).toMatchObject({ code: 'NOT_A_MEMBER' });
    });

    attack('of the application, all at once', async () => {
      const { client } = await somebody();
      const room = fresh('room');
      const rooms = await response(client, 'join thrice', room);
      expect((rooms as string[]).filter((name) => name === room)).toEqual([room]);
      expect(await client.ask({ type: 'members', room })).toMatchObject({ count: 1 });
    });

    attack('at a terminal', async () => {
      const room = fresh('room');
      const person = await Person.enter(it.port, fresh('mallory'), room);
      person.say(`/join ${room}`, `/join ${room}`, `/who ${room}`);
      const lines = await person.settled();
      expect(lines.filter((line) => line.startsWith('* Joined'))).toHaveLength(2);
      expect(lines.at(-1)).not.toContain(',');
    });
  });

  describe('application: what is sent after the end', () => {
    attack('by the application to a member goes nowhere, and throws nothing', async () => {
      const { client } = await somebody();
      client.tell({ type: 'request', name: 'end me' });
      expect(await client.closed()).toEqual({ code: 4501, reason: 'KICKED' });
      const witness = (await somebody()).client;
      expect(await response(witness, 'afterwards')).toEqual(['NO_SUCH_MEMBER', 'done', 'NO_SUCH_MEMBER']);
      expect((await seenBy(witness)).errors).toEqual([]);
    });

    attack('by a client behind its quit is not done', async () => {
      const { room, client } = await somebody();
      const witness = await program(it.chat, fresh('witness'), room);
      client.tell({ type: 'quit' }, { type: 'send', room, text: hush }, { type: 'join', room });
      await client.closed();
      expect(await witness.ask({ type: 'members', room })).toMatchObject({ count: 1 });
      expect(texts(witness, room)).toEqual([]);
    });

    attack('by a person behind its /quit is not done', async () => {
      const room = fresh('room');
      const witness = await Person.enter(it.port, fresh('witness'), room);
      const person = await Person.enter(it.port, fresh('mallory'), room);
      person.say('/quit', hush, `/join ${room}`);
      await person.closed();
      expect((await witness.settled()).filter((line) => line.includes(hush))).toEqual([]);
    });
  });

  describe('application: a close in mid-handshake is harmless', () => {
    for (const [what, length] of [
      ['half of the request', 40],
      ['all of it, with nobody there for the answer', undefined],
    ] as const)
      attack(`of the client, behind ${what}`, async () => {
        for (let round = 0; round < 20; round++) {
          const client = rawSocket(it.chat);
          await client.send(upgradeRequest(it.chat).slice(0, length));
          if (round % 2 === 0) client.socket.resetAndDestroy();
          else client.socket.destroy();
        }
        expect((await seenBy((await somebody()).client)).errors).toEqual([]);
      });

    attack('of the client, while its hello is looked at', async () => {
      const client = await upgraded(it.chat);
      client.say({ type: 'hello', token: 'never-settles' });
      await client.send(Buffer.alloc(0));
      client.socket.resetAndDestroy();
      const witness = (await somebody()).client;
      expect((await seenBy(witness)).errors).toEqual([]);
    });

    attack('of the hub ends the client, too; and to close it twice is to close it', async () => {
      const { client } = await somebody();
      const [tcp = '', web = ''] = (await response(client, 'open a side hub')) as string[];
      const halfway = rawSocket(web);
      await halfway.send(upgradeRequest(web).slice(0, 60));
      const silent = await upgraded(web);
      const person = new LineSocket(Number(new URL(tcp).port));
      await person.sees(/^\* Welcome, /);
      await response(client, 'close the side hub twice');
      await Promise.all([halfway.gone(), silent.closing(), person.closed()]);
      silent.socket.destroy();
      expect(person.lines.at(-1)).toMatch(/^\* Server is restarting; come back in /);
      expect(await response(client, 'afterwards')).toEqual(['SHUTDOWN', 'SHUTDOWN', 'done']);
    });
  });

  attack('application: a hub that is closed takes nobody in any more', async () => {
    const { client } = await somebody();
    const [, web = ''] = (await response(client, 'open a side hub')) as string[];
    const guest = new WebSocketClient(web);
    expect((await guest.request('welcome', { type: 'hello' })) as Received).toMatchObject({ resumed: false });
    await response(client, 'close the side hub twice');
    expect((await guest.closed()).code).toBe(4002);
    await response(client, 'afterwards');
    const late = new WebSocketClient(web);
    expect((await late.closed()).code).toBe(1006);
  });
}
