import { execFileSync } from 'node:child_process';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
} from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { missingTools } from '../../scripts/system-tools.mjs';

/** For suites to skip themselves by. */
export const lacksChromium = missingTools().includes('chromium');

const quiet = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/** The system's own, without a window. */
export function launch(): Promise<Browser> {
  const executablePath = execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim();
  return chromium.launch({ executablePath, args: quiet });
}

/** What the console says of a server that is gone. */
export const connectionFailures = /WebSocket connection to .* failed/;

/** A tab of somebody's own browser, with the chat page in it. */
export class Tab {
  readonly page: Page;
  /** What the console complained of, and dialogs. */
  readonly complaints: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error.stack)));
    page.on('dialog', (dialog) => {
      this.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /**
   * Opens the page. When the test is over, nothing may have been complained of.
   *
   * @param options - `allowed`: complaints that belong to the test
   */
  static async open(
    browser: Browser,
    url: string,
    { allowed, ...options }: BrowserContextOptions & { readonly allowed?: RegExp } = {},
  ): Promise<Tab> {
    const context = await browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(20_000);
    const tab = new Tab(await context.newPage());
    onTestFinished(async () => {
      await close(context);
      expect(tab.complaints.filter((complaint) => !allowed?.test(complaint))).toEqual([]);
    });
    await tab.page.goto(url);
    return tab;
  }

  /** Opens the page, and comes in. */
  static async enter(
    browser: Browser,
    url: string,
    name: string,
    options?: Parameters<typeof Tab.open>[2],
  ): Promise<Tab> {
    const tab = await Tab.open(browser, url, options);
    await tab.nameField.fill(name);
    await tab.page.keyboard.press('Enter');
    await tab.isIn('lobby');
    return tab;
  }

  get nameField(): Locator {
    return this.page.getByRole('textbox', { name: 'Your name' });
  }

  get textField(): Locator {
    return this.page.getByRole('textbox', { name: /^Message / });
  }

  get log(): Locator {
    return this.page.getByRole('log');
  }

  /** The rows of messages that are in the page. */
  get messages(): Locator {
    return this.log.locator('.message');
  }

  /** The row of the message that has this in its text. */
  message(text: string): Locator {
    return this.messages.filter({ has: this.page.locator('.text', { hasText: text }) });
  }

  /** One of the tools of this message, which come with a pointer that rests on it. */
  async tool(text: string, name: string): Promise<Locator> {
    await this.message(text).hover();
    return this.message(text).getByRole('button', { name, exact: true });
  }

  async react(text: string, emoji: string): Promise<void> {
    await (await this.tool(text, 'React')).click();
    await this.message(text).getByRole('group').getByRole('button', { name: emoji }).click();
  }

  /** A reaction to this message, with how many there are of it. */
  chip(text: string, reaction: string, count: number): Locator {
    return this.message(text)
      .locator('.chip')
      .filter({ hasText: `${reaction}${count}` });
  }

  /** Writes another text into the message field, where a message is being edited. */
  async rewrite(text: string): Promise<void> {
    await this.editField.fill(text);
    await this.editField.press('Enter');
  }

  get editField(): Locator {
    return this.page.getByRole('textbox', { name: 'Edit your message' });
  }

  /** In the list of conversations. */
  entry(name: string | RegExp): Locator {
    return this.page.getByRole('navigation').getByRole('button', { name, exact: true });
  }

  async say(text: string): Promise<void> {
    await this.textField.fill(text);
    await this.textField.press('Enter');
  }

  /** Resolves when a message with exactly this text is shown. */
  async reads(text: string): Promise<void> {
    await this.log.getByText(text, { exact: true }).waitFor();
  }

  /** Resolves when this room is shown, and the connection stands. */
  async isIn(room: string): Promise<void> {
    await this.page.getByRole('heading', { name: `# ${room}`, exact: true }).waitFor();
    await this.page.getByText('Online', { exact: true }).waitFor({ state: 'attached' });
  }

  async join(room: string): Promise<void> {
    await this.page.getByRole('button', { name: 'Join a room' }).click();
    await this.page.getByRole('textbox', { name: 'Name of the room' }).fill(room);
    await this.page.keyboard.press('Enter');
    await this.isIn(room);
  }

  /** What is said in the page is the members' names, in order. */
  async seesPeople(...names: readonly string[]): Promise<void> {
    const members = this.page.getByRole('complementary').getByRole('listitem').locator('bdi');
    await expect.poll(() => members.allTextContents(), { timeout: 20_000 }).toEqual(names);
  }
}

async function close(context: BrowserContext): Promise<void> {
  await context.close();
}
