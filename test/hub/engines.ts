import path from 'node:path';
import { type Engine, type EngineContext, memory, type OpenEngine } from 'chathub';
import { sqlite } from 'chathub/sqlite';
import type { TestClient } from 'chathub/testing';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from '../engines/sqlite/set-up.js';

/** What the library brings, by name, for `describe.each`; each call makes a new, empty one that is gone after the test. */
export const engines: readonly (readonly [name: string, make: () => Engine])[] = [
  ['memory', () => memory()],
  [
    'sqlite',
    () => {
      const folder = temporaryFolder();
      onTestFinished(folder.remove);
      return sqlite({ path: path.join(folder.path, 'chat.db') });
    },
  ],
];

/** An engine that lets the test at what a hub opened: to take a log away under it, say. */
export function opened(inner: Engine) {
  const nodes: OpenEngine[] = [];
  const engine: Engine = {
    name: inner.name,
    async open(context: EngineContext) {
      const node = await inner.open(context);
      nodes.push(node);
      return node;
    },
  };
  return { engine, nodes };
}

/** An engine that can't search. */
export function withoutSearch(inner: Engine): Engine {
  return {
    name: inner.name,
    async open(context: EngineContext) {
      const node = await inner.open(context);
      const { search: _, ...log } = node.log;
      return { ...node, log };
    },
  };
}

/** All entries of a room's log that a client was given, in the order in which they came: of the past, too. */
export function entriesIn(client: TestClient, room: string) {
  return client.events.flatMap((event) => {
    if (event.type === 'joined') return event.room === room ? event.entries : [];
    if (event.type === 'welcome') return event.rooms[room]?.entries ?? [];
    const placed = 'offset' in event && event.type !== 'sent' && event.type !== 'reset';
    return placed && 'room' in event && event.room === room ? [event] : [];
  });
}

/** All that a client was sent after so many events, as it stands in the frames. */
export const framesAfter = (client: TestClient, count: number) => JSON.stringify(client.events.slice(count));
