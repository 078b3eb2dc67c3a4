import { connect } from 'node:tls';
import { describe, expect } from 'vitest';
import { type Arena, type Attack, hush } from '../arena.js';
import { fresh, Person } from '../people.js';

/** The signature of version 2 of the PROXY protocol, and a header of an IPv4 connection from 192.0.2.1. */
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n');
const proxied = Buffer.from([0x21, 0x11, 0, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0x1f, 0x90, 0x1f, 0x91]);

const clientHello = '\x16\x03\x01\x02\x00\x01\x00\n\x01\xfc\x03\x03';

/** What some other protocol begins with, at the port of lines. */
export function tcpOpenings(it: Arena, attack: Attack): void {
  /** The opening, with commands behind it as an attacker would put them there. Throws when one of them was done. */
  async function closes(opening: string | Uint8Array): Promise<void> {
    const [room, name] = [fresh('ops'), fresh('evil')];
    const witness = await Person.enter(it.port, fresh('witness'), room);
    const mallory = new Person(it.port);
    mallory.write(Buffer.from(opening as Uint8Array));
    mallory.write(`/join ${room}\r\n${hush}\r\n/nick ${name}\r\n`);
    await mallory.until('end, or an answer', () => {
      if (mallory.lines.some((line) => line.includes(name))) throw new Error('The commands were done.');
      return mallory.socket.closed || undefined;
    });
    expect(await witness.settled()).toEqual([]);
    // Had it been taken, nobody else could have it for a while.
    witness.say(`/nick ${name}`);
    await witness.sees(new RegExp(`^\\* You are now known as ${name}\\.$`));
  }

  describe('TCP: first bytes', () => {
    for (const request of [
      'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    ])
      attack(`${JSON.stringify(request.split('\r', 1)[0])} close, and nothing is done`, () => closes(request));

    attack('of a TLS ClientHello close, and nothing is done', () => closes(Buffer.from(clientHello, 'latin1')));

    attack('of a real TLS client close', async () => {
      const client = connect({ host: '127.0.0.1', port: it.port, rejectUnauthorized: false });
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => client.on('error', resolve));
      expect(error.code).toMatch(/^(ECONNRESET|EPROTO|ERR_SSL_.*)$/);
    });

    for (const [what, opening] of [
      ['PROXY TCP4', 'PROXY TCP4 192.0.2.1 192.0.2.2 8080 8081\r\n'],
      ['PROXY TCP6', 'PROXY TCP6 2001:db8::1 2001:db8::2 8080 8081\r\n'],
      ['PROXY UNKNOWN', 'PROXY UNKNOWN\r\n'],
      ['a malformed PROXY', 'PROXY TCP4 nowhere\r\n'],
      ['a PROXY header of version 2', Buffer.concat([signature, proxied])],
      ['a PROXY header of version 2 that breaks off', signature],
    ] as const) {
      attack(`of ${what}, from a peer that is no proxy of ours, close, and nothing is done`, () => closes(opening));
    }
  });
}
