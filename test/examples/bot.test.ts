import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ChatError, ChatHub, type Policies } from 'chathub';
import { webSocket } from 'chathub/websocket';
import { expect, onTestFinished, test } from 'vitest';
import type { Program } from '../integration/program.js';
import { example } from '../integration/servers.js';

/** A chat on a server that can lose its connections. */
async function chat(policies: Policies<{ id: string }> = {}) {
  const hub = new ChatHub({ policies });
  // Once the hub is closed, upgrades come here.
  const server = createServer((_request, response) => response.destroy());
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await hub.listen(webSocket({ server, path: '/chat' }));
  onTestFinished(async () => {
    await hub.close({ signal: AbortSignal.abort() });
    server.close();
  });
  const cut = () => {
    for (const socket of sockets.splice(0)) socket.destroy();
  };
  return { hub, cut, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/chat` };
}

/** Says something in the lobby, and resolves with what the bot answers. */
async function ask(hub: ChatHub, text: string): Promise<string> {
  const lobby = hub.room('lobby');
  const answer = new Promise<string>((resolve) => {
    lobby.on('message', function hear({ text, message: { from } }) {
      if (from.name !== 'bot') return;
      lobby.off('message', hear);
      resolve(text);
    });
  });
  await lobby.send(text, { from: { name: 'alice' } });
  return answer;
}

async function botIn(url: string): Promise<Program> {
  const bot = example('bot', url, 'lobby');
  await bot.prints(/^connecting\nonline\nIn lobby, as bot\n$/);
  return bot;
}

test('answers commands', async () => {
  const { hub, url } = await chat();
  await botIn(url);
  expect(await ask(hub, '!help')).toMatch(/^I know !help, /);
  expect(await ask(hub, '!time')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  expect(await ask(hub, '!count')).toBe('We are 1.');
  expect(await ask(hub, '!roll 2d6')).toMatch(/^2d6: [1-6] \+ [1-6] = \d+$/);
  expect(await ask(hub, '!roll 3d1')).toBe('3d1: 1 + 1 + 1 = 3');
  for (const dice of ['', '0d6', '2d0', '999d6', '-1d6', 'constructor'])
    expect(await ask(hub, `!roll ${dice}`), dice).toBe('Say !roll 2d6.');
});

test('has nothing to say to what is no command of its, or of itself', async () => {
  const { hub, url } = await chat();
  await botIn(url);
  const [me] = await hub.room('lobby').members();
  for (const text of ['hello', '!', '!nothing', '!constructor', ' !time']) await hub.room('lobby').send(text);
  await hub.room('lobby').send('!time', { from: me! });
  // Were any of those answered, that would come first.
  expect(await ask(hub, '!count')).toBe('We are 1.');
});

test('comes back by itself, and answers what was asked meanwhile, once', async () => {
  const { hub, url, cut } = await chat();
  const bot = await botIn(url);
  const [me] = await hub.room('lobby').members();
  cut();
  expect(await ask(hub, '!roll 1d1')).toBe('1d1: 1 = 1');
  await bot.prints(/\noffline: [^\n]+ Again in \d+ ms\.\nconnecting\nonline\n$/);
  expect(await hub.room('lobby').members()).toEqual([me]);
  expect(await ask(hub, '!count')).toBe('We are 1.');
});

test('Ctrl-C ends it, and its session at once', async () => {
  const { hub, url } = await chat();
  const bot = await botIn(url);
  const left = new Promise<string>((resolve) => hub.on('disconnect', ({ member }) => resolve(member.name)));
  bot.kill('SIGINT');
  expect(await bot.exit()).toEqual({ code: 0, signal: null });
  expect(bot.stdout).toMatch(/\nclosed\n$/);
  expect(bot.stderr).toBe('');
  expect(await left).toBe('bot');
});

test('Ctrl-C ends it when there is no server, too', async () => {
  const { hub, url } = await chat();
  await hub.close();
  const bot = example('bot', url);
  await bot.prints(/^connecting\noffline: /);
  bot.kill('SIGINT');
  expect(await bot.exit()).toEqual({ code: 0, signal: null });
  expect(bot.stderr).toBe('');
});

test('ends when it is taken out of the room', async () => {
  const { hub, url } = await chat();
  const bot = await botIn(url);
  const [me] = await hub.room('lobby').members();
  await (await hub.member(me!.id))?.leave('lobby');
  expect(await bot.exit()).toEqual({ code: 0, signal: null });
});

test('a room or a server that does not want it is an error of one line, and exit code 1', async () => {
  const join = () => {
    throw new ChatError('FORBIDDEN', 'No bots.');
  };
  const unwanted = example('bot', (await chat({ join })).url);
  expect(await unwanted.exit()).toEqual({ code: 1, signal: null });
  expect(unwanted.stderr).toBe('FORBIDDEN No bots.\n');
  const authenticate = () => {
    throw new ChatError('UNAUTHENTICATED');
  };
  const guest = example('bot', (await chat({ authenticate })).url);
  expect(await guest.exit()).toEqual({ code: 1, signal: null });
  expect(guest.stderr).toMatch(/^UNAUTHENTICATED [^\n]+\n$/);
  const nowhere = example('bot', 'nowhere');
  expect(await nowhere.exit()).toEqual({ code: 1, signal: null });
  expect(nowhere.stderr).toMatch(/^[^\n]*Invalid URL\n$/);
});
