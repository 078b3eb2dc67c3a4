import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';
import { enter, RawClient, telnet } from '../integration/clients.js';
import { serveWeb } from '../integration/servers.js';
import { lacksChromium, launch, Tab } from './tab.js';

describe.skipIf(lacksChromium)('people in browsers', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test.skipIf(missingTools().includes('telnet'))('talk with each other and with telnet in one room', async () => {
    const { web, port } = await serveWeb();
    const carol = await telnet(port);
    await enter(carol, 'carol', 1);
    const alice = await Tab.enter(browser, web, 'alice');
    await carol.hears('[lobby] * alice joined (2 here)');
    const bob = await Tab.enter(browser, web, 'bob');
    await carol.hears('[lobby] * bob joined (3 here)');

    await alice.say('hello from a browser');
    await bob.reads('hello from a browser');
    await carol.hears('[lobby] alice: hello from a browser');
    carol.say('hello from a terminal');
    await alice.reads('hello from a terminal');
    await bob.say('/me waves');
    await carol.hears('[lobby] * bob waves');
    await alice.reads('bob waves');
    await alice.textField.fill('two');
    await alice.page.keyboard.press('Shift+Enter');
    await alice.page.keyboard.type('lines');
    await alice.page.keyboard.press('Enter');
    await carol.hears('[lobby] alice: two', '[lobby] alice| lines');
    await expect.poll(() => bob.messages.last().locator('.text').textContent()).toBe('two\nlines');
  });

  test('see what others write as text, whatever it is', async () => {
    const { web, port } = await serveWeb();
    const mallory = new RawClient(port);
    await enter(mallory, 'mallory', 1);
    const alice = await Tab.enter(browser, web, 'alice');
    const texts = [
      '<script>alert(1)</script>',
      '<img src=x onerror="alert(2)">',
      '"><svg onload=alert(3)> &lt;b&gt; &amp;',
      '👩‍👩‍👧‍👦 🇵🇹 ✊🏽',
      'مرحبا بالعالم',
      'javascript:alert(4)',
    ];
    for (const text of texts) {
      mallory.say(text);
      await alice.reads(text);
    }
    expect(await alice.log.locator('script, img, svg, b, a').count()).toBe(0);
    const arabic = alice.log.getByText('مرحبا بالعالم', { exact: true });
    expect(await arabic.evaluate((text) => text.matches(':dir(rtl)'))).toBe(true);
    mallory.say('see (https://example.com/a?b=1), or http://localhost/<script>.');
    const links = alice.log.getByRole('link');
    await links.nth(1).waitFor();
    expect(await links.evaluateAll((all) => all.map(({ href, rel, target }) => [href, rel, target]))).toEqual([
      ['https://example.com/a?b=1', 'noopener noreferrer nofollow', '_blank'],
      ['http://localhost/', 'noopener noreferrer nofollow', '_blank'],
    ]);
  });

  test('see who is here, who is typing, and other names', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.seesPeople('alice');
    const bob = await Tab.enter(browser, web, 'bob');
    await alice.seesPeople('alice', 'bob');

    await bob.textField.pressSequentially('he');
    await alice.page.getByText('bob is typing…').waitFor();
    await bob.say('here I am');
    await alice.reads('here I am');
    await alice.page.getByText('bob is typing…').waitFor({ state: 'hidden' });

    await bob.page.getByRole('button', { name: 'Change your name' }).click();
    const field = bob.page.getByRole('textbox', { name: 'New name' });
    await field.fill('alice');
    await field.press('Enter');
    await bob.page.getByText(/alice.* is taken/).waitFor();
    await field.fill('robert');
    await field.press('Enter');
    await alice.seesPeople('alice', 'robert');
    await bob.seesPeople('alice', 'robert');
    await bob.say('/nick rob');
    await alice.seesPeople('alice', 'rob');
    // However it was taken, it is the one to be asked for again.
    await expect.poll(() => bob.page.evaluate("localStorage.getItem('chathub.name')")).toBe('rob');
  });

  test('see how many are here where there are too many to list', async () => {
    const { web } = await serveWeb('--limit', 'presenceDetail=1');
    const alice = await Tab.enter(browser, web, 'alice');
    await Tab.enter(browser, web, 'bob');
    await alice.page.getByRole('complementary').getByText('2 people are here: too many to list.').waitFor();
    await alice.page.getByRole('main').getByText('2 people are here', { exact: true }).waitFor();
  });

  test('are told by the page when a name is taken, and are guests then', async () => {
    const { web } = await serveWeb();
    await Tab.enter(browser, web, 'alice');
    const other = await Tab.enter(browser, web, 'Alice');
    await other.page
      .getByRole('status')
      .getByText(/is taken/)
      .waitFor();
    const [name = ''] = await other.page
      .getByRole('complementary')
      .getByText(/^guest-/)
      .allTextContents();
    expect(name).toMatch(/^guest-[0-9a-f]{4}$/);
  });

  test('see how many messages they have not read, room by room', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.join('garden');
    const bob = await Tab.enter(browser, web, 'bob');
    await bob.say('one');
    await alice.entry('lobby, 1 unread').waitFor();
    await bob.say('two');
    await alice.entry('lobby, 2 unread').waitFor();
    expect(await alice.page.title()).toBe('(2) #garden · ChatHub');
    await alice.entry('lobby, 2 unread').click();
    await alice.reads('two');
    await alice.entry('lobby').waitFor();
    expect(await alice.log.getByText('New', { exact: true }).count()).toBe(1);
    await expect.poll(() => alice.page.title()).toBe('#lobby · ChatHub');
  });

  test('talk in private, beside the rooms', async () => {
    const { web, port } = await serveWeb();
    const carol = new RawClient(port);
    await enter(carol, 'carol', 1);
    const alice = await Tab.enter(browser, web, 'alice');
    await carol.hears(/alice joined/);
    await alice.page.getByRole('complementary').getByRole('button', { name: 'carol' }).click();
    await alice.page.getByRole('heading', { name: 'carol', exact: true }).waitFor();
    await alice.say('psst');
    await carol.hears('(direct) alice: psst');
    await alice.entry('lobby').click();
    carol.say('/msg alice yes?');
    await alice.entry('carol, 1 unread').click();
    await alice.reads('yes?');
    await alice.reads('psst');
    await alice.say('/msg carol by name');
    await carol.hears('(direct) alice: by name');
  });
});
