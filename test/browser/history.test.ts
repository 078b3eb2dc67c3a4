import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { chathub, serveWeb } from '../integration/servers.js';
import { connectionFailures, lacksChromium, launch, Tab } from './tab.js';

/** An engine that keeps what is said, until the test is over. */
function keeping(): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'chathub-page-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return ['--engine', `sqlite:${join(folder, 'chat.db')}`];
}

const allowed = connectionFailures;

describe.skipIf(lacksChromium)('a conversation that the server keeps', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('is whole in both tabs when the server was killed and is there again, and goes on', async () => {
    const engine = keeping();
    const { program, web } = await serveWeb(...engine);
    const alice = await Tab.enter(browser, web, 'alice', { allowed });
    const bob = await Tab.enter(browser, web, 'bob', { allowed });
    const texts = Array.from({ length: 15 }, (_, index) => `before ${index + 1}`);
    for (const text of texts) await (texts.indexOf(text) % 2 ? bob : alice).say(text);
    for (const tab of [alice, bob]) await tab.reads('before 15');
    await alice.say('/topic what outlives a crash');
    await bob.page.getByRole('button', { name: 'Topic: what outlives a crash' }).waitFor();
    await (await alice.tool('before 13', 'Edit')).click();
    await alice.rewrite('edited before');
    await bob.react('before 15', 'Party popper');
    await alice.chip('before 15', '🎉', 1).waitFor();
    await bob.reads('edited before (edited)');
    const said = await bob.messages.locator('.text').allTextContents();
    program.kill('SIGKILL');
    await program.exit();
    for (const tab of [alice, bob]) await tab.page.getByText('There is no connection.').waitFor();

    const again = chathub(['serve', '--tcp', '0', '--web', new URL(web).port, ...engine]);
    await again.prints(/^or open /m);
    await alice.seesPeople('alice', 'bob');
    await bob.seesPeople('alice', 'bob');
    await alice.say('after');
    await bob.reads('after');
    await bob.say('and on');
    await alice.reads('and on');
    const shown = [...said, 'after', 'and on'];
    for (const tab of [alice, bob]) {
      expect(await tab.messages.locator('.text').allTextContents()).toEqual(shown);
      // Loaded again, it is read from the file.
      await tab.page.reload();
      await tab.reads('and on');
      await expect.poll(() => tab.messages.locator('.text').allTextContents()).toEqual(shown);
      await tab.chip('before 15', '🎉', 1).waitFor();
      await tab.page.getByRole('button', { name: 'Topic: what outlives a crash' }).waitFor();
      expect(await tab.log.getByText('missing').count()).toBe(0);
      expect(await tab.log.getByText('forgotten').count()).toBe(0);
    }
    await alice.react('and on', 'Thumbs up');
    await bob.chip('and on', '👍', 1).waitFor();
  }, 60_000);

  test('is there in a page that is loaded again after the server was restarted, with what happened meanwhile', async () => {
    const engine = keeping();
    const { program, web } = await serveWeb(...engine);
    const alice = await Tab.enter(browser, web, 'alice', { allowed });
    const bob = await Tab.enter(browser, web, 'bob', { allowed });
    await alice.say('one');
    await alice.say('two');
    await alice.say('three');
    await bob.reads('three');
    await alice.page.goto('about:blank');
    await bob.say('four');
    await bob.reads('four');
    program.kill('SIGKILL');
    await program.exit();
    await bob.page.getByText('There is no connection.').waitFor();
    const again = chathub(['serve', '--tcp', '0', '--web', new URL(web).port, ...engine]);
    await again.prints(/^or open /m);
    await bob.seesPeople('bob');
    await bob.say('five');
    await bob.reads('five');
    await bob.react('one', 'Heart');
    await (await bob.tool('five', 'Delete')).click();
    await bob.message('five').getByRole('button', { name: 'Delete' }).click();
    await bob.reads('This message was deleted.');
    await alice.page.goto(web);
    await alice.isIn('lobby');
    await alice.reads('four');
    const shown = ['one', 'two', 'three', 'four', 'This message was deleted.'];
    await expect.poll(() => alice.messages.locator('.text').allTextContents()).toEqual(shown);
    await alice.chip('one', '❤️', 1).waitFor();
    await alice.seesPeople('alice', 'bob');
    // Who comes anew sees it, too.
    const carol = await Tab.enter(browser, web, 'carol');
    await carol.reads('four');
    await expect.poll(() => carol.messages.locator('.text').allTextContents()).toEqual(shown);
  }, 60_000);
});
