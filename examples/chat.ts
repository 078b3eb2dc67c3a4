// A chat server with rules of its own, in rooms, over TCP.
//
//   npm run example:chat -- 127.0.0.1:8080      and in two other terminals: telnet 127.0.0.1 8080

import { ChatError, ChatHub } from 'chathub';
import { tcp } from 'chathub/tcp';

const hub = new ChatHub({
  // Policies decide. They are asked before anything happens, may be async, and refuse by throwing.
  policies: {
    nick: ({ name }) => {
      if (name.length < 3) throw new ChatError('BAD_NAME', 'Names here have three letters or more.');
    },
    join: ({ member, room }) => {
      if (room === 'staff' && member.guest) throw new ChatError('FORBIDDEN', 'The staff room is not for guests.');
    },
    // What this gives back is what is stored and sent: it may be another text, and null is a refusal.
    send: ({ message }) => ({ ...message, text: message.text.replace(/\bdarn\b/gi, '****') }),
  },
  // Limits have sensible defaults (`chathub serve --help` lists them); here rooms remember less.
  limits: { history: 100 },
});

// Events tell, after the fact. Methods act: they ask no policy.
hub.on('connect', async ({ member }) => {
  await member.join('lobby', { history: 10 });
  member.send('The house rules: be kind. /join ROOM opens a room of your own.');
});

hub.on('rename', ({ name, was }) => console.log(`${was} is now ${name}`));

// A bot needs no connection: it listens to a room, and speaks in it.
hub.room('lobby').on('message', ({ text }) => {
  if (text === '!time') hub.room('lobby').send(new Date().toISOString(), { from: { name: 'clock' } });
});

try {
  const [, host = '', port] = /^\[?(.+?)\]?:(\d+)$/.exec(process.argv[2] ?? '127.0.0.1:8080') ?? [];
  // Without a protocol, tcp() speaks lines(): text is a message, /help lists the commands.
  const { addresses } = await hub.listen(tcp({ host, port: Number(port) }));
  for (const address of addresses) console.log(`Listening on: ${new URL(address).host}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

// On Ctrl-C, people are told to come back later. Nothing keeps the process alive then.
process.on('SIGINT', () => hub.close());
