import { describe, expect } from 'vitest';
import { WebSocketClient } from '../../integration/json-client.js';
import type { Arena, Attack } from '../arena.js';
import { fresh, Person, program } from '../people.js';

const forged = 'x\n[ERROR] forged';

/** "Protocol" of the page: no field of any command begins a line in the log. */
export function logLines(it: Arena, attack: Attack): void {
  /** Nothing that was logged meanwhile is a line of the attacker's; how many there may be, the arena sees. */
  async function forgesNothing(work: () => Promise<unknown>): Promise<void> {
    const { log } = it.target;
    const before = log.length;
    await work();
    await it.target.read();
    expect(log.slice(before).filter((line) => /^\[ERROR\]|forged/.test(line))).toEqual([]);
  }

  describe(`protocol: ${JSON.stringify(forged)} forges no line of the log`, () => {
    for (const command of [
      { type: forged },
      { type: 'ping', id: forged },
      { type: 'join', room: forged },
      { type: 'send', room: forged, text: forged },
      { type: 'send', text: forged, data: { [forged]: forged }, key: forged },
      { type: 'direct', to: forged, text: forged },
      { type: 'signal', name: forged, data: forged },
      { type: 'request', name: forged, data: forged },
      { type: 'history', with: forged },
      { type: 'nick', name: forged },
      { type: 'refresh', token: forged },
      { type: 'topic', topic: forged },
      { type: 'search', text: forged },
      { type: 'react', message: forged, reaction: forged },
      { type: 'edit', message: forged, text: forged },
      { type: 'kick', member: forged, reason: forged },
      { type: 'ban', member: forged, reason: forged, seconds: 1 },
    ])
      attack(`in ${Object.keys(command).join(', ')} of "${command.type === forged ? '' : command.type}"`, () =>
        forgesNothing(async () => {
          const room = fresh('room');
          const client = await program(it.chat, fresh('mallory'), room);
          client.tell({ room, ...command });
          await client.settled();
        }),
      );

    attack('in a hello', () =>
      forgesNothing(async () => {
        const rooms = { [forged]: { epoch: forged, offset: 1 } };
        const client = new WebSocketClient(it.chat);
        client.tell({ type: 'hello', token: forged, name: forged, session: forged, rooms });
        await client.settled();
      }),
    );

    attack('in a line at a terminal, with every sign that ends one', () =>
      forgesNothing(async () => {
        for (const end of ['\r', '\x85', '\u2028', '\x0b', '\x0c']) {
          const person = await Person.enter(it.port, fresh('mallory'), fresh('room'));
          person.say(
            ...['', '/nick ', '/join ', '/resume ', '/msg ', '/'].map((word) => `${word}x${end}[ERROR] forged`),
          );
          await person.settled();
        }
      }),
    );
  });
}
