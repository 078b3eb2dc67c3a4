import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enter, RawClient } from '../integration/clients.js';
import { serveWeb } from '../integration/servers.js';
import { lacksChromium, launch, Tab } from './tab.js';

/** Presses Tab until this is focused; there are not so many stops on the way. */
async function tabTo(tab: Tab, name: string | RegExp): Promise<void> {
  for (let stops = 0; stops < 40; stops++) {
    await tab.page.keyboard.press('Tab');
    const label = await tab.page.evaluate<string>(
      'document.activeElement.getAttribute("aria-label") ?? document.activeElement.labels?.[0]?.textContent ?? document.activeElement.textContent',
    );
    if (typeof name === 'string' ? label === name : name.test(label)) return;
  }
  throw new Error(`No way leads to ${name}`);
}

describe.skipIf(lacksChromium)('the page can be used', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('by keyboard alone: to come in, join a room, say something, and leave again', async () => {
    const { web, port } = await serveWeb();
    const carol = new RawClient(port);
    await enter(carol, 'carol', 1);
    carol.say('/join garden');
    await carol.hears('* Joined garden (1 here).');
    const alice = await Tab.open(browser, web);
    await alice.page.keyboard.type('alice');
    await alice.page.keyboard.press('Enter');
    await alice.isIn('lobby');
    await tabTo(alice, 'Join a room');
    await alice.page.keyboard.press('Enter');
    await alice.page.keyboard.type('garden');
    await alice.page.keyboard.press('Enter');
    await alice.isIn('garden');
    // The message field has the focus then.
    await alice.page.keyboard.type('hello');
    await alice.page.keyboard.press('Enter');
    await carol.hears('[lobby] * alice joined (2 here)', '[garden] * alice joined (2 here)', '[garden] alice: hello');
    await tabTo(alice, 'Leave garden');
    await alice.page.keyboard.press('Enter');
    await carol.hears('[garden] * alice left (1 here)');
    await alice.isIn('lobby');
  });

  test('by keyboard alone: the first stop skips to the message field', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.page.reload();
    await alice.isIn('lobby');
    await alice.page.evaluate('document.activeElement.blur()');
    await tabTo(alice, 'Skip to the message field');
    await alice.page.keyboard.press('Enter');
    await alice.page.keyboard.type('skipped');
    await alice.page.keyboard.press('Enter');
    await alice.reads('skipped');
  });

  test('on 390 pixels: the conversations are a drawer, and nothing stands out to the side', async () => {
    const { web, port } = await serveWeb();
    const carol = new RawClient(port);
    await enter(carol, 'carol', 1);
    const alice = await Tab.enter(browser, web, 'alice', { viewport: { width: 390, height: 844 } });
    carol.say(`${'long'.repeat(100)} https://example.com/${'x'.repeat(300)}`);
    await alice.messages.first().waitFor();
    const width = () => alice.page.evaluate<number>('document.documentElement.scrollWidth');
    expect(await width()).toBe(390);
    const menu = alice.page.getByRole('button', { name: /^Conversations/ });
    const lobby = alice.page.getByRole('navigation').getByRole('button', { name: 'lobby' });
    expect(await lobby.isVisible()).toBe(false);
    await menu.click();
    await lobby.waitFor();
    expect(await menu.getAttribute('aria-expanded')).toBe('true');
    await alice.page.keyboard.press('Escape');
    await lobby.waitFor({ state: 'hidden' });
    await menu.click();
    await alice.join('garden');
    await lobby.waitFor({ state: 'hidden' });
    carol.say('news');
    const unread = alice.page.getByRole('button', { name: 'Conversations, some unread' });
    await unread.click();
    await alice.page
      .getByRole('navigation')
      .getByRole('button', { name: 'lobby, 2 unread' })
      .waitFor({ state: 'hidden' });
    await alice.page.getByRole('navigation').getByRole('button', { name: 'lobby, 1 unread' }).click();
    await alice.reads('news');
    await alice.page.getByRole('button', { name: /here: show who/ }).click();
    await alice.page.getByRole('complementary').getByText('carol').waitFor();
    expect(await width()).toBe(390);
    // A click beside all controls takes the focus out of the drawer; the keyboard leads out of it all the same.
    await alice.page.evaluate('document.activeElement.blur()');
    await alice.page.keyboard.press('Escape');
    await alice.page.getByRole('complementary').getByText('carol').waitFor({ state: 'hidden' });
  });

  test('in the light and in the dark', async () => {
    const { web } = await serveWeb();
    const ground = async (colorScheme: 'light' | 'dark') => {
      const tab = await Tab.open(browser, web, { colorScheme });
      return tab.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    };
    expect(await ground('light')).not.toBe(await ground('dark'));
  });
});
