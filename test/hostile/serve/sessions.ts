import { describe, expect } from 'vitest';
import { type Received, WebSocketClient } from '../../integration/json-client.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, Person, program, texts } from '../people.js';

/** "Protocol" of the page: names, and sessions that somebody would take over. */
export function sessions(it: Arena, attack: Attack): void {
  /** Somebody in a room who is of use to an attacker. */
  async function victim() {
    const [room, name] = [fresh('room'), fresh('victim')];
    const client = await program(it.chat, name, room);
    const { session, member } = client.of('welcome')[0] as Received;
    const { epoch } = client.of('joined').find((event) => event.room === room) as Received;
    return { room, name, client, session: String(session), member, epoch };
  }

  /** It can still say something, and hears it. */
  async function isWell({ client, room }: { readonly client: WebSocketClient; readonly room: string }): Promise<void> {
    await client.request('sent', { type: 'send', room, text: 'well' });
    await client.settled();
    expect(texts(client, room).at(-1)).toBe('well');
  }

  const resume = (session: string, more: object = {}) =>
    new WebSocketClient(it.chat).ask({ type: 'hello', session, ...more });

  describe('protocol: names', () => {
    attack('that are taken, reserved or none leave the old name as it is', async () => {
      const { client, name, room } = await victim();
      const other = await program(it.chat, fresh('other'), room);
      const { member } = other.of('welcome')[0] as { readonly member: { readonly name: string } };
      for (const [wished, code] of [
        [name, 'NAME_TAKEN'],
        [name.toUpperCase(), 'NAME_TAKEN'],
        [name.replaceAll('i', 'і'), 'NAME_TAKEN'], // of Cyrillic
        ['admin', 'NAME_TAKEN'],
        ['', 'BAD_NAME'],
        ['a b', 'BAD_NAME'],
        [`x\n[${room}] ${name}: forged`, 'BAD_NAME'],
        ['x'.repeat(33), 'BAD_NAME'],
      ])
        expect(await other.ask({ type: 'nick', name: wished })).toMatchObject({ code });
      await other.request('sent', { type: 'send', room, text: hush });
      const told = await client.find('message', ({ type, text }) => type === 'message' && text === hush);
      expect(told).toMatchObject({ from: { name: member.name } });
    });

    attack('that are given up are free', async () => {
      const { client, name, room } = await victim();
      const other = await program(it.chat, fresh('other'), room);
      expect(await other.ask({ type: 'nick', name })).toMatchObject({ code: 'NAME_TAKEN' });
      await client.request('renamed', { type: 'nick', name: fresh('renamed') });
      expect(await other.ask({ type: 'nick', name })).toMatchObject({ type: 'renamed', name });
    });
  });

  describe('protocol: a session', () => {
    attack('that is unknown gets a fresh one', async () => {
      for (const forged of ['', hush, 'x'.repeat(60_000), '__proto__', '{"a":1}', '*', '\0'])
        expect(await resume(forged)).toMatchObject({ type: 'welcome', resumed: false });
    });

    attack('that is forged from another gets a fresh one, and the other is not harmed', async () => {
      const { client, room, session } = await victim();
      const last = session.endsWith('A') ? 'B' : 'A';
      for (const forged of [
        session.slice(0, -1) + last,
        session.toLowerCase(),
        ` ${session}`,
        `${session}\0`,
        session.slice(1),
      ])
        if (forged !== session) expect(await resume(forged)).toMatchObject({ type: 'welcome', resumed: false });
      await isWell({ client, room });
    });

    attack('that is forged at a terminal leaves the one that there is', async () => {
      const { client, room, session } = await victim();
      const name = fresh('mallory');
      const mallory = await Person.enter(it.port, name, fresh('room'));
      mallory.say(`/resume ${session.slice(1)}`);
      const [welcome] = await mallory.settled();
      expect(welcome).toMatch(new RegExp(`^\\* Welcome, ${name}\\.`));
      await isWell({ client, room });
    });

    attack('that is taken up while its connection lives has one of them, once', async () => {
      const { client, room, session, member } = await victim();
      const witness = await program(it.chat, fresh('witness'), room);
      const again = new WebSocketClient(it.chat);
      const welcome = await again.request('welcome', { type: 'hello', session });
      expect(welcome).toMatchObject({ resumed: true, member, session });
      expect(await client.closed()).toEqual({ code: 4503, reason: 'REPLACED' });
      await isWell({ client: again, room });
      expect(await witness.ask({ type: 'members', room })).toMatchObject({ count: 2 });
      await witness.settled();
      expect(witness.of('presence').filter((event) => event.room === room)).toEqual([]);
    });

    attack('that many take up at once is of one of them', async () => {
      const { client, room, session } = await victim();
      const rivals = Array.from({ length: 20 }, () => new WebSocketClient(it.chat));
      for (const rival of rivals) rival.tell({ type: 'hello', session });
      await client.closed();
      const lives = ({ ws }: WebSocketClient) => ws.readyState === ws.OPEN;
      await expect.poll(() => rivals.filter(lives).length).toBe(1);
      const survivor = rivals.find(lives) as WebSocketClient;
      expect(await survivor.ask({ type: 'members', room })).toMatchObject({ count: 1 });
      await isWell({ client: survivor, room });
    });

    for (const [what, position] of [
      ['a position above the head', { offset: 999 }],
      ['a position at the end of all numbers', { offset: Number.MAX_SAFE_INTEGER }],
      ['another epoch', { epoch: hush }],
    ] as const)
      attack(`with ${what} is not recovered, and says so`, async () => {
        const { client, room, session, epoch } = await victim();
        await isWell({ client, room });
        client.cut();
        const welcome = await resume(session, { rooms: { [room]: { epoch, offset: 1, ...position } } });
        expect(welcome).toMatchObject({ resumed: true, rooms: { [room]: { recovered: false, offset: 1 } } });
      });

    for (const offset of [-1, 0.5, '1', null])
      attack(`with the position ${JSON.stringify(offset)} is an error, and can still be taken up`, async () => {
        const { client, room, session, epoch } = await victim();
        const refused = await resume(session, { rooms: { [room]: { epoch, offset } } });
        expect(refused).toMatchObject({ type: 'error', code: 'BAD_COMMAND' });
        await isWell({ client, room });
      });
  });
}
