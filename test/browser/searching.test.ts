import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enter, RawClient } from '../integration/clients.js';
import { serveWeb } from '../integration/servers.js';
import { lacksChromium, launch, Tab } from './tab.js';

const unlimited = ['sendsPerSecond=off', 'commandsPerSecond=off', 'history=20000'].flatMap((limit) => [
  '--limit',
  limit,
]);

/** Looks for words in the dialog that is open already. */
async function lookFor(tab: Tab, words: string): Promise<void> {
  await tab.page.getByRole('textbox', { name: 'Words to look for' }).fill(words);
  await tab.page.keyboard.press('Enter');
}

const results = (tab: Tab) => tab.page.getByRole('list', { name: 'Found messages' }).getByRole('button');

describe.skipIf(lacksChromium)('somebody who searches', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('finds what was said in their rooms, and goes there', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    await bob.say('lunch at <b>noon</b>');
    await alice.join('garden');
    await bob.join('garden');
    await bob.say('no lunch here');
    await alice.reads('no lunch here');
    await alice.page.getByRole('button', { name: 'Search', exact: true }).click();
    await lookFor(alice, 'lunch');
    await alice.page.getByText('2 messages, newest first.').waitFor();
    expect(await results(alice).locator('.found-text').allTextContents()).toEqual([
      'no lunch here',
      'lunch at <b>noon</b>',
    ]);
    expect(await results(alice).locator('.found-place').allTextContents()).toEqual(['# garden', '# lobby']);
    await alice.page.getByRole('combobox', { name: 'Where to look' }).selectOption('# garden');
    await alice.page.getByText('1 message, newest first.').waitFor();
    await alice.page.getByRole('combobox', { name: 'Where to look' }).selectOption('All rooms');
    await results(alice).nth(1).click();
    await alice.isIn('lobby');
    await alice.log.locator('.message[data-found]').getByText('lunch at <b>noon</b>').waitFor();
    expect(await alice.message('lunch at').evaluate((row) => row.matches(':focus'))).toBe(true);
    await alice.say('/search nowhere');
    await alice.page.getByText('Nothing was found.').waitFor();
    await alice.page.keyboard.press('Escape');
    await alice.reads('lunch at <b>noon</b>');
  });

  test('finds what was said in private, and goes there', async () => {
    const { web, port } = await serveWeb();
    const carol = new RawClient(port);
    await enter(carol, 'carol', 1);
    const alice = await Tab.enter(browser, web, 'alice');
    await carol.hears(/alice joined/);
    carol.say('/msg alice the secret cake');
    await alice.entry('carol, 1 unread').waitFor();
    await alice.say('/search cake');
    await alice.page.getByText('Nothing was found.').waitFor();
    await alice.page.getByRole('combobox', { name: 'Where to look' }).selectOption('Direct messages');
    await results(alice).first().click();
    await alice.page.getByRole('heading', { name: 'carol', exact: true }).waitFor();
    await alice.log.locator('.message[data-found]').getByText('the secret cake').waitFor();
  });

  test('is given older ones until there are no more, and goes far back and to the latest again', async () => {
    const { web, port } = await serveWeb(...unlimited);
    const writer = new RawClient(port);
    await enter(writer, 'writer', 1);
    writer.say(
      ...Array.from({ length: 700 }, (_, index) => (index % 20 === 0 ? `needle ${index}` : `hay ${index}`)),
      '/who',
    );
    await writer.hears('* writer');
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.reads('hay 699');
    await alice.say('/search needle');
    await alice.page.getByText('The newest 20 messages, and there are older ones.').waitFor();
    const older = alice.page.getByRole('button', { name: 'Older ones' });
    await older.click();
    await alice.page.getByText('35 messages, newest first.').waitFor();
    await older.waitFor({ state: 'hidden' });
    const texts = await results(alice).locator('.found-text').allTextContents();
    expect(texts).toEqual(Array.from({ length: 35 }, (_, index) => `needle ${(34 - index) * 20}`));

    await results(alice).filter({ hasText: 'needle 100' }).click();
    await alice.log.locator('.message[data-found]').getByText('needle 100').waitFor();
    const inSight = () =>
      alice.message('needle 100').evaluate((row) => {
        const { top, bottom } = row.getBoundingClientRect();
        const rim = row.closest('#scroller')?.getBoundingClientRect();
        return rim !== undefined && top >= rim.top && bottom <= rim.bottom;
      });
    expect(await inSight()).toBe(true);
    // What stands around it comes, and it stays where it is.
    await alice.log.getByText('hay 90', { exact: true }).waitFor();
    await alice.log.getByText('hay 135', { exact: true }).waitFor();
    expect(await inSight()).toBe(true);
    // What is said now is somewhere else.
    writer.say('news');
    await alice.page.getByRole('button', { name: '1 new' }).click();
    await alice.reads('news');
    await alice.log.getByText('needle 100', { exact: true }).waitFor({ state: 'detached' });
    await alice.say('here again');
    await alice.reads('here again');
  });

  test('is told in a sentence what the server does not take', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.say('/search ?');
    await alice.page.getByRole('alert').getByText('There is no word to look for.').waitFor();
    await lookFor(alice, 'a word');
    await alice.page.getByText('Nothing was found.').waitFor();
    await alice.page.getByText('There is no word to look for.').waitFor({ state: 'hidden' });
  });
});
