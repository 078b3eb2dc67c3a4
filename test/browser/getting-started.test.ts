import type { Browser } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { addressesIn, programs, projectOfSteps } from '../package/steps.js';
import { runnable, shownTo } from '../package/talk.js';
import { lacksChromium, launch } from './tab.js';

// The last step of docs/getting-started.md; test/package has the others.
test.skipIf(lacksChromium)('the page of "Getting started" is a chat of two rooms', async () => {
  const project = await projectOfSteps();
  onTestFinished(() => project.remove());
  const browser = await launch();
  onTestFinished(() => browser.close());
  const server = runnable(programs('server').at(-1) ?? '');
  const [address, url] = addressesIn(await project.start(server, 'server.js'));

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
