import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { enter, RawClient } from '../integration/clients.js';
import { chathub, serveWeb } from '../integration/servers.js';
import { connectionFailures, lacksChromium, launch, Tab } from './tab.js';

describe.skipIf(lacksChromium)('a page', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('comes back by itself when the server was killed and is there again, and sends what was written meanwhile', async () => {
    const { program, web } = await serveWeb();
    const allowed = connectionFailures;
    const alice = await Tab.enter(browser, web, 'alice', { allowed });
    const bob = await Tab.enter(browser, web, 'bob', { allowed });
    await alice.say('before');
    await bob.reads('before');
    await bob.say('/nick robert');
    await alice.seesPeople('alice', 'robert');
    program.kill('SIGKILL');
    await program.exit();
    await alice.page.getByText('There is no connection. What you write is sent later.').waitFor();
    await alice.page.getByText(/Reconnecting/).waitFor();
    await alice.say('meanwhile');
    await alice.page.getByText('Not sent yet').waitFor();

    const again = chathub(['serve', '--tcp', '0', '--web', new URL(web).port]);
    await again.prints(/^or open /m);
    await bob.reads('meanwhile');
    await alice.page.getByText('Not sent yet').waitFor({ state: 'hidden' });
    await bob.say('after');
    await alice.reads('after');
    await alice.reads('before');
    await alice.reads('The server has forgotten what was said before.');
    await alice.seesPeople('alice', 'robert');
    const texts = await alice.messages.locator('.text').allTextContents();
    expect(texts).toEqual(['before', 'meanwhile', 'after']);
    await alice.page.getByText('There is no connection').waitFor({ state: 'hidden' });
  }, 60_000);

  test('says so when the server ends in good order, and when it will be asked again', async () => {
    const { program, web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice', { allowed: connectionFailures });
    program.kill('SIGTERM');
    await alice.page.getByText(/Reconnecting in \d+ s/).waitFor();
    expect(await program.exit()).toEqual({ code: 0, signal: null });
    expect(program.stderr).toBe('');
  });

  test('that is loaded again is the same person, in the same rooms, with what was unread', async () => {
    const { web, port } = await serveWeb();
    const carol = new RawClient(port);
    await enter(carol, 'carol', 1);
    const alice = await Tab.enter(browser, web, 'alice');
    await carol.hears('[lobby] * alice joined (2 here)');
    await alice.say('one');
    await carol.hears('[lobby] alice: one');
    carol.say('/msg alice psst');
    await alice.entry('carol, 1 unread').waitFor();
    await alice.join('garden');
    carol.say('two');
    await alice.entry('lobby, 1 unread').waitFor();
    await alice.textField.fill('a draft');

    await alice.page.reload();
    await alice.isIn('garden');
    await alice.entry('lobby, 1 unread').waitFor();
    await alice.entry('carol, 1 unread').waitFor();
    expect(await alice.textField.inputValue()).toBe('a draft');
    await alice.seesPeople('alice');
    await alice.entry('lobby, 1 unread').click();
    await alice.reads('one');
    await alice.reads('two');
    expect(await alice.messages.locator('.text').allTextContents()).toEqual(['one', 'two']);
    await alice.entry('carol, 1 unread').click();
    await alice.reads('psst');
    // It is still the session of before: nobody saw it go.
    carol.say('/who');
    await carol.hears(/^\* (alice, carol|carol, alice)$/);
  });

  test('that missed more than is handed back reads the rest when it is there again', async () => {
    const { web, port } = await serveWeb('--limit', 'recover=5');
    const carol = new RawClient(port);
    await enter(carol, 'carol', 1);
    const alice = await Tab.enter(browser, web, 'alice');
    await carol.hears('[lobby] * alice joined (2 here)');
    carol.say('before');
    await alice.reads('before');
    await alice.page.goto('about:blank');
    const missed = Array.from({ length: 15 }, (_, index) => `missed ${index + 1}`);
    carol.say(...missed, '/who');
    await carol.hears(/^\* /);
    await alice.page.goto(web);
    await alice.reads('missed 15');
    await alice.reads('before');
    expect(await alice.messages.locator('.text').allTextContents()).toEqual(['before', ...missed]);
    expect(await alice.log.getByText('missing').count()).toBe(0);
  });

  test('keeps what could not be sent, and tries again when it is told to', async () => {
    const { web } = await serveWeb('--limit', 'messageBytes=10');
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.say('far too long for this server');
    await alice.log.getByText(/^Not sent\. /).waitFor();
    await alice.say('short');
    await alice.reads('short');
    await alice.page.reload();
    await alice.reads('far too long for this server');
    await alice.log.getByText(/^Not sent. Perhaps it was/).waitFor();
    await alice.log.getByRole('button', { name: 'Retry' }).click();
    await alice.log.getByText(/^Not sent\. (?!Perhaps)/).waitFor();
    await alice.log.getByRole('button', { name: 'Discard' }).click();
    await alice.log.getByText('far too long').waitFor({ state: 'detached' });
    expect(await alice.messages.locator('.text').allTextContents()).toEqual(['short']);
  });

  test('that is opened anew offers the name of last time', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    const second = await alice.page.context().newPage();
    await second.goto(web);
    expect(await second.getByRole('textbox', { name: 'Your name' }).inputValue()).toBe('alice');
  });

  test('whose session another tab took up says so, and can begin anew', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    await expect.poll(() => alice.page.evaluate('sessionStorage.chathub')).toBeTypeOf('string');
    const saved = await alice.page.evaluate<string>('sessionStorage.chathub');
    const twin = await Tab.open(browser, web);
    await twin.page.evaluate(`sessionStorage.setItem('chathub', ${JSON.stringify(saved)})`);
    await twin.page.reload();
    await twin.isIn('lobby');
    await alice.page.getByText('This chat was taken up elsewhere').waitFor();
    await alice.page.getByRole('button', { name: 'Connect again' }).click();
    await alice.nameField.waitFor();
  });
});
