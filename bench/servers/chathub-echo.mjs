// The echo example as it is measured.
//
//   node bench/servers/chathub-echo.mjs PORT

const dist = new URL(process.env.CHATHUB_DIST ?? '../../dist/', import.meta.url);
const { ChatHub, plainText } = /** @type {typeof import('chathub')} */ (await import(new URL('index.js', dist).href));
const { tcp } = /** @type {typeof import('chathub/tcp')} */ (await import(new URL('tcp.js', dist).href));

const hub = new ChatHub();
hub.on('message', ({ member, text }) => member.send(text));
await hub.listen(tcp({ host: '127.0.0.1', port: Number(process.argv[2]), protocol: plainText() }));
console.log('listening');
process.on('SIGTERM', () => process.exit());
