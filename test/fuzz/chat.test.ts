import path from 'node:path';
import { memory } from 'chathub';
import { sqlite } from 'chathub/sqlite';
import fc from 'fast-check';
import { afterAll, describe } from 'vitest';
import { temporaryFolder } from '../engines/sqlite/set-up.js';
import { steps } from './chat/steps.js';
import { Talk } from './chat/talk.js';
import { fuzz } from './runs.js';

describe('of whatever four connections do, one thing after another, each is told what it should be, and nothing else,', () => {
  const folder = temporaryFolder();
  let files = 0;
  afterAll(folder.remove);

  for (const [what, make, share] of [
    ['memory', memory, 0.06],
    ['a file', () => sqlite({ path: path.join(folder.path, `${++files}.db`), synchronous: 'normal' }), 0.01],
  ] as const) {
    fuzz(
      `over ${what}`,
      fc.asyncProperty(steps, async (steps) => {
        const talk = new Talk(make());
        await talk.begin();
        for (const step of steps) await talk.take(step);
        await talk.end();
      }),
      share,
    );
  }
});
