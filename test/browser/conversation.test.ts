import type { ClientHistoryOptions, ClientMessage, HistoryPage, Sent } from 'chathub/client';
import { describe, expect, test } from 'vitest';
import { Conversation } from '../../src/page/conversation.js';
import { rowsOf } from '../../src/page/rows.js';

type Page = HistoryPage<ClientMessage>;

function message(offset: number): ClientMessage {
  const from = { id: 'a', user: 'a', name: 'alice' };
  return { type: 'message', room: 'lobby', id: `m${offset}`, offset, from, text: `text ${offset}`, at: offset };
}

/** A room whose server answers when the test says so. */
function scripted() {
  const asked: { options: ClientHistoryOptions; answer: PromiseWithResolvers<Page> }[] = [];
  const sends: PromiseWithResolvers<Sent>[] = [];
  const source = {
    history(options: ClientHistoryOptions) {
      const answer = withResolvers<Page>();
      asked.push({ options, answer });
      return answer.promise;
    },
    send() {
      const answer = withResolvers<Sent>();
      sends.push(answer);
      return answer.promise;
    },
  };
  const conversation = new Conversation({ kind: 'room', room: 'lobby' }, source, () => {});
  const keys = () => conversation.timeline.items.map(({ key }) => key);
  return { conversation, asked, sends, keys };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

const sent = (offset: number): Sent => ({ id: `m${offset}`, offset, epoch: 'e', at: offset });

describe('a conversation', () => {
  test('asks for one page at a time, above the first message that it has', async () => {
    const { conversation, asked } = scripted();
    conversation.add(message(9));
    const first = conversation.loadOlder();
    await conversation.loadOlder();
    expect(asked.map(({ options }) => options)).toEqual([{ limit: 60, before: 9 }]);
    asked[0]?.answer.resolve({ messages: [message(8)], more: false });
    await first;
    await conversation.loadOlder();
    expect(conversation.timeline.items.map(({ offset }) => offset)).toEqual([8, 9]);
    expect(asked).toHaveLength(1);
  });

  test('drops a page that comes when the server has begun anew meanwhile', async () => {
    const { conversation, asked } = scripted();
    conversation.add(message(9));
    const loading = conversation.loadOlder();
    conversation.timeline.restart('anew');
    asked[0]?.answer.resolve({ messages: [message(8)], more: false });
    await loading;
    expect(conversation.timeline.items.map(({ offset }) => offset)).toEqual([9, 0]);
  });

  test('says why a page could not be read, and asks again when it is told to', async () => {
    const { conversation, asked } = scripted();
    const loading = conversation.loadOlder();
    asked[0]?.answer.reject(new Error('no'));
    await loading;
    expect(conversation.failure).toEqual({ what: 'older', why: expect.stringMatching(/\.$/) });
    void conversation.loadAgain();
    expect([conversation.failure, asked.length]).toEqual([undefined, 2]);
  });

  test('asks again for what is below when that could not be read', async () => {
    const { conversation, asked } = scripted();
    conversation.add(message(1));
    conversation.timeline.gap(2, 'missing', false);
    const loading = conversation.loadNewer();
    asked[0]?.answer.reject(new Error('no'));
    await loading;
    const below = rowsOf(conversation, { user: 'a', name: 'alice' }).at(-1);
    expect(below).toMatchObject({ kind: 'edge', text: expect.stringMatching(/^Later messages/), retry: true });
    void conversation.loadAgain();
    expect(asked.map(({ options }) => options)).toEqual(Array(2).fill({ limit: 60, after: 1 }));
  });

  test('goes to a message that is not here by the page around it', async () => {
    const { conversation, asked } = scripted();
    conversation.add(message(900));
    const going = conversation.goTo(message(100));
    expect(asked.map(({ options }) => options)).toEqual([{ before: 130, limit: 60 }]);
    asked[0]?.answer.resolve({ messages: [message(99), message(100), message(101)], more: true });
    expect(await going).toBe(true);
    expect(conversation.timeline.items.map(({ offset }) => offset)).toEqual([99, 100, 101]);
    expect([conversation.timeline.detached, conversation.following]).toEqual([true, false]);
    expect(await conversation.goTo(message(99))).toBe(true);
    expect(asked).toHaveLength(1);
  });

  test('stays where it is when a message is kept no longer, or somebody went elsewhere meanwhile', async () => {
    const { conversation, asked } = scripted();
    conversation.add(message(900));
    const gone = conversation.goTo(message(100));
    asked[0]?.answer.resolve({ messages: [message(102)], more: false });
    expect(await gone).toBe(false);
    const late = conversation.goTo(message(100));
    conversation.timeline.restart('anew');
    asked[1]?.answer.resolve({ messages: [message(100)], more: false });
    await late;
    expect(conversation.timeline.items.map(({ offset }) => offset)).toEqual([900, 0]);
  });

  // It was stored, fell into a gap, and came back in a page of history.
  test('shows a message of ours once when it comes by another way', async () => {
    const { conversation, asked, sends } = scripted();
    const sending = conversation.send('hello', false);
    sends[0]?.resolve(sent(1));
    await sending;
    const loading = conversation.loadOlder();
    asked[0]?.answer.resolve({ messages: [message(1)], more: false });
    await loading;
    expect(conversation.outbox.items).toEqual([]);
  });

  test.each(['before', 'after'])(
    'shows a message of ours once when it comes %s it is known to be sent',
    async (when) => {
      const { conversation, sends, keys } = scripted();
      const sending = conversation.send('hello', false);
      const [unsent] = conversation.outbox.items;
      if (when === 'before') conversation.add(message(1));
      sends[0]?.resolve(sent(1));
      await sending;
      if (when === 'after') conversation.add(message(1));
      expect(conversation.outbox.items).toEqual([]);
      // It is the same row all the way.
      expect(keys()).toEqual([unsent?.key]);
    },
  );

  test('keeps what could not be sent until it is sent again or discarded', async () => {
    const { conversation, sends } = scripted();
    const sending = conversation.send('hello', false);
    sends[0]?.reject(new Error('no'));
    await sending;
    const [failed] = conversation.outbox.items;
    expect(failed?.failure).toBeTypeOf('string');
    conversation.retry(failed?.key ?? '');
    expect(conversation.outbox.items.map(({ text, failure }) => [text, failure])).toEqual([['hello', undefined]]);
    expect(sends).toHaveLength(2);
    conversation.discard(conversation.outbox.items[0]?.key ?? '');
    expect(conversation.outbox.items).toEqual([]);
  });
});
