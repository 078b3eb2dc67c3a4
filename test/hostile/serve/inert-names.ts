import { describe, expect } from 'vitest';
import { type Received, WebSocketClient } from '../../integration/json-client.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, program } from '../people.js';

/** What objects of JavaScript have without having been given it. Of these, only `__proto__` is no name, as it begins with `_`. */
const inherited = ['__proto__', 'constructor', 'toString'] as const;

/** "Protocol" of the page: names that mean something to JavaScript mean nothing here. That prototypes are as before, the arena sees. */
export function inertNames(it: Arena, attack: Attack): void {
  const somebody = async () => {
    const room = fresh('room');
    return { room, client: await program(it.chat, fresh('mallory'), room) };
  };

  for (const name of inherited)
    describe(`protocol: "${name}" is inert`, () => {
      attack('as a member of a command, with members of its own', async () => {
        const { client, room } = await somebody();
        const evil = `"${name}":{"room":"lobby","text":"evil","type":"quit","polluted":true}`;
        client.write(`{"type":"send","id":1,${evil},"room":"${room}","text":"${hush}"}`);
        expect(await client.find('answer', ({ re }) => re === 1)).toMatchObject({ type: 'sent', room });
        // What is missing is not found there, either.
        client.write(`{"type":"send","id":2,${evil},"text":"${hush}"}`);
        expect(await client.find('answer', ({ re }) => re === 2)).toMatchObject({ code: 'BAD_COMMAND' });
      });

      attack('as a key of data, which arrives as it was', async () => {
        const { client, room } = await somebody();
        const data = `{"${name}":{"polluted":true},"a":{"${name}":1}}`;
        client.write(`{"type":"send","id":1,"room":"${room}","text":"${hush}","data":${data}}`);
        const told = await client.find('message', (event) => event.type === 'message' && event.room === room);
        expect(JSON.stringify(told.data)).toBe(data);
      });

      attack('as the type of a command', async () => {
        const { client } = await somebody();
        expect(await client.ask({ type: name })).toMatchObject({ type: 'error', code: 'BAD_COMMAND' });
      });

      attack('as a room', async () => {
        const { client } = await somebody();
        const joined = await client.ask({ type: 'join', room: name });
        expect(joined).toMatchObject(name === '__proto__' ? { code: 'BAD_ROOM' } : { type: 'joined', count: 1 });
        const sent = await client.ask({ type: 'send', room: name, text: hush });
        expect(sent).toMatchObject(name === '__proto__' ? { code: 'BAD_ROOM' } : { type: 'sent', offset: 1 });
        // Its next owner finds it as any other, and a resume has it among the rooms.
        const { session } = client.of('welcome')[0] as Received;
        client.cut();
        const again = new WebSocketClient(it.chat);
        const welcome = await again.request('welcome', { type: 'hello', session });
        expect(Object.keys(welcome.rooms as object).includes(name.toLowerCase())).toBe(name !== '__proto__');
        again.tell({ type: 'quit' });
        await again.closed();
      });

      attack('as a name', async () => {
        const { client } = await somebody();
        const renamed = await client.ask({ type: 'nick', name });
        expect(renamed).toMatchObject(name === '__proto__' ? { code: 'BAD_NAME' } : { type: 'renamed', name });
        const other = (await somebody()).client;
        const direct = await other.ask({ type: 'direct', to: name, text: hush });
        expect(direct).toMatchObject(name === '__proto__' ? { code: 'NO_SUCH_MEMBER' } : { type: 'sent' });
      });

      attack('as the key of a message', async () => {
        const { client, room } = await somebody();
        const send = { type: 'send', room, text: hush, key: name };
        expect(await client.ask(send)).toMatchObject({ type: 'sent', offset: 1, duplicate: false });
        expect(await client.ask(send)).toMatchObject({ type: 'sent', offset: 1, duplicate: true });
      });

      attack('as a reaction', async () => {
        const { client, room } = await somebody();
        const { message } = await client.request('sent', { type: 'send', room, text: hush });
        await client.request('sent', { type: 'react', room, message, reaction: name });
        const { messages } = await client.request('history', { type: 'history', room });
        const [{ reactions }] = messages as readonly [{ readonly reactions: object }];
        expect(Object.entries(reactions)).toEqual([[name, [expect.any(String)]]]);
      });

      attack('as a signal, a request, a token and a room of a hello', async () => {
        const { client, room } = await somebody();
        expect(await client.ask({ type: 'signal', room, name, data: name })).toMatchObject({ type: 'ok' });
        expect(await client.ask({ type: 'request', name })).toMatchObject({ code: 'BAD_COMMAND' });
        const other = new WebSocketClient(it.chat);
        other.write(`{"type":"hello","id":1,"session":"${name}","rooms":{"${name}":{"epoch":"e","offset":1}}}`);
        expect(await other.find('answer', ({ re }) => re === 1)).toMatchObject({ type: 'welcome', resumed: false });
      });
    });
}
