// ChatHub as it is measured: its defaults, but for the rates of one member, which the load generator exceeds.
//
//   node bench/servers/chathub.mjs PORT

const dist = new URL(process.env.CHATHUB_DIST ?? '../../dist/', import.meta.url);
const { ChatHub } = /** @type {typeof import('chathub')} */ (await import(new URL('index.js', dist).href));
const { webSocket } = /** @type {typeof import('chathub/websocket')} */ (
  await import(new URL('websocket.js', dist).href)
);

const hub = new ChatHub({
  limits: {
    sendsPerSecond: Number.POSITIVE_INFINITY,
    commandsPerSecond: Number.POSITIVE_INFINITY,
  },
});
await hub.listen(webSocket({ host: '127.0.0.1', port: Number(process.argv[2]) }));
console.log('listening');
process.on('SIGTERM', () => process.exit());
