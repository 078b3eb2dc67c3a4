// A transport of one's own: whoever sits at the server's terminal shares the rooms with those who come over TCP.
//
//   node --import tsx examples/custom-transport.ts 127.0.0.1:8080      and elsewhere: telnet 127.0.0.1 8080

import { createInterface } from 'node:readline';
import { ChatHub, type Framing, lines, type Transport } from 'chathub';
import { tcp } from 'chathub/tcp';

/** How payloads become bytes: lines. One object for all connections lets the hub frame a broadcast once for them all. */
const framing: Framing = {
  frame(payloads) {
    const framed = payloads.map((payload) => Buffer.from(`${payload}\n`));
    let end = 0;
    return { bytes: Buffer.concat(framed), ends: framed.map(({ length }) => (end += length)) };
  },
};

/** A transport brings connections to `accept`: this one a single one, as soon as it starts. */
const terminal: Transport = {
  name: 'terminal',
  addresses: [],
  async start(accept, { limits }) {
    const input = createInterface({ input: process.stdin });
    let open = true;
    const hangUp = () => {
      // Not at once, since this is the hub's own call; and not twice.
      if (open) queueMicrotask(() => handler?.closed('ended'));
      open = false;
      input.close();
    };
    // The writing side of the connection is ours, for the hub to call; the reading side is the hub's.
    const handler = accept({
      transport: 'terminal',
      protocol: lines(),
      framing,
      remoteAddress: undefined,
      secure: true,
      // Writing to a terminal is synchronous: nothing ever waits. Of a socket these tell, and drained() says "go on".
      bufferedBytes: 0,
      blocked: false,
      write: (bytes) => void (open && process.stdout.write(bytes)),
      pause: () => void input.pause(),
      resume: () => void (open && input.resume()),
      close: hangUp,
      terminate: hangUp,
    });
    const fits = (line: string) => Buffer.byteLength(line) <= limits.frameBytes;
    input.on('line', (line) => handler?.receive(fits(line) ? line : { bad: 'TOO_LONG' }, framing));
    input.on('close', () => open && handler?.ended()); // Ctrl-D: nothing more comes, but answers may be under way
  },
  async stop() {}, // nobody else can come; connections are the hub's to close
};

const hub = new ChatHub();
hub.on('connect', ({ member }) => member.join('lobby', { history: 10 }));
const [, host = '', port] = /^\[?(.+?)\]?:(\d+)$/.exec(process.argv[2] ?? '127.0.0.1:8080') ?? [];
await hub.listen(tcp({ host, port: Number(port) }), terminal);
console.log(`Listening on: ${hub.status().addresses.map((address) => new URL(address).host)}`);
