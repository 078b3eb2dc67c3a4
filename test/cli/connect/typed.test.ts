import { describe, expect, test } from 'vitest';
import { type Chat, Over, Unsure } from '../../../src/cli/connect/chat.js';
import { Breaks, TypedLines } from '../../../src/cli/connect/typed.js';

/** A chat whose answers the test gives. */
class FakeChat implements Chat {
  online = true;
  readonly over = new Promise<undefined>(() => undefined);
  readonly said: string[] = [];
  #answer: { resolve(refusals: readonly string[]): void; reject(error: Error): void } | undefined;

  say(line: string): Promise<readonly string[]> {
    this.said.push(line);
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
    });
  }

  close(): void {}

  async answer(error?: Error): Promise<void> {
    if (error === undefined) this.#answer?.resolve([]);
    else this.#answer?.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function typing() {
  const chat = new FakeChat();
  const told: string[] = [];
  const typed = new TypedLines(chat, (sentence) => told.push(sentence));
  return { chat, told, typed };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('what is typed', () => {
  test('goes line by line, each when the one before was answered', async () => {
    const { chat, typed, told } = typing();
    for (const line of ['one', 'two']) typed.add(line);
    await turn();
    expect([chat.said, typed.unanswered]).toEqual([['one'], ['one', 'two']]);
    await chat.answer();
    expect([chat.said, typed.unanswered]).toEqual([['one', 'two'], ['two']]);
    await chat.answer();
    await typed.settled();
    expect([typed.unanswered, told]).toEqual([[], []]);
  });

  test('and may be lost is told of, and the next goes on', async () => {
    const { chat, typed, told } = typing();
    for (const line of ['one', 'two']) typed.add(line);
    await turn();
    await chat.answer(new Unsure('lost'));
    expect(told).toEqual(['It is not known whether this was said: one']);
    expect(chat.said).toEqual(['one', 'two']);
  });

  test('waits where there is no connection, which is told once', async () => {
    const { chat, typed, told } = typing();
    chat.online = false;
    for (const line of ['one', 'two']) typed.add(line);
    expect(told).toEqual([expect.stringContaining('Not connected')]);
    await turn();
    await chat.answer(new Over('over'));
    await typed.settled();
    expect(typed.unanswered).toEqual(['one', 'two']);
  });

  test('is refused in so many words where too much waits', async () => {
    const { typed, told } = typing();
    for (let count = 1; count <= 501; count++) typed.add(`line ${count}`);
    expect(typed.unanswered).toHaveLength(500);
    expect(told).toEqual(['Not said, too much waits: line 501']);
  });
});

test('a long file takes a break of more than a second every twenty; who types like a person takes none', async () => {
  let now = 0;
  const pauses: number[] = [];
  const breaks = new Breaks(
    () => now,
    async (ms) => {
      pauses.push(now);
      now += ms;
    },
  );
  const talk = async (lines: number, every: number) => {
    for (let line = 0; line < lines; line++) {
      await breaks.next();
      breaks.answered();
      now += every;
    }
  };
  await talk(500, 100);
  expect(pauses).toEqual([20_000, 41_200]);
  now += 2_000;
  await talk(60, 2_000);
  expect(pauses).toHaveLength(2);
});
