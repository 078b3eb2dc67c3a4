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

  const inFile = () => sqlite({ path: path.join(folder.path, `${++files}.db`), synchronous: 'normal' });
  for (const [what, make, lasting, share] of [
    ['over memory', memory, false, 0.05],
    ['over memory, where who is away stays in its rooms', memory, true, 0.04],
    ['over a file', inFile, false, 0.005],
    ['over a file, where who is away stays in its rooms', inFile, true, 0.005],
  ] as const) {
    fuzz(
      what,
      fc.asyncProperty(steps, async (steps) => {
        const talk = new Talk(make(), lasting);
        await talk.begin();
        for (const step of steps) await talk.take(step);
        await talk.end();
      }),
      share,
    );
  }
});
