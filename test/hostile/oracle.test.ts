import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Arena, type AttackOptions, hush } from './arena.js';
import { fresh, Person } from './people.js';
import { Target } from './target.js';

// An arena that lets everything pass would prove nothing: here is what it must not let pass.

/** Has the server do it. */
async function attack(it: Arena, misdeed: string): Promise<void> {
  const person = await Person.enter(it.port, fresh('mallory'), fresh('room'));
  // Not awaited: the server may not be there any more.
  person.say(`${misdeed}: ${hush}`);
  if (misdeed !== 'exit') await person.settled().catch(() => {});
}

describe('the arena', () => {
  const it = new Arena('a bad server', () => Target.fixture('bad-server'));
  const run = (misdeed: string, options?: AttackOptions) => it.run(() => attack(it, misdeed), options);
  beforeAll(() => it.open());
  afterAll(() => it.target.stop('SIGKILL'));

  test('lets pass what does no harm, and a line in the log', async () => {
    await run('nothing');
    await it.run(async () => {});
  });

  test('tells of an attack that fails', async () => {
    const failed = it.run(async () => expect('done').toBe('refused'));
    await expect(failed).rejects.toThrow("expected 'done' to be 'refused'");
  });

  test.each(['leak objects', 'leak buffers'])('sees memory that does not come back: %s', async (misdeed) => {
    await expect(run(misdeed)).rejects.toThrow(/^Memory did not come back: \d\d MB of heap/);
  });

  test('sees memory that is taken for a while, where it is told how much that may be', async () => {
    await run('swell');
    await expect(run('swell', { peak: 100 })).rejects.toThrow(/^It took \d+ MB for a while\.$/);
  });

  test('sees more than one line in the log', async () => {
    await expect(run('log twice')).rejects.toThrow('It logged 2 lines: ');
    await run('log twice', { lines: 2 });
  });

  test('sees a stack in the log', async () => {
    await expect(run('log a stack')).rejects.toThrow('It logged a stack: ');
  });

  test('sees in the log what somebody sent', async () => {
    await expect(run('log what was said')).rejects.toThrow('It logged what somebody sent: ');
  });

  test('sees that others have to wait', async () => {
    await expect(run('block')).rejects.toThrow(/^Others had to wait for \d+ ms\.$/);
  });

  test('sees that all objects have something new', async () => {
    await expect(run('pollute')).rejects.toThrow('Prototypes that all objects share were changed.');
  });

  test('sees that bystanders hear what they should not', async () => {
    await expect(run('tell everybody')).rejects.toThrow(/Expected "message"|to be '\[aside/);
  });
});

describe('an arena of its own', () => {
  const open = async () => {
    const it = new Arena('a bad server', () => Target.fixture('bad-server'));
    await it.open();
    return it;
  };

  test('sees memory that is left little by little', async () => {
    const it = await open();
    for (let round = 0; round < 2; round++) await it.run(() => attack(it, 'leak a little'));
    await expect(it.close()).rejects.toThrow(/^2\d MB of heap were left\.$/);
    await it.target.stop('SIGKILL');
  });

  test('sees that bystanders are gone', async () => {
    const it = await open();
    await expect(it.run(() => attack(it, 'end others'))).rejects.toThrow();
    await it.target.stop('SIGKILL');
  });

  test('sees that the process has ended, even in good order', async () => {
    const it = await open();
    await expect(it.run(() => attack(it, 'exit'))).rejects.toThrow();
    expect(await it.target.until('end', () => it.target.ending)).toBe('code 0');
    await expect(it.run(async () => {})).rejects.toThrow('The process has ended with code 0.');
  });

  test('says what it was', async () => {
    const it = await open();
    await it.run(async () => {});
    expect(await it.close()).toMatch(/^hostile input, a bad server: 1 cases against one process, peak RSS \d+ MB, /);
  });
});
