import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Why an upgrade is refused. */
export interface Refusal {
  readonly status: number;
  /** A sentence for whoever reads it. */
  readonly message: string;
  readonly headers?: { readonly [name: string]: string };
}

/** Answers an upgrade that is not to be (RFC 6455, 4.2.2), and ends the connection. */
export function refuse(socket: Duplex, { status, message, headers = {} }: Refusal): void {
  const body = `${message}\n`;
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  // A reset is one way for it to end, and without a listener would end the process.
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
