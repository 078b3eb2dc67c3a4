import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { arrive, enter, RawClient, telnet } from '../integration/clients.js';
import { serveWeb } from '../integration/servers.js';
import { lacksChromium, launch, Tab } from './tab.js';

const token = 'a-token-for-tests-0123456789';

/** What the console says of a request that was refused, or not answered. */
const refused = /Failed to load resource/;

/** A server, and its page for administrators, where somebody has come in. */
async function administered(browser: Browser, options: Parameters<typeof Tab.open>[2] = {}) {
  const server = await serveWeb('--admin-token', token);
  const { page } = await Tab.open(browser, `${server.web}/admin`, { allowed: refused, ...options });
  await logIn(page, token);
  await tile(page, 'Members').waitFor();
  return { ...server, page };
}

async function logIn(page: Page, with_: string): Promise<void> {
  await page.getByLabel('Token').fill(with_);
  await page.keyboard.press('Enter');
}

function tile(page: Page, title: string): Locator {
  return page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: title, exact: true }) });
}

/** The row of a table in which this stands. */
function row(page: Page, text: string): Locator {
  return page.getByRole('row').filter({ hasText: text });
}

async function confirm(page: Page, verb: string): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: verb, exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
}

describe.skipIf(lacksChromium)('an administrator in a browser', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('is asked for the token, is told when it is wrong, and need not say it again in this tab', async () => {
    const { web } = await serveWeb('--admin-token', token);
    const { page } = await Tab.open(browser, `${web}/admin`, { allowed: refused });
    await logIn(page, 'наверное-так');
    await page.getByText('A token has letters, digits and signs of ASCII, and no spaces.').waitFor();
    await logIn(page, 'not-the-token-0123456789');
    await page.getByText('This needs the token of --admin-token.').waitFor();
    expect(await page.getByRole('navigation').count()).toBe(0);
    await logIn(page, token);
    await tile(page, 'Members').waitFor();
    expect(page.url()).toBe(`${web}/admin`);
    await page.reload();
    await tile(page, 'Members').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Token').waitFor();
    expect(await page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]')).toEqual([0, 0, '']);
  });

  test.skipIf(missingTools().includes('telnet'))('sees who is in a room, and takes somebody out of it', async () => {
    const { page, port } = await administered(browser);
    const alice = await telnet(port);
    await enter(alice, 'alice', 1);
    const bob = new RawClient(port);
    await enter(bob, 'bob', 2);
    await page.getByRole('link', { name: 'lobby' }).click();
    await row(page, 'alice').waitFor();
    await page.getByRole('button', { name: 'Kick alice' }).click();
    await page.getByRole('textbox', { name: 'Reason' }).fill('enough for today');
    await confirm(page, 'Kick');
    await row(page, 'alice').waitFor({ state: 'detached' });
    await row(page, 'bob').waitFor();
    await expect.poll(() => alice.stdout).toContain('enough for today');
    await page.getByText('alice was taken out of lobby.').waitFor();
  });

  test('mutes somebody in a room, sees that it is so, and takes it back', async () => {
    const { page, port } = await administered(browser);
    const alice = new RawClient(port);
    await enter(alice, 'alice', 1);
    const bob = new RawClient(port);
    await enter(bob, 'bob', 2);
    await page.goto(`${page.url()}#room/lobby`);
    await page.getByRole('button', { name: 'Mute bob' }).click();
    await page.getByLabel('For how long').selectOption('A day');
    await confirm(page, 'Mute');
    const bans = page.getByRole('table', { name: 'Bans and mutes' });
    await bans.getByRole('cell', { name: 'Mute', exact: true }).waitFor();
    bob.say('hello');
    await expect.poll(() => bob.stdout).toContain('! MUTED');
    await bans.getByRole('button', { name: /^Lift/ }).click();
    await confirm(page, 'Unmute');
    await page.getByText('Nobody is banned or muted here.').waitFor();
    bob.say('hello again');
    await expect.poll(() => alice.stdout).toContain('[lobby] bob: hello again');
    expect(alice.stdout).not.toContain('bob: hello\n');
  });

  test('finds a member, bans its address, and lets it in again', async () => {
    const { page, port } = await administered(browser);
    const alice = new RawClient(port);
    await enter(alice, 'alice', 1);
    const bob = new RawClient(port);
    await enter(bob, 'bob', 2);
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByLabel('Name, address or id').fill('bob');
    await row(page, 'alice').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Ban bob' }).click();
    await page.getByLabel('Whom').selectOption('Whoever comes from 127.0.0.1');
    await confirm(page, 'Ban');
    for (const member of [alice, bob]) await member.closed();
    await page.getByRole('link', { name: 'Bans and mutes' }).click();
    await row(page, '127.0.0.1').waitFor();
    await page.getByRole('button', { name: 'Lift 127.0.0.1' }).click();
    await confirm(page, 'Unban');
    await page.getByText('Nobody is banned or muted everywhere.').waitFor();
    await arrive(new RawClient(port));
  });

  test('turns the pages of a long list, which is looked through on the server', async () => {
    const { page, port } = await administered(browser);
    for (let count = 1; count <= 55; count++) {
      const client = new RawClient(port);
      await arrive(client);
      client.say(`/nick m${String(count).padStart(2, '0')}`);
    }
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByText('1 to 50 of 55').waitFor();
    await row(page, 'm50').waitFor();
    await page.getByRole('button', { name: 'On', exact: true }).click();
    await page.getByText('51 to 55 of 55').waitFor();
    await row(page, 'm55').waitFor();
    expect(await page.getByRole('row').count()).toBe(6);
    await page.getByLabel('Name, address or id').fill('M5');
    await page.getByText('1 to 6 of 6').waitFor();
    await page.getByLabel('Slow ones only').check();
    await page.getByText('There is no such member on this node.').waitFor();
  });

  test('announces, which people in other tabs and at terminals see', async () => {
    const { page, port, web } = await administered(browser);
    const bob = new RawClient(port);
    await enter(bob, 'bob', 1);
    const alice = await Tab.enter(browser, web, 'alice');
    await page.getByRole('button', { name: 'Announce…' }).click();
    await page.getByRole('textbox', { name: 'Text' }).fill('Back in <b>five</b> minutes.');
    await confirm(page, 'Announce');
    await alice.reads('Back in <b>five</b> minutes.');
    await expect.poll(() => bob.stdout).toContain('[lobby] server: Back in <b>five</b> minutes.');
    await page.getByText('It was said in one room.').waitFor();
    await tile(page, 'Members').getByText('2', { exact: true }).waitFor();
  });

  test('ends the server when asked twice, and is told that it is gone', async () => {
    const { page, port, program } = await administered(browser);
    const bob = new RawClient(port);
    await enter(bob, 'bob', 1);
    await page.getByRole('button', { name: 'End the server…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'End the server…' }).click();
    await confirm(page, 'End it');
    await bob.hears(/Server is restarting/);
    expect(await program.exit()).toEqual({ code: 0, signal: null });
    await page.getByText('The server does not answer.').waitFor();
  });

  test('on a phone sees it all without scrolling sideways, and can do it by keys', async () => {
    const { page, port } = await administered(browser, { viewport: { width: 390, height: 844 } });
    const bob = new RawClient(port);
    await enter(bob, 'bob', 1);
    for (const list of ['#rooms', '#members', '#bans', '#server', '#room/lobby']) {
      await page.goto(page.url().replace(/#.*|$/, list));
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    }
    await row(page, 'bob').waitFor();
    await page.getByRole('button', { name: 'Kick bob' }).focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('by keys');
    await page.keyboard.press('Enter');
    await page.getByText('bob was taken out of lobby.').waitFor();
    await expect.poll(() => bob.stdout).toContain('by keys');
  });
});
