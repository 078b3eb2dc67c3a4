import { describe, expect, onTestFinished } from 'vitest';
import { JsonLinesClient } from '../../integration/json-client.js';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, lineProgram, Person, program, texts } from '../people.js';

/** "TCP" of the page, for programs: `chathub serve` has no such port. */
export function jsonOverTcp(it: Arena, attack: Attack): void {
  const port = () => it.portOf(1);

  /** One who does it, and one who hears what came of it. */
  async function two() {
    const [room, name] = [fresh('room'), fresh('mallory')];
    const witness = await program(it.chat, fresh('witness'), room);
    const mallory = await lineProgram(port(), name, room);
    const send = (text: string) => JSON.stringify({ type: 'send', room, text });
    const heard = async () => {
      await mallory.settled();
      await witness.settled();
      return texts(witness, room);
    };
    return { room, name, witness, mallory, send, heard };
  }

  describe('TCP: JSON', () => {
    attack('that comes byte by byte is the same as JSON that comes whole', async () => {
      const { mallory, send, heard } = await two();
      const line = Buffer.from(`${send(`naïve 🙂 ${hush}`)}\n`);
      mallory.write(line);
      for (const byte of line) {
        mallory.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(await heard()).toEqual([`naïve 🙂 ${hush}`, `naïve 🙂 ${hush}`]);
    });

    attack('of 200 lines in a segment is done, all of it and in order', async () => {
      const { mallory } = await two();
      mallory.write(Buffer.from(Array.from({ length: 200 }, (_, id) => `{"type":"ping","id":${id}}\n`).join('')));
      await mallory.settled();
      const answers = mallory.of('pong').map(({ re }) => re);
      expect(answers.filter((re) => typeof re === 'number')).toEqual(Array.from({ length: 200 }, (_, id) => id));
    });

    for (const [what, sign] of [
      ['a bare CR', '\r'],
      ['a NUL', '\0'],
    ] as const)
      attack(`with ${what} in a text is an error, and nobody hears of it`, async () => {
        const { mallory, room, heard } = await two();
        mallory.write(`{"type":"send","room":"${room}","text":"a${sign}b"}`);
        expect(await mallory.next('error')).toMatchObject({ code: 'BAD_JSON' });
        expect(await heard()).toEqual([]);
      });

    for (const [what, bytes] of [
      ['FF', [0xff]],
      ['C0 AF', [0xc0, 0xaf]],
      ['ED A0 80', [0xed, 0xa0, 0x80]],
    ] as const)
      attack(`that is no UTF-8, ${what}, is an error, and nobody hears of it`, async () => {
        const { mallory, room, heard } = await two();
        const start = Buffer.from(`{"type":"send","room":"${room}","text":"`);
        mallory.write(Buffer.concat([start, Buffer.from(bytes), Buffer.from('"}\n')]));
        expect(await mallory.next('error')).toMatchObject({ code: 'BAD_UTF8' });
        expect(await heard()).toEqual([]);
      });

    attack('whose author ends in mid-line is not delivered', async () => {
      const { mallory, send, witness, room } = await two();
      mallory.write(Buffer.from(send(hush)));
      mallory.finish();
      await mallory.closed();
      await witness.settled();
      expect(texts(witness, room)).toEqual([]);
    });

    attack('of 100,000 empty lines ends the connection, as none of them is an object', async () => {
      const { mallory, witness, room, send } = await two();
      mallory.write(Buffer.from(`${'\n'.repeat(100_000)}${send(hush)}\n`));
      await mallory.closed();
      expect(mallory.of('error').at(-1)).toMatchObject({ code: 'ABUSE' });
      await witness.settled();
      expect(texts(witness, room)).toEqual([]);
    });

    for (const [what, opening] of [
      ['an HTTP request', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'],
      ['a POST', 'POST / HTTP/1.1\r\nContent-Type: text/plain\r\n\r\n'],
      ['a TLS ClientHello', '\x16\x03\x01\x02\x00\x01\x00\n\x01\xfc\x03\x03\n'],
    ] as const)
      attack(`behind ${what} is closed, and not done`, async () => {
        const room = fresh('ops');
        const witness = await program(it.chat, fresh('witness'), room);
        const mallory = new JsonLinesClient(port());
        mallory.write(
          Buffer.from(
            `${opening}{"type":"join","room":"${room}"}\n{"type":"send","room":"${room}","text":"x"}\n`,
            'latin1',
          ),
        );
        await mallory.closed();
        expect(mallory.events).toEqual([]);
        expect(await witness.ask({ type: 'members', room })).toMatchObject({ count: 1 });
      });

    for (const [what, opening] of [
      ['PROXY TCP4', Buffer.from('PROXY TCP4 192.0.2.1 192.0.2.2 8080 8081\r\n')],
      [
        'a PROXY header of version 2',
        Buffer.from('\r\n\r\n\0\r\nQUIT\n!\x11\0\f\xc0\0\x02\x01\xc0\0\x02\x02\x1f\x90\x1f\x91', 'latin1'),
      ],
    ] as const)
      attack(`behind ${what}, from a peer that is no proxy of ours, is closed, and not done`, async () => {
        const mallory = new JsonLinesClient(port());
        mallory.write(opening);
        mallory.write('');
        mallory.tell({ type: 'ping' });
        await expect(mallory.next('pong')).rejects.toThrow('It was closed');
      });
  });

  describe('TCP: where guests are refused', () => {
    attack('a program that is silent is closed at helloTimeout', async () => {
      const silent = new JsonLinesClient(it.portOf(3));
      await silent.closed();
      expect(silent.events).toEqual([expect.objectContaining({ type: 'error', code: 'HELLO_TIMEOUT' })]);
    });

    attack('a program that drips is closed at helloTimeout', async () => {
      const slow = new JsonLinesClient(it.portOf(3));
      const drip = setInterval(() => slow.write(Buffer.from(' ')), 100);
      onTestFinished(() => clearInterval(drip));
      await slow.closed();
      expect(slow.events).toEqual([expect.objectContaining({ type: 'error', code: 'HELLO_TIMEOUT' })]);
    });

    attack('a program that is reset in mid-line makes exactly one leave', async () => {
      const [room, name] = [fresh('room'), fresh('mallory')];
      const [witness, mallory] = [new JsonLinesClient(it.portOf(3)), new JsonLinesClient(it.portOf(3))];
      await witness.request('welcome', { type: 'hello', token: `user:${fresh('witness')}` });
      await mallory.request('welcome', { type: 'hello', token: `user:${name}` });
      for (const client of [witness, mallory]) await client.request('joined', { type: 'join', room });
      mallory.write(Buffer.from(`{"type":"send","room":"${room}","text":"${hush}`));
      await witness.settled();
      mallory.cut();
      await witness.find('leave', ({ type, left }) => type === 'presence' && JSON.stringify(left).includes(name));
      await it.exchange();
      await witness.settled();
      expect(witness.of('presence').map(({ joined, left }) => [joined, left])).toEqual([
        [[expect.objectContaining({ name })], []],
        [[], [expect.objectContaining({ name })]],
      ]);
      expect(texts(witness, room)).toEqual([]);
    });

    attack('a person can do nothing but log in, and has a minute for it', async () => {
      const person = new Person(it.portOf(2));
      const began = performance.now();
      await person.sees(/^! UNAUTHENTICATED /);
      person.say('/join lobby', hush, '/help');
      await person.sees(/\/help {2}lists the commands/);
      await person.closed();
      expect(person.lines.filter((line) => /Joined|Welcome/.test(line))).toEqual([]);
      expect(person.lines.at(-1)).toMatch(/^! HELLO_TIMEOUT /);
      // Sixty seconds of a clock that runs twenty times as fast.
      expect(performance.now() - began).toBeGreaterThan(2_500);
    });

    attack('a person who logs in stays', async () => {
      const person = new Person(it.portOf(2));
      await person.sees(/^! UNAUTHENTICATED /);
      person.say(`/auth ${hush}`, '/auth user:alice');
      await person.sees(/^\* Welcome, alice\./);
      expect(person.lines.filter((line) => line.startsWith('! '))).toEqual([
        expect.stringMatching(/^! UNAUTHENTICATED /),
        expect.stringMatching(/^! UNAUTHENTICATED /),
      ]);
    });
  });
}
