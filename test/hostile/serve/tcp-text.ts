import { describe, expect } from 'vitest';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, Person, program, texts } from '../people.js';

/** What comes in lines over TCP: "TCP" of the page, as far as the lines are well-meant or mistaken. */
export function tcpText(it: Arena, attack: Attack): void {
  /** Two in a room of their own: one who does it, and one who hears what came of it. */
  async function two(): Promise<{ mallory: Person; witness: Person; name: string; room: string }> {
    const [room, name] = [fresh('room'), fresh('mallory')];
    const witness = await Person.enter(it.port, fresh('witness'), room);
    const mallory = await Person.enter(it.port, name, room);
    return { mallory, witness, name, room };
  }

  /** What the witness heard besides the arrival, once the other has had all its answers. */
  async function heard({ mallory, witness }: { mallory: Person; witness: Person }): Promise<readonly string[]> {
    await mallory.settled();
    return (await witness.settled()).slice(1);
  }

  describe('TCP: text', () => {
    attack('that comes byte by byte is the same as text that comes whole', async () => {
      const { mallory, witness, name, room } = await two();
      const line = Buffer.from(`naïve 🙂 ${hush}\r\n`);
      mallory.write(line);
      await mallory.writeEach(line);
      const shown = `[${room}] ${name}: naïve 🙂 ${hush}`;
      expect(await heard({ mallory, witness })).toEqual([shown, shown]);
    });

    attack('of 200 lines in a segment is done, all of it and in order', async () => {
      const { mallory } = await two();
      const names = Array.from({ length: 200 }, (_, index) => `${fresh('nick')}-of-${index}`);
      mallory.say(...names.map((name) => `/nick ${name}`));
      const answers = await mallory.settled();
      expect(answers).toEqual(names.map((name) => `* You are now known as ${name}.`));
    });

    for (const [what, sign] of [
      ['a bare CR', '\r'],
      ['a NUL', '\0'],
    ] as const) {
      attack(`with ${what} in it is an error, and nobody hears of it`, async () => {
        const { mallory, witness } = await two();
        mallory.say(`a${sign}b ${hush}`);
        expect(await mallory.settled()).toEqual(['! BAD_FRAME That frame is not allowed here.']);
        expect(await heard({ mallory, witness })).toEqual([]);
      });
    }

    for (const [what, bytes] of [
      // Doubled: to telnet, one alone begins a command.
      ['FF', [0xff, 0xff]],
      ['C0 AF', [0xc0, 0xaf]],
      ['ED A0 80', [0xed, 0xa0, 0x80]],
    ] as const) {
      attack(`that is no UTF-8, ${what}, is an error, and nobody hears of it`, async () => {
        const { mallory, witness } = await two();
        mallory.write(Buffer.from([0x61, ...bytes, 0x62, 0x0a]));
        expect(await mallory.settled()).toEqual(['! BAD_UTF8 Invalid UTF-8 detected.']);
        expect(await heard({ mallory, witness })).toEqual([]);
      });
    }

    attack('with a single FF is a command of telnet, and never becomes U+FFFD', async () => {
      const { mallory, witness, name, room } = await two();
      mallory.write(Buffer.from([0x61, 0xff, 0xf1, 0x62, 0x0a]));
      expect(await heard({ mallory, witness })).toEqual([`[${room}] ${name}: ab`]);
    });

    for (const [what, text, shown] of [
      ['ESC', '\x1b[2J\x1b[31mred', 'red'],
      ['OSC', '\x1b]0;title\x07done', 'done'],
      ['C1', 'a\x9b31mb', 'ab'],
      ['BEL', 'ring\x07', 'ring'],
    ] as const) {
      attack(`with ${what} reaches terminals without it, and programs as it is`, async () => {
        const { mallory, witness, name, room } = await two();
        const other = await program(it.chat, fresh('other'), room);
        mallory.say(text);
        expect(await heard({ mallory, witness })).toEqual([
          expect.stringMatching(/ joined \(3 here\)$/),
          `[${room}] ${name}: ${shown}`,
        ]);
        await other.settled();
        expect(texts(other, room)).toEqual([text]);
      });
    }

    attack('of a line that is too long is an error, and the next line is read', async () => {
      const { mallory, witness, name, room } = await two();
      mallory.say('x'.repeat(70_000), 'short');
      expect(await mallory.settled()).toEqual(['! TOO_LONG That is too long.']);
      expect(await heard({ mallory, witness })).toEqual([`[${room}] ${name}: short`]);
    });

    attack(
      'of a line of 256 MB is not kept',
      async () => {
        const { mallory } = await two();
        const chunk = Buffer.alloc(1_048_576, 'x');
        for (let sent = 0; sent < 256; sent++) await new Promise((resolve) => mallory.socket.write(chunk, resolve));
        mallory.say('');
        expect(await mallory.settled()).toEqual(['! TOO_LONG That is too long.']);
      },
      { peak: 96 },
    );

    attack('whose author hangs up in mid-line is not delivered', async () => {
      const { mallory, witness, name, room } = await two();
      mallory.socket.end(`half a line ${hush}`);
      await witness.sees(new RegExp(`^\\[${room}\\] \\* ${name} left `));
      expect((await witness.settled()).slice(1)).toEqual([`[${room}] * ${name} left (1 here)`]);
    });

    attack('of 100,000 empty lines is read slowly, and its author stays', async () => {
      const { mallory, witness } = await two();
      const name = fresh('late');
      mallory.write('\n'.repeat(100_000));
      mallory.say(`/nick ${name}`);
      // As long as some remarks of the bystanders take: more than enough for a line that is not held back.
      for (let round = 0; round < 4; round++) await it.exchange();
      expect(mallory.lines.filter((line) => line.includes(name))).toEqual([]);
      expect(await witness.settled()).toHaveLength(1);
      expect(mallory.socket.closed).toBe(false);
    });
  });
}
