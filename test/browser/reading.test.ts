import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enter, RawClient } from '../integration/clients.js';
import { serveWeb } from '../integration/servers.js';
import { lacksChromium, launch, Tab } from './tab.js';

/** Nothing slows down who writes, and all of it is kept. */
const unlimited = ['sendsPerSecond=off', 'commandsPerSecond=off', 'history=20000'].flatMap((limit) => [
  '--limit',
  limit,
]);

/** Somebody at a terminal who has written so many lines. */
async function writer(port: number, lines: number): Promise<RawClient> {
  const client = new RawClient(port);
  await enter(client, 'writer', 1);
  client.say(...Array.from({ length: lines }, (_, index) => `line ${index + 1}`));
  // What comes after them is answered after them.
  client.say('/who');
  await client.hears('* writer');
  return client;
}

describe.skipIf(lacksChromium)('somebody who reads', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('is given what was said earlier by scrolling up, and stays where that was', async () => {
    const { web, port } = await serveWeb(...unlimited);
    await writer(port, 300);
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.reads('line 300');
    const scroller = alice.page.getByRole('region', { name: 'Messages', exact: true });
    await expect.poll(() => alice.messages.count()).toBeGreaterThan(60);
    const { place, count } = await scrollTo(alice, 100);
    await expect.poll(() => alice.messages.count()).toBeGreaterThan(count);
    expect(await topMost(alice)).toEqual(nearly(place));
    await scroller.focus();
    for (let page = 0; page < 100 && !(await alice.log.getByText('line 1', { exact: true }).count()); page++) {
      await settled(alice);
      const [first] = await topMost(alice);
      await alice.page.keyboard.press('PageUp');
      await expect.poll(async () => (await topMost(alice))[0] !== first).toBe(true);
    }
    await alice.reads('This is as far back as the server remembers.');
    // All of them in order, each once.
    const texts = await alice.messages.locator('.text').allTextContents();
    expect(texts).toEqual(Array.from({ length: 300 }, (_, index) => `line ${index + 1}`));
  });

  test('is not moved by what is said meanwhile, and told that there is something', async () => {
    const { web, port } = await serveWeb(...unlimited);
    const other = await writer(port, 200);
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.reads('line 200');
    await alice.page.getByRole('region', { name: 'Messages', exact: true }).focus();
    const toLatest = alice.page.getByRole('button', { name: 'To the latest' });
    // A key that is pressed while the page still goes to what has just come leads nowhere.
    for (let page = 0; page < 30 && !(await toLatest.isVisible()); page++) {
      await settled(alice);
      await alice.page.keyboard.press('PageUp');
      await settled(alice);
    }
    await toLatest.waitFor();
    const before = await topMost(alice);
    other.say('news');
    await alice.page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await topMost(alice)).toEqual(nearly(before));
    await alice.page.getByRole('button', { name: '1 new' }).click();
    await alice.log.getByText('news', { exact: true }).waitFor();
    await toLatest.waitFor({ state: 'hidden' });
  });

  test('has a page that stays small when ten thousand messages come', async () => {
    const { web, port } = await serveWeb(...unlimited);
    const alice = await Tab.enter(browser, web, 'alice');
    const other = new RawClient(port);
    await enter(other, 'other', 2);
    other.say(...Array.from({ length: 10_000 }, (_, index) => `line ${index + 1}`));
    await alice.log.getByText('line 10000', { exact: true }).waitFor({ timeout: 60_000 });
    expect(await alice.messages.count()).toBe(500);
    await alice.say('still here');
    await alice.reads('still here');
    await other.hears('[lobby] alice: still here');

    // Far up, others are there instead; and the way down leads through all of them again.
    const scroller = alice.page.getByRole('region', { name: 'Messages', exact: true });
    await scroller.focus();
    for (let times = 0; times < 200 && !(await alice.log.getByText('line 9200', { exact: true }).count()); times++) {
      await alice.page.keyboard.press('Home');
      await settled(alice);
    }
    await alice.log.getByText('line 9200', { exact: true }).waitFor();
    expect(await alice.messages.count()).toBeLessThanOrEqual(500);
    expect(await alice.log.getByText('still here', { exact: true }).count()).toBe(0);
    const toLatest = alice.page.getByRole('button', { name: 'To the latest' });
    for (let times = 0; times < 200 && (await toLatest.isVisible()); times++) {
      await alice.page.keyboard.press('End');
      await settled(alice);
    }
    await alice.reads('still here');
    expect(await alice.messages.count()).toBeLessThanOrEqual(500);
  }, 120_000);
});

type Place = readonly [text: string, top: number];

const placeNow = `(() => {
  const rim = document.getElementById('scroller').getBoundingClientRect().top;
  const rows = [...document.querySelectorAll('.message')];
  const row = rows.find((each) => each.getBoundingClientRect().bottom > rim);
  return [row.querySelector('.text').textContent, row.getBoundingClientRect().top - rim];
})()`;

/** The text of the message at the upper rim, and how far below it that stands. */
function topMost(tab: Tab): Promise<Place> {
  return tab.page.evaluate<Place>(placeNow);
}

/** The same place, to a pixel: a browser scrolls by whole ones, and rows are no whole number of them high. */
function nearly([text, top]: Place): unknown[] {
  return [text, expect.toSatisfy((now: number) => Math.abs(now - top) <= 1)];
}

/** Scrolls, and tells where that is and how many messages there are before anything more has come. */
function scrollTo(tab: Tab, top: number): Promise<{ place: Place; count: number }> {
  return tab.page.evaluate(`(() => {
    document.getElementById('scroller').scrollTop = ${top};
    return { place: ${placeNow}, count: document.querySelectorAll('.message').length };
  })()`);
}

/** Resolves when it scrolls no more, which takes some frames, and what was asked for has come, and is drawn. */
async function settled(tab: Tab): Promise<void> {
  await tab.page.evaluate(`new Promise((done) => {
    const scroller = document.getElementById('scroller');
    let frames = 0;
    let was = -1;
    const look = () => {
      frames = scroller.scrollTop === was ? frames + 1 : 0;
      was = scroller.scrollTop;
      if (frames < 5) requestAnimationFrame(look);
      else done();
    };
    look();
  })`);
  await expect.poll(() => tab.log.getByText('Reading earlier messages').count(), { timeout: 20_000 }).toBe(0);
}
