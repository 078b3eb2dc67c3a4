import { Duplex } from 'node:stream';

/** The far end of a connection without a socket. */
export class PeerWithoutSocket extends Duplex {
  readonly #heard: Buffer[] = [];

  say(bytes: Uint8Array): Promise<void> {
    // As a socket's, the bytes are the reader's own: `ws` unmasks them where they are.
    this.push(Buffer.from(bytes));
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** The status of the answer to the upgrade, its head and what is behind that. */
  answer(): { readonly status: number; readonly head: string; readonly rest: Buffer } {
    const all = Buffer.concat(this.#heard);
    const end = all.indexOf('\r\n\r\n');
    const head = all.toString('latin1', 0, end);
    return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]), head, rest: all.subarray(end + 4) };
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    this.#heard.push(bytes);
    done();
  }
}

type Headers = { readonly [name: string]: string | undefined };

/** A request to become a WebSocket, as `node:http` would give it, and what is different about it. */
export function upgradeOf(socket: Duplex, different: Headers = {}, more: object = {}): object {
  const all: Headers = {
    host: 'chat.test',
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...different,
  };
  const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  return { method: 'GET', url: '/', headers, rawHeaders: Object.entries(headers).flat(), socket, ...more };
}
