import { ChatHub } from 'chathub';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { readPage } from '../../src/cli/page-files.js';
import { WebServer } from '../../src/cli/web-server.js';
import { serveWeb } from '../integration/servers.js';
import { lacksChromium, launch, Tab } from './tab.js';

/** A server where whoever has the same name is the same user, and all are in the lobby. */
async function serveUsers(): Promise<string> {
  const hub = new ChatHub({ policies: { authenticate: ({ name }) => (name ? { id: name, name } : null) } });
  hub.on('connect', ({ member }) => void member.join('lobby', { history: 10 }));
  const place = { host: '127.0.0.1', port: 0, tls: false };
  const page = await readPage();
  const web = new WebServer({ place, page, engine: () => hub.status().engine });
  onTestFinished(async () => {
    await hub.close();
    web.close();
  });
  await web.listen();
  await hub.listen(web.transport);
  web.open();
  return web.address;
}

describe.skipIf(lacksChromium)('what was said', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('is edited, deleted and reacted to in the other tab too, and unread there; loaded again, a page shows it so', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    for (const text of ['lunch at twelve', 'wrong room', 'who is in?']) await alice.say(text);
    await bob.reads('who is in?');
    await (await alice.tool('lunch at twelve', 'Edit')).click();
    expect(await alice.editField.inputValue()).toBe('lunch at twelve');
    await alice.rewrite('lunch at one');
    await bob.reads('lunch at one (edited)');
    await (await alice.tool('wrong room', 'Delete')).click();
    await alice.message('wrong room').getByText('Delete this message?').waitFor();
    await alice.message('wrong room').getByRole('button', { name: 'Delete' }).click();
    await bob.reads('This message was deleted.');
    await bob.react('who is in?', 'Thumbs up');
    await alice.chip('who is in?', '👍', 1).waitFor();
    await bob.join('garden');
    await alice.say('unread');
    await bob.entry('lobby, 1 unread').waitFor();

    const shown = ['lunch at one (edited)', 'This message was deleted.', 'who is in?', 'unread'];
    for (const tab of [alice, bob]) await tab.page.reload();
    await bob.entry('lobby, 1 unread').click();
    for (const tab of [alice, bob]) {
      await tab.reads('unread');
      await expect.poll(() => tab.messages.locator('.text').allTextContents()).toEqual(shown);
      await tab.chip('who is in?', '👍', 1).waitFor();
    }
    expect(await bob.chip('who is in?', '👍', 1).getAttribute('aria-pressed')).toBe('true');
    // It is still whose it was.
    await (await alice.tool('unread', 'Edit')).click();
    await alice.rewrite('read');
    await bob.reads('read (edited)');
  });

  test('has reactions that say whose they are, and are given and taken back by a press', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    await alice.say('hello');
    await bob.react('hello', 'Heart');
    const chip = alice.chip('hello', '❤️', 1);
    expect(await chip.getAttribute('title')).toBe('bob');
    expect(await chip.getAttribute('aria-pressed')).toBe('false');
    await chip.focus();
    await alice.page.keyboard.press('Enter');
    const both = alice.chip('hello', '❤️', 2);
    await both.waitFor();
    expect(await both.getAttribute('title')).toBe('bob and you');
    expect(await both.getAttribute('aria-pressed')).toBe('true');
    // The focus stays, though the chip is another.
    expect(await both.evaluate((chip) => chip.matches(':focus'))).toBe(true);
    await bob.chip('hello', '❤️', 2).click();
    await alice.chip('hello', '❤️', 1).waitFor();
    await alice.page.keyboard.press('Enter');
    await bob.message('hello').locator('.chip').waitFor({ state: 'detached' });
    await alice.message('hello').locator('.chip').waitFor({ state: 'detached' });
    expect(await alice.page.evaluate('document.activeElement.className')).toContain('message');
  });

  test('is edited in the message field: by Arrow up, left alone by Escape, and never made empty', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    await alice.say('first');
    await bob.say('not hers');
    await alice.reads('not hers');
    await alice.textField.press('ArrowUp');
    await alice.page.getByText('Editing your message').waitFor();
    expect(await alice.editField.inputValue()).toBe('first');
    await alice.editField.fill('something else');
    await alice.page.keyboard.press('Escape');
    expect(await alice.textField.inputValue()).toBe('');
    await alice.textField.fill('a draft');
    await (await alice.tool('first', 'Edit')).click();
    await alice.rewrite(' ');
    await alice.page.getByRole('alert').getByText('A message has to say something.').waitFor();
    await alice.rewrite('/me is text here');
    await bob.reads('/me is text here (edited)');
    // What was being written before is there again; what is written instead is there after a reload.
    expect(await alice.textField.inputValue()).toBe('a draft');
    await (await alice.tool('/me is text here', 'Edit')).click();
    await alice.editField.fill('half of it');
    await alice.page.reload();
    await expect.poll(() => alice.editField.inputValue()).toBe('half of it');
    await alice.page.getByRole('button', { name: 'Cancel' }).click();
    expect(await alice.textField.inputValue()).toBe('a draft');
    await bob.message('/me is text here').hover();
    await bob.message('/me is text here').getByRole('button', { name: 'React' }).waitFor();
    for (const name of ['Edit', 'Delete'])
      expect(await bob.message('/me is text here').getByRole('button', { name }).count()).toBe(0);
  });

  test('can be changed by keyboard alone', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    for (const text of ['one', 'two', 'three']) await alice.say(text);
    await bob.reads('three');
    // One stop before the field: the last message.
    await alice.textField.press('Shift+Tab');
    await alice.page.keyboard.press('ArrowUp');
    await alice.page.keyboard.press('Tab');
    await alice.page.keyboard.press('Enter');
    await alice.page.keyboard.press('Enter');
    await bob.chip('two', '👍', 1).waitFor();
    // The focus is on the message again.
    await alice.page.keyboard.press('ArrowDown');
    for (let stops = 0; stops < 3; stops++) await alice.page.keyboard.press('Tab');
    await alice.page.keyboard.press('Enter');
    await alice.message('three').getByText('Delete this message?').waitFor();
    await alice.page.keyboard.press('Escape');
    await alice.message('three').getByText('Delete this message?').waitFor({ state: 'hidden' });
    await alice.message('three').getByRole('button', { name: 'Delete' }).press('Enter');
    await alice.page.keyboard.press('Enter');
    await bob.reads('This message was deleted.');
    expect(await bob.messages.locator('.text').allTextContents()).toEqual(['one', 'two', 'This message was deleted.']);
  });

  test('can be changed by a tap, on 390 pixels', async () => {
    const { web } = await serveWeb();
    const touch = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
    const alice = await Tab.enter(browser, web, 'alice', touch);
    await alice.say('hello');
    await alice.message('hello').tap();
    await alice.message('hello').getByRole('button', { name: 'React' }).tap();
    await alice.message('hello').getByRole('button', { name: 'Crying' }).tap();
    await alice.chip('hello', '😢', 1).waitFor();
    await alice.message('hello').getByRole('button', { name: 'Delete' }).tap();
    await alice.message('hello').getByText('Delete this message?').waitFor();
    expect(await alice.page.evaluate('document.documentElement.scrollWidth')).toBe(390);
    await alice.message('hello').getByRole('button', { name: 'Delete' }).tap();
    await alice.reads('This message was deleted.');
  });

  test('stays as it is where it may not be changed, and who tried is told why', async () => {
    const { web } = await serveWeb('--limit', 'messageBytes=10');
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.say('short');
    // It is shown before the server has it, and can't be changed until then.
    await (await alice.tool('short', 'Edit')).waitFor();
    await alice.textField.press('ArrowUp');
    await alice.rewrite('far too long for this server');
    await alice.page.locator('.toast').waitFor();
    // It is given back.
    await expect.poll(() => alice.editField.inputValue()).toBe('far too long for this server');
    await alice.rewrite('longer');
    await alice.reads('longer (edited)');
  });

  test('does not move under who reads it when something is done to what stands above', async () => {
    const { web } = await serveWeb('--limit', 'sendsPerSecond=off', '--limit', 'commandsPerSecond=off');
    const bob = await Tab.enter(browser, web, 'bob');
    for (let line = 1; line <= 60; line++) await bob.say(`line ${line}.`);
    const alice = await Tab.enter(browser, web, 'alice');
    await alice.reads('line 60.');
    await alice.reads('line 1.');
    const top = () => alice.message('line 30.').evaluate((row) => row.getBoundingClientRect().top);
    await alice.page.evaluate(
      "[...document.querySelectorAll('.message')].find((row) => row.textContent.includes('line 20.')).scrollIntoView()",
    );
    await alice.page.getByRole('button', { name: 'To the latest' }).waitFor();
    const before = await top();
    await bob.react('line 9.', 'Heart');
    await alice.chip('line 9.', '❤️', 1).waitFor();
    expect(Math.abs((await top()) - before)).toBeLessThanOrEqual(1);
  });
});

describe.skipIf(lacksChromium)('a room', () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await launch()));
  afterAll(() => browser.close());

  test('says what it is about, to all who are there and whoever comes, and anybody may change it', async () => {
    const { web } = await serveWeb();
    const alice = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    const hostile = '<img src=x onerror="alert(1)"> be nice';
    await alice.say(`/topic ${hostile}`);
    const topic = bob.page.getByRole('button', { name: `Topic: ${hostile}` });
    await topic.waitFor();
    expect(await topic.getAttribute('title')).toBe(hostile);
    await topic.click();
    const field = bob.page.getByRole('textbox', { name: 'Topic' });
    expect(await field.inputValue()).toBe(hostile);
    await field.fill('lunch');
    await field.press('Enter');
    await alice.page.getByRole('button', { name: 'Topic: lunch' }).waitFor();
    await alice.page.reload();
    await alice.page.getByRole('button', { name: 'Topic: lunch' }).waitFor();
    await alice.say('/topic');
    await alice.page.getByText('lobby is about: lunch').waitFor();
    await bob.page.getByRole('button', { name: 'Topic: lunch' }).click();
    await field.fill('');
    await field.press('Enter');
    await alice.page.getByRole('button', { name: 'Add a topic' }).waitFor();
  });

  test('that was read in one session is read in the others of the same user', async () => {
    const web = await serveUsers();
    const alice = await Tab.enter(browser, web, 'alice');
    const twin = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    for (const tab of [alice, twin]) await tab.join('garden');
    await bob.say('one');
    await bob.say('two');
    for (const tab of [alice, twin]) await tab.entry('lobby, 2 unread').waitFor();
    await alice.entry('lobby, 2 unread').click();
    await alice.reads('two');
    await twin.entry('lobby').waitFor();
    await bob.say('three');
    await alice.reads('three');
    await alice.page.reload();
    await alice.reads('three');
    await twin.entry('lobby').waitFor();
  });

  test('has what is unread counted for a user who was not there meanwhile', async () => {
    const web = await serveUsers();
    const alice = await Tab.enter(browser, web, 'alice');
    const bob = await Tab.enter(browser, web, 'bob');
    await alice.join('garden');
    await bob.say('in the lobby before');
    await alice.entry('lobby, 1 unread').click();
    await alice.reads('in the lobby before');
    await alice.page.goto('about:blank');
    await bob.say('one');
    await bob.say('two');
    await bob.join('garden');
    await bob.say('one');
    await bob.say('two');
    await bob.reads('two');
    // One of the two rooms is shown, and so it is read.
    const later = await Tab.open(browser, web);
    await later.nameField.fill('alice');
    await later.page.keyboard.press('Enter');
    await later.reads('two');
    await later.entry(/^(lobby|garden), 2 unread$/).click();
    await later.reads('two');
    for (const room of ['lobby', 'garden']) await later.entry(room).waitFor();
  });
});
