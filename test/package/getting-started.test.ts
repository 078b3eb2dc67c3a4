import { type ChatClient, connect } from 'chathub/client';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { EmptyProject } from './empty-project.js';
import { addressesIn, programs, projectOfSteps } from './steps.js';
import { answerOf, runnable, shownTo } from './talk.js';

const [echo = '', chat = '', rules = '', whole = '', ...more] = programs('server');
const [bot = ''] = programs('client');

let project: EmptyProject;

beforeAll(async () => {
  project = await projectOfSteps();
});
afterAll(() => project.remove());

/** Starts a server of the page; gives where it listens, TCP first. */
async function start(server: string): Promise<readonly [string, string]> {
  return addressesIn(await project.start(runnable(server), 'server.js'));
}

function clientOf(url: string, token?: string): ChatClient {
  const client = connect(url, { token, WebSocket });
  onTestFinished(() => client.close());
  return client;
}

test('it has four servers', () => {
  expect(more).toEqual([]);
});

test('the echo server gives back what it gets', async () => {
  const [address] = await start(echo);
  expect(await answerOf(address, 'hello\nagain\n')).toBe('hello\nagain\n');
});

test('the chat has people and a bot in one lobby', async () => {
  const [address, url] = await start(chat);
  const listener = clientOf(url);
  const lobby = await listener.join('lobby');
  const heard: string[] = [];
  lobby.on('message', ({ from, text }) => heard.push(`${from.name}: ${text}`));

  expect(await shownTo(address, '/nick alice', 'hello', '/quit')).toEqual([
    expect.stringMatching(/^\* Welcome, guest-\w+\. \/help lists the commands\./),
    '* Joined lobby (2 here).',
    '* You are now known as alice.',
  ]);
  const program = bot.replace(/'ws:[^']*'/, `'${url}'`);
  expect(await project.start(program, 'bot.js')).toBe('alice: hello');
  await expect.poll(() => heard).toEqual(['alice: hello', 'bot: Here I am.']);
});

test('the rules hold for guests, and for who has logged in', async () => {
  const [address, url] = await start(rules);
  expect(
    await shownTo(address, '/join staff', '/join kitchen', 'see http://example.com', 'darn', '/auth poppies', '/quit'),
  ).toEqual([
    expect.stringMatching(/^\* Welcome, guest-/),
    '* Joined lobby (1 here).',
    '! FORBIDDEN The staff room is for who has logged in.',
    '! NO_SUCH_ROOM The rooms are lobby and staff.',
    '! FORBIDDEN Guests may post no links.',
    '! UNAUTHENTICATED That token is not known here.',
  ]);
  expect(await shownTo(address, '/auth poppy', '/join staff', 'see http://example.com', '/quit')).toEqual([
    expect.stringMatching(/^\* Welcome, guest-/),
    '* Joined lobby (1 here).',
    expect.stringMatching(/^\[lobby\] guest-\w+: \*\*\*\*$/),
    // Another session, which is shown the lobby, too.
    expect.stringMatching(/^\* Welcome, bob\./),
    '* Joined lobby (1 here).',
    expect.stringMatching(/^\[lobby\] guest-\w+: \*\*\*\*$/),
    '* Joined staff (1 here).',
  ]);
  const alice = clientOf(url, 'sesame');
  const staff = await alice.join('staff', { history: 10 });
  const { messages } = await staff.history();
  expect(messages.map(({ from, text }) => `${from.name}: ${text}`)).toEqual(['bob: see http://example.com']);
  await staff.delete(messages[0]?.id ?? ''); // she is a moderator
});

describe('the server with a page', () => {
  test('serves the page, and the client as one module', async () => {
    const [, url] = await start(whole);
    const at = (path: string) => fetch(new URL(path, url.replace('ws:', 'http:')));
    expect(await (await at('/')).text()).toContain('{ "imports": { "chathub/client": "/client.js" } }');
    expect((await at('/page.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect((await at('/server.js')).status).toBe(404);
    const client = await (await at('/client.js')).text();
    expect(client).toMatch(/^export \{/m);
    expect(client).not.toMatch(/^import\b|\bfrom ['"]|\bimport\(/m);
  });

  test('has what was said when it is started again', async () => {
    const first = await project.launch(runnable(whole), 'server.js');
    await shownTo(addressesIn(first.line)[0], 'for tomorrow', '/quit');
    await first.end();
    const [address] = await start(whole);
    expect(await shownTo(address, '/quit')).toContainEqual(
      expect.stringMatching(/^\[lobby\] guest-\w+: for tomorrow$/),
    );
  });
});
