import { describe, expect } from 'vitest';
import { type Received, WebSocketClient } from '../../integration/json-client.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, program, texts } from '../people.js';

/** "Protocol" of the page: what is no command, and what a command may not say. */
export function jsonFrames(it: Arena, attack: Attack): void {
  /** Somebody in a room of their own, with a way to say something there. */
  async function alone() {
    const room = fresh('room');
    const client = await program(it.chat, fresh('mallory'), room);
    const send = (more: object) => client.ask({ type: 'send', room, text: hush, ...more });
    return { client, room, send };
  }

  describe('protocol: BAD_JSON, and the connection stays:', () => {
    for (const [what, frame] of [
      ['malformed JSON', `{"type":"send","text":"${hush}"`],
      ['an array', `["${hush}"]`],
      ['a number', '42'],
      ['a string', `"${hush}"`],
      ['null', 'null'],
      ['nothing', ''],
      ['a control character in a text', `{"type":"nick","name":"${hush}\n"}`],
      ['100,000 levels that do not end', '['.repeat(65_536)],
    ] as const)
      attack(what, async () => {
        const { client } = await alone();
        client.write(frame);
        await client.settled();
        expect(client.of('error')).toEqual([expect.objectContaining({ code: 'BAD_JSON' })]);
      });
  });

  describe('protocol: an error, and nothing is stored:', () => {
    for (const [what, members] of [
      ['a number for a text', { text: 42 }],
      ['a list for a text', { text: [hush] }],
      ['an object for a room', { room: { name: hush } }],
      ['a string for a flag', { action: 'true' }],
      ['a number for a key', { key: 1 }],
      ['half a surrogate pair', { text: '\ud800' }],
    ] as const)
      attack(what, async () => {
        const { client, room, send } = await alone();
        expect(await send(members)).toMatchObject({ type: 'error' });
        await client.settled();
        expect(texts(client, room)).toEqual([]);
      });

    // JSON.stringify would not write these.
    const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
    for (const [what, data] of [
      ['1e400', '{"n":1e400}'],
      ['-1e400', '[-1e400]'],
      ['2^53 + 1', '9007199254740993'],
      ['a depth over 8', deep(9)],
      ['a depth of 30,000', deep(30_000)],
    ] as const)
      attack(`${what} in data`, async () => {
        const { client, room } = await alone();
        client.write(`{"type":"send","id":1,"room":"${room}","text":"${hush}","data":${data}}`);
        expect(await client.find('answer', ({ re }) => re === 1)).toMatchObject({ code: 'BAD_COMMAND' });
        await client.settled();
        expect(texts(client, room)).toEqual([]);
      });

    for (const [what, command] of [
      ['a string for a number', { type: 'history', limit: '10' }],
      ['a negative limit', { type: 'history', limit: -1 }],
      ['a fraction for an offset', { type: 'history', before: 1.5 }],
      ['a negative position', { type: 'join', after: { epoch: 'e', offset: -1 } }],
      ['a position that is none', { type: 'join', after: 'e' }],
    ] as const)
      attack(what, async () => {
        const { client, room } = await alone();
        expect(await client.ask({ room, ...command })).toMatchObject({ type: 'error', code: 'BAD_COMMAND' });
      });
  });

  describe('protocol:', () => {
    attack('a forged "from", "offset", "at" or "id" of a message is ignored', async () => {
      const { client, room, send } = await alone();
      const forged = { from: { id: 'x', user: 'x', name: 'admin' }, offset: 999, at: 1, message: 'x', edited: 1 };
      const sent = await send(forged);
      const told = await client.find('message', (event) => event.type === 'message' && event.room === room);
      expect(sent).toMatchObject({ type: 'sent', offset: 1 });
      const { member } = client.of('welcome')[0] as Received;
      expect(told).toMatchObject({ from: member, offset: 1, at: sent.at, id: sent.message });
      expect(told).not.toHaveProperty('edited');
    });

    attack('who sends before a hello is a guest, and in no room to send to', async () => {
      const client = new WebSocketClient(it.chat);
      const answer = await client.ask({ type: 'send', room: fresh('room'), text: hush });
      expect(answer).toMatchObject({ type: 'error', code: 'NOT_A_MEMBER' });
      expect(client.events[0]).toMatchObject({ type: 'welcome', resumed: false });
    });

    attack('who sends to a room that it has not joined is refused, and nobody there hears of it', async () => {
      const room = fresh('closed');
      const witness = await program(it.chat, fresh('witness'), room);
      const { client } = await alone();
      for (const command of [
        { type: 'send', text: hush },
        { type: 'signal', name: hush },
        { type: 'topic', topic: hush },
        { type: 'history' },
        { type: 'members' },
      ])
        expect(await client.ask({ room, ...command })).toMatchObject({ type: 'error', code: 'NOT_A_MEMBER' });
      const events = await witness.settled();
      expect(events.filter((event) => event.room === room && event.type !== 'joined')).toEqual([]);
    });

    attack('more than ten frames that are none end the connection with 4504', async () => {
      const { client } = await alone();
      for (let count = 0; count < 11; count++) client.write(hush);
      expect(await client.closed()).toEqual({ code: 4504, reason: 'ABUSE' });
    });
  });
}
