import { expect } from 'vitest';
import { rawPeer, type WebSocketPeer } from './raw-peer.js';

/** What nobody else's misfortune may bring. */
const notices: ReadonlySet<unknown> = new Set(['error', 'gap', 'reset', 'bye', 'left']);

/** Two who talk in a room of their own, and must notice nothing of what others do or what becomes of them. */
export async function bystanders(address: string) {
  const people = [await newcomer(address), await newcomer(address)] as const;
  let remarks = 0;

  /** One says something, and both hear it soon: in milliseconds, but the machine may have other things to do. */
  async function exchange(): Promise<void> {
    const text = `remark ${++remarks}`;
    const began = performance.now();
    people[remarks % 2]?.send(JSON.stringify({ type: 'send', room: 'aside', text }));
    expect(await Promise.all(people.map(nextText))).toEqual([text, text]);
    expect(performance.now() - began).toBeLessThan(5_000);
  }

  return {
    /** They talk while something goes on, and once more when it is over. */
    async during<T>(work: Promise<T>): Promise<T> {
      let over = false;
      const talk = async () => {
        while (!over) await exchange();
        await exchange();
      };
      const done = work.finally(() => {
        over = true;
      });
      const [result] = await Promise.all([done, talk()]);
      return result;
    },
  };
}

async function newcomer(address: string): Promise<WebSocketPeer> {
  const peer = await rawPeer(address);
  peer.send(JSON.stringify({ type: 'join', room: 'aside' }));
  while ((await nextEvent(peer)).type !== 'joined');
  return peer;
}

async function nextText(peer: WebSocketPeer): Promise<unknown> {
  for (;;) {
    const event = await nextEvent(peer);
    if (event.type === 'message') return event.text;
  }
}

async function nextEvent(peer: WebSocketPeer): Promise<{ readonly [name: string]: unknown }> {
  const event = JSON.parse(await peer.next());
  expect(notices).not.toContain(event.type);
  return event;
}
