import { connect, type Socket } from 'node:net';
import type { Ledger } from '../checker/ledger.js';

/** Somebody at a terminal, who reads one room and never comes back when the connection ends. */
export class Reader {
  readonly room: string;
  /** What the server calls it, once it has said so. */
  name: string | undefined;
  lines = 0;
  readonly #who: string;
  readonly #ledger: Ledger;
  readonly #socket: Socket;
  readonly #message: RegExp;
  /** A line that has not come to its end. */
  #torn = '';

  constructor(who: string, port: number, room: string, ledger: Ledger) {
    this.room = room;
    this.#who = who;
    this.#ledger = ledger;
    this.#message = new RegExp(`^\\[${room}\\] [^:]+: (\\w+ \\d+)$`);
    ledger.note({ fact: 'in', who, room });
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.on('data', (bytes) => this.#take(String(bytes)));
    this.#socket.on('error', () => undefined);
    this.#join();
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }

  #join(): void {
    this.#socket.write(`/join ${this.room} 0\n`);
  }

  #take(bytes: string): void {
    const lines = (this.#torn + bytes).split('\n');
    this.#torn = lines.pop() ?? '';
    for (const line of lines) this.#read(line.replace(/\r$/, ''));
  }

  #read(line: string): void {
    const { room } = this;
    const who = this.#who;
    const note = this.#ledger.note.bind(this.#ledger);
    const [, text] = this.#message.exec(line) ?? [];
    const [, skipped] = /^-- (\d+) messages? skipped in /.exec(line) ?? [];
    this.name ??= /^\* Welcome, (\S+)\. /.exec(line)?.[1];
    if (text !== undefined) {
      this.lines++;
      note({ fact: 'line', who, room, text });
    } else if (skipped !== undefined) note({ fact: 'skipped', who, room, count: Number(skipped) });
    else if (line === `-- ${room} begins anew --`) note({ fact: 'anew', who, room });
    // As a person would who was not let in yet.
    else if (line.startsWith('! ENGINE_UNAVAILABLE')) setTimeout(() => this.open && this.#join(), 500);
  }
}
