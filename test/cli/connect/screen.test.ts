import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Screen, type ScreenHost } from '../../../src/cli/connect/screen.js';
import { TerminalModel } from './terminal-model.js';

const keys = {
  left: '\x1b[D',
  right: '\x1b[C',
  up: '\x1b[A',
  home: '\x01',
  end: '\x05',
  backspace: '\x7f',
  tab: '\t',
  enter: '\r',
  ctrlC: '\x03',
  ctrlD: '\x04',
  ctrlL: '\x0c',
} as const;

/** A screen on a terminal of this size, and what it told. */
function screenOn(terminal: TerminalModel, host: Partial<ScreenHost> = {}) {
  const typed: string[] = [];
  const told = { left: 0 };
  const screen = new Screen(terminal.keyboard, terminal as never, {
    typed: (line) => typed.push(line),
    left: () => void told.left++,
    complete: () => [[], ''],
    remembered: (line) => line,
    paintPrompt: (prompt) => prompt,
    ...host,
  });
  onTestFinished(() => screen.close());
  return { screen, typed, told };
}

/** Until all keys are read, and what they change is drawn. A lone escape is waited for by `node:readline`; there is none here. */
async function drawn(): Promise<void> {
  for (let turns = 0; turns < 6; turns++) await new Promise((resolve) => setImmediate(resolve));
}

describe('what comes', () => {
  test('stands above the line that is being typed, which goes on as if nothing had been', async () => {
    const terminal = new TerminalModel();
    const { screen, typed } = screenOn(terminal);
    screen.prompt = '[lobby] alice: ';
    terminal.type('hello wo');
    await drawn();
    screen.print('[lobby] bob: hi');
    screen.print('[lobby] * bob waves');
    await drawn();
    expect(terminal.lines).toEqual(['[lobby] bob: hi', '[lobby] * bob waves', '[lobby] alice: hello wo']);
    expect(terminal.cursor).toEqual({ row: 2, column: 23 });
    terminal.type(`rld${keys.enter}`);
    await drawn();
    expect(terminal.lines).toEqual([
      '[lobby] bob: hi',
      '[lobby] * bob waves',
      '[lobby] alice: hello world',
      '[lobby] alice:',
    ]);
    expect(typed).toEqual(['hello world']);
  });

  test('leaves a line alone that has wrapped, with the cursor in its middle', async () => {
    const terminal = new TerminalModel(20);
    const { screen } = screenOn(terminal);
    screen.prompt = '> ';
    terminal.type(`${'x'.repeat(45)}${keys.left.repeat(30)}`);
    await drawn();
    expect(terminal.cursor).toEqual({ row: 0, column: 17 });
    screen.print('a line that is longer than the terminal');
    await drawn();
    expect(terminal.lines).toEqual([
      'a line that is longe',
      'r than the terminal',
      `> ${'x'.repeat(18)}`,
      'x'.repeat(20),
      'x'.repeat(7),
    ]);
    expect(terminal.cursor).toEqual({ row: 2, column: 17 });
  });

  test.each([
    ['fills its row', 'x'.repeat(18), { row: 2, column: 0 }],
    ['is wide', '東京'.repeat(6), { row: 2, column: 6 }],
    ['is wide, and does not fill its row', `x${'東'.repeat(9)}`, { row: 2, column: 2 }],
    ['has marks', 'e\u0301'.repeat(10), { row: 1, column: 12 }],
  ])('and one that %s', async (_how, line, cursor) => {
    const terminal = new TerminalModel(20);
    const { screen } = screenOn(terminal);
    screen.prompt = '> ';
    terminal.type(line);
    await drawn();
    const before = terminal.lines;
    screen.print('hi');
    await drawn();
    expect(terminal.lines).toEqual(['hi', ...before]);
    expect(terminal.cursor).toEqual(cursor);
  });
});

const sign = fc.constantFrom('a', 'b', ' ', '東', '京', 'e\u0301', '🙂', 'é');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.array(sign, { minLength: 1, maxLength: 15 }).map((signs) => ({ type: signs.join('') })) },
  fc.constantFrom(...([keys.left, keys.right, keys.home, keys.end, keys.backspace] as const)).map((type) => ({ type })),
  fc.array(sign, { maxLength: 30 }).map((signs) => ({ print: signs.join('') })),
);

test('whatever is typed, and whatever comes meanwhile, the screen is what a clean one would be', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 8, max: 24 }), async (steps, columns) => {
      const [terminal, clean] = [new TerminalModel(columns, 40), new TerminalModel(columns, 40)];
      const [one, other] = [screenOn(terminal).screen, screenOn(clean).screen];
      one.prompt = '> ';
      for (const each of steps) {
        if ('type' in each) terminal.type(each.type);
        else one.print(each.print);
        await drawn();
      }
      // On the other, nothing comes while a line stands there.
      for (const each of steps) if ('print' in each) other.print(each.print);
      other.prompt = '> ';
      clean.type(steps.map((each) => ('type' in each ? each.type : '')).join(''));
      await drawn();
      expect(terminal.lines).toEqual(clean.lines);
      expect(terminal.cursor).toEqual(clean.cursor);
      expect(terminal.stray).toBe('');
      one.close();
      other.close();
    }),
    { numRuns: 60 },
  );
});

test('a line that does not fit the screen shows the part around the cursor, and is whole when it is sent', async () => {
  const terminal = new TerminalModel(20, 4);
  const { screen, typed } = screenOn(terminal);
  screen.prompt = '> ';
  const long = Array.from({ length: 300 }, (_, index) => index % 10).join('');
  terminal.type(long);
  await drawn();
  screen.print('hi');
  await drawn();
  expect(terminal.lines[0]).toBe('hi');
  expect(terminal.lines.slice(1).join('').replace('> ', '')).toBe(
    long.slice(-terminal.lines.slice(1).join('').length + 2),
  );
  terminal.type(keys.enter);
  await drawn();
  expect(typed).toEqual([long]);
});

test('a terminal that becomes narrower or wider keeps one line to type in', async () => {
  const terminal = new TerminalModel(40);
  const { screen } = screenOn(terminal);
  screen.prompt = '> ';
  terminal.type('x'.repeat(50));
  await drawn();
  terminal.columns = 60;
  // A terminal that wraps anew has it in one row, and the cursor with it.
  terminal.write(`\x1b[1A\x1b[1G\x1b[J> ${'x'.repeat(50)}`);
  terminal.emit('resize');
  await drawn();
  expect(terminal.lines).toEqual([`> ${'x'.repeat(50)}`]);
});

describe('keys', () => {
  test('Ctrl-C clears the line, and leaves where there is none; Ctrl-D leaves', async () => {
    const terminal = new TerminalModel();
    const { told, typed } = screenOn(terminal);
    terminal.type(`hello${keys.left}${keys.ctrlC}`);
    await drawn();
    expect([terminal.lines, told.left, typed]).toEqual([[''], 0, []]);
    terminal.type(keys.ctrlC);
    await drawn();
    expect(told.left).toBe(1);
    terminal.type(keys.ctrlD);
    await drawn();
    expect(told.left).toBe(2);
  });

  test('Ctrl-L clears the screen, and keeps the line', async () => {
    const terminal = new TerminalModel();
    const { screen } = screenOn(terminal);
    screen.prompt = '> ';
    screen.print('hi');
    terminal.type('hello');
    await drawn();
    terminal.type(keys.ctrlL);
    await drawn();
    expect(terminal.lines.filter((line) => line !== '')).toEqual(['> hello']);
  });

  test('up brings back what was typed, but no secret, which stands on no screen either', async () => {
    const terminal = new TerminalModel();
    const remembered = (line: string) => line.replace(/^\/auth .*/, '/auth ***');
    const { screen, typed } = screenOn(terminal, { remembered });
    screen.prompt = '> ';
    terminal.type(`hello${keys.enter}/auth sesame${keys.enter}${keys.up}`);
    await drawn();
    expect(typed).toEqual(['hello', '/auth sesame']);
    expect(terminal.lines).toEqual(['> hello', '> /auth ***', '> hello']);
  });

  test('Tab completes, and asked twice lists what there is', async () => {
    const terminal = new TerminalModel();
    const names = ['alan', 'alice', 'bob'];
    const complete = (line: string) => [names.filter((name) => name.startsWith(line)), line] as const;
    const { screen } = screenOn(terminal, { complete });
    screen.prompt = '> ';
    terminal.type(`a${keys.tab}`);
    await drawn();
    expect(terminal.lines).toEqual(['> al']);
    terminal.type(keys.tab);
    await drawn();
    terminal.type(keys.tab);
    await drawn();
    expect(terminal.lines).toEqual(['alan  alice', '> al']);
    terminal.type(`i${keys.tab}`);
    await drawn();
    expect(terminal.lines.at(-1)).toBe('> alice');
  });

  test('Tab completes, too, in the midst of keys that come at once, as over a slow network', async () => {
    const terminal = new TerminalModel();
    const complete = (line: string) => [line === 'a' ? ['alice '] : [], line] as const;
    const { screen } = screenOn(terminal, { complete });
    screen.prompt = '> ';
    terminal.type(`a${keys.tab}psst`);
    await drawn();
    expect(terminal.lines).toEqual(['> alice psst']);
  });

  test('what is pasted and would act on the terminal is shown, and does nothing', async () => {
    const terminal = new TerminalModel();
    const { screen, typed } = screenOn(terminal);
    screen.prompt = '> ';
    terminal.type('a\u009b31mb\u202ec');
    await drawn();
    expect(terminal.lines).toEqual(['> a\ufffd31mb\ufffdc']);
    terminal.type(keys.enter);
    await drawn();
    expect(typed).toEqual(['a\u009b31mb\u202ec']);
    expect(terminal.stray).toBe('');
  });
});

// `node:readline` appended all but the last character of a paste to the end of the line.
test('a paste into the midst of a line is there, with spaces for its tabs', async () => {
  const terminal = new TerminalModel();
  const { screen } = screenOn(terminal);
  screen.prompt = '> ';
  terminal.type(`ad${keys.left}`);
  await drawn();
  terminal.paste('b\tc');
  await drawn();
  expect(terminal.lines).toEqual(['> ab cd']);
});

test('a paste of lines is lines', async () => {
  const terminal = new TerminalModel();
  const { screen, typed } = screenOn(terminal);
  screen.prompt = '> ';
  await drawn();
  terminal.paste('one\rtwo\rthr');
  await drawn();
  expect(typed).toEqual(['one', 'two']);
  expect(terminal.lines).toEqual(['> one', '> two', '> thr']);
});

test('closed, it leaves what was said, takes the line away, and writes nothing any more', async () => {
  const terminal = new TerminalModel();
  const { screen } = screenOn(terminal);
  screen.prompt = '> ';
  terminal.type('hel');
  screen.print('bye');
  await drawn();
  screen.close();
  screen.print('late');
  terminal.type('lo');
  await drawn();
  expect(terminal.lines).toEqual(['bye', '']);
  expect(terminal.cursor).toEqual({ row: 1, column: 0 });
  expect(terminal.marksPastes).toBe(false);
});
