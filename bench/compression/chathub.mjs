// ChatHub as its compression is measured: messages may be long, and are of as many as say them.
//
//   node bench/compression/chathub.mjs PORT [compression]

const dist = new URL(process.env.CHATHUB_DIST ?? '../../dist/', import.meta.url);
const { ChatHub } = /** @type {typeof import('chathub')} */ (await import(new URL('index.js', dist).href));
const { webSocket } = /** @type {typeof import('chathub/websocket')} */ (
  await import(new URL('websocket.js', dist).href)
);

const [port, word] = process.argv.slice(2);
const hub = new ChatHub({
  limits: {
    sendsPerSecond: Number.POSITIVE_INFINITY,
    commandsPerSecond: Number.POSITIVE_INFINITY,
    messageBytes: 40_000,
    // What the longest message takes when all of it is escaped, and its data.
    frameBytes: 6 * 40_000 + 2 * 8_192,
    // A log of 1,000 such messages would be another thing to measure.
    history: 10,
  },
});
await hub.listen(webSocket({ host: '127.0.0.1', port: Number(port), compression: word === 'compression' }));
console.log('listening');
process.on('SIGTERM', () => process.exit());
