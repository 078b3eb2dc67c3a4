import { connect, type Socket } from 'node:net';

/** Somebody at a terminal, who reads one room and never comes back when the connection ends. */
export class Reader {
  readonly room: string;
  shown = '';
  readonly #socket: Socket;

  constructor(port: number, room: string) {
    this.room = room;
    this.#socket = connect({ port, host: '127.0.0.1' });
    this.#socket.on('data', (bytes) => {
      this.shown += bytes;
    });
    this.#socket.on('error', () => undefined);
    this.#socket.write(`/join ${room} 0\n`);
  }

  get open(): boolean {
    return !this.#socket.destroyed;
  }

  close(): void {
    this.#socket.destroy();
  }
}
