/**
 * Another process: opens the file that it is given and says `open`, or says why it can't. Told a line by its parent, it
 * stores a message; it stays until it is killed.
 */
import { createInterface } from 'node:readline';
import { sqlite } from '../../../src/engines/sqlite/index.js';
import { resolveLimits } from '../../../src/model/limits.js';
import { systemClock } from '../../../src/ports/clock.js';
import { message } from './lab.js';

try {
  const context = { node: 'child', clock: systemClock, limits: resolveLimits(), onError: console.error };
  const engine = await sqlite({ path: String(process.argv[2]) }).open(context);
  console.log('open');
  for await (const line of createInterface(process.stdin)) {
    await engine.log.append('lobby', message(line));
    console.log('stored');
  }
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
}
