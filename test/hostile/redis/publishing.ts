import { describe, expect } from 'vitest';
import type { Received, WebSocketClient } from '../../integration/json-client.js';
import { seenBy } from '../application/seen.js';
import { hush } from '../arena.js';
import { texts } from '../people.js';
import { garbage, misplaced, nonsense } from './garbage.js';
import { goesOn, pairAt, publish, type TwoServers } from './two-servers.js';

/** "Engine" of the page: what others publish to our channels. */
export function publishing(servers: TwoServers): void {
  const { serve, attackServe, application, attackApplication } = servers;
  const dropped = async (client: WebSocketClient) => (await seenBy(client)).facts.dropped ?? 0;

  describe('Redis: garbage', () => {
    for (const [what, message] of garbage)
      attackApplication(`to every channel is dropped and counted: ${what}`, async () => {
        const pair = await pairAt(application);
        const before = await dropped(pair.client);
        // Of logs, of facts and of presence; and of signals, where it is no JSON.
        expect(await publish(servers, /./, message)).toBeGreaterThan(8);
        await expect.poll(async () => (await dropped(pair.client)) - before).toBeGreaterThan(6);
        await goesOn(pair);
      });

    for (const [what, channel] of [
      ['logs', /:entries$/],
      ['facts', /:facts$/],
      ['presence', /:c:/],
      ['the signals of rooms', /:signal:\{room/],
      ['the signals of nodes', /:signal:\{node/],
    ] as const)
      attackServe(`of all kinds to ${what} is dropped`, async () => {
        const pair = await pairAt(serve);
        const messages = [...garbage, ...nonsense].map(([, message]) => message);
        expect(await publish(servers, channel, ...messages)).toBeGreaterThan(0);
        await goesOn(pair);
      });
  });

  describe('Redis: in the place of', () => {
    for (const [what, base] of misplaced)
      attackApplication(`the next entry, what is none is dropped and counted: ${what}`, async () => {
        const pair = await pairAt(application);
        const { room, client } = pair;
        const { epoch, message } = await client.request('sent', { type: 'send', room, text: 'first' });
        const before = await dropped(client);
        const entry = ['E', epoch, JSON.stringify(message), 'm', '"evil"', '"u"', '2', '6', base, `"${hush}"`];
        await publish(servers, new RegExp(`\\{${room}\\}:entries$`), [...entry, '', '', '', ''].join('\n'));
        await expect.poll(() => dropped(client)).toBe(before + 1);
        await goesOn(pair);
        expect(client.of('reset')).toEqual([]);
        expect(texts(client, room)).toEqual(['first', 'well']);
      });

    for (const people of ['[null]', '[5]', '[{}]', '[{"id":1,"user":2,"name":3}]', '[[]]', '"all"'])
      attackApplication(`the next change of who is there, ${people} is dropped and counted`, async () => {
        const pair = await pairAt(application);
        const { room, client } = pair;
        const before = await dropped(client);
        const changes = ['joined', 'left', 'renamed'].map((list) => ({
          joined: '[]',
          left: '[]',
          renamed: '[]',
          [list]: people,
        }));
        // The version that it must follow is one of these.
        const messages = Array.from({ length: 10 }, (_, version) =>
          changes.map(({ joined, left, renamed }) => {
            return `${version}\n99\n{"joined":${joined},"left":${left},"renamed":${renamed},"count":1}`;
          }),
        ).flat();
        await publish(servers, new RegExp(`:c:"${room}"$`), ...messages);
        await expect.poll(() => dropped(client)).toBe(before + messages.length);
        await goesOn(pair);
      });

    for (const value of ['null', '5', '[]', '{}', '{"text":5}', '{"until":"x","reason":5}'])
      attackApplication(`a topic, a ban or a mute, ${value} is left alone`, async () => {
        for (const fact of ['topic', 'ban', 'mute']) {
          const pair = await pairAt(application);
          const { room, client } = pair;
          const { member } = client.of('welcome')[0] as { readonly member: Received };
          const key = fact === 'topic' ? fact : `${fact}/${member.user}`;
          await publish(servers, new RegExp(`\\{${room}\\}:facts$`), `0\n9\n${JSON.stringify(key)}\n${value}`);
          expect(await client.ask({ type: 'join', room })).toMatchObject({ type: 'joined' });
          await goesOn(pair);
          expect(client.of('topic')).toEqual([]);
        }
      });
  });
}
