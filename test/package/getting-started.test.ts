import { readFile } from 'node:fs/promises';
import { type ChatClient, connect } from 'chathub/client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { examplesIn } from '../../scripts/examples.mjs';
import { blocksIn } from '../../scripts/markdown.mjs';
import { lacksChromium, launch } from '../browser/tab.js';
import { EmptyProject } from './empty-project.js';
import { answerOf, runnable, shownTo } from './talk.js';

const file = 'docs/getting-started.md';
const examples = examplesIn('.').filter((example) => example.file === file);
const [echo = '', chat = '', rules = '', whole = '', ...more] = textsOf('server');
const [bot = ''] = textsOf('client');
const [pageScript = ''] = textsOf('page');

function textsOf(kind: string): readonly string[] {
  return examples.filter((example) => example.kind === kind).map(({ text }) => text);
}

let project: EmptyProject;

beforeAll(async () => {
  project = await EmptyProject.create();
  // Where Node.js has no driver for SQLite of its own.
  await project.link('libsql');
  const [html] = blocksIn({ file, text: await readFile(file, 'utf8') }).filter(({ language }) => language === 'html');
  await project.write('index.html', html?.text ?? '');
  await project.write('page.js', pageScript);
});
afterAll(() => project.remove());

/** Starts a server of the page; gives where it listens, TCP first. */
async function start(server: string): Promise<readonly [string, string]> {
  return addressesIn(await project.start(runnable(server), 'server.js'));
}

function addressesIn(line: string): readonly [string, string] {
  const [tcp = '', web = ''] = line.replace('Listening on ', '').split(' and ');
  return [tcp, web];
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

  test.skipIf(lacksChromium)('is a chat of two rooms in a browser, and what was said lasts', async () => {
    const browser = await launch();
    onTestFinished(() => browser.close());
    const [address, url] = await start(whole);

    const alice = await visitor(browser, url, 'sesame');
    await alice.say('staff', 'alice is in');
    await shownTo(address, 'hello from a terminal', '/quit');
    await alice.hears('lobby', /^guest-\w+: hello from a terminal$/);
    const mallory = await visitor(browser, url, 'sesam');
    await mallory.page.getByText('That token is not known here.').waitFor();
    const guest = await visitor(browser, url, '');
    await guest.hears('lobby', /hello from a terminal$/);
    await guest.page.getByText('The staff room is for who has logged in.').waitFor();
    expect(await guest.page.locator('#staff').isVisible()).toBe(false);
    expect([...alice.complaints, ...guest.complaints]).toEqual([]);
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

/** A tab with the page, where somebody has come in with this token. */
async function visitor(browser: Browser, url: string, token: string) {
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    // A browser asks for an icon by itself.
    if (message.type() === 'error' && !message.location().url.endsWith('/favicon.ico')) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(new URL('/', url.replace('ws:', 'http:')).href);
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Come in' }).click();
  return {
    page,
    complaints,
    hears: (room: string, text: string | RegExp) => page.locator(`#${room} li`).filter({ hasText: text }).waitFor(),
    async say(room: string, text: string): Promise<void> {
      await page.getByLabel(`Message to ${room}`).fill(text);
      await page.locator(`#${room}`).getByRole('button', { name: 'Send' }).click();
      await page.locator(`#${room} li`).filter({ hasText: text }).waitFor();
    },
  };
}
