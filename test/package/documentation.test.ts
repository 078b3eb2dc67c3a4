import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examplesIn } from '../../scripts/examples.mjs';
import { EmptyProject } from './empty-project.js';
import { answerOf, runnable } from './talk.js';

/** What stands in Markdown as code. `npm run check` compiles it; here it runs, from the installed package. */
const examples = examplesIn('.').filter(({ file }) => file.endsWith('.md'));
const inReadme = examples.filter(({ file }) => file === 'README.md').map(({ text }) => text);

let project: EmptyProject;

beforeAll(async () => {
  project = await EmptyProject.create();
  // Where Node.js has no driver for SQLite of its own.
  await project.link('libsql');
  await project.link('ioredis');
  for (const name of ['prom-client', '@opentelemetry/api', 'pino']) await project.link(name);
});
afterAll(() => project.remove());

/** Starts a server of the README, says this to it, and gives all that it answers. */
async function answer(server: string, said: string): Promise<string> {
  const program = `${runnable(server)}\nconsole.log(hub.status().addresses[0]);`;
  return answerOf(await project.start(program, 'server.mjs'), said);
}

describe('the README', () => {
  test('has two servers and a client', () => {
    expect(inReadme).toHaveLength(3);
  });

  test('has an echo server that gives back the bytes it gets', async () => {
    expect(await answer(inReadme[0]!, 'a\nb\r\n/quit\nü\n')).toBe('a\nb\r\n/quit\nü\n');
  });

  test('has a chat with the rules that it says it has', async () => {
    const said = ['/join ops', 'buy spam', 'hello', '/auth sesame', '/join ops', '/quit'];
    const answers = (await answer(inReadme[1]!, `${said.join('\n')}\n`)).split(/\r?\n/);
    expect(answers[0]).toMatch(/^\* Welcome, guest-/);
    expect(answers.slice(1, 5)).toEqual([
      '* Joined lobby (1 here).',
      '[lobby] server: Welcome.',
      '! FORBIDDEN Admins only.',
      '! FORBIDDEN That is not allowed.',
    ]);
    expect(answers[5]).toMatch(/^\* Welcome, alice\./);
    expect(answers.slice(-2)).toEqual(['* Joined ops (1 here).', '']);
  });

  test('has a client that the second server answers', async () => {
    const addresses = await project.start(
      `${runnable(inReadme[1]!).replace('console.log', '')}\nconsole.log(hub.status().addresses[1]);`,
      'second.mjs',
    );
    // Node.js before 22 has no WebSocket of its own.
    const app = runnable(inReadme[2]!)
      .replace(/'ws:[^']*'/, `'${addresses}'`)
      .replace("token: '", "WebSocket, token: '");
    const printed = await project.run(`import { WebSocket } from 'ws';\n${app}\nclient.close();`, {
      file: 'client.mjs',
    });
    expect(printed).toMatch(/^server: Welcome\.\nalice: hello\n[1-6]$/);
  });

  test('lists every command that /help does, and no other', async () => {
    const help = await answer(inReadme[1]!, '/help\n');
    const commands = (lines: string) => [...new Set(lines.match(/(?<=[`\s])\/[a-z]+\b/g))].sort();
    const page = await readFile('docs/lines.md', 'utf8');
    const table = page.split('\n').filter((line) => /^\| `\//.test(line));
    const listed = help.split('\n').filter((line) => line.startsWith('* /'));
    expect(commands(table.join('\n'))).toEqual(commands(listed.join('\n')));
  });
});

describe('an example of the guide runs to its end', () => {
  const inGuide = examples.filter(({ file, kind }) => file !== 'README.md' && kind === '');
  test.each(inGuide)('$file:$line', async ({ line, text }) => {
    await project.run(runnable(text), { file: `guide-${line}.mjs` });
  });
});

// A server or a client that no test runs would not be noticed: these two pages have tests for each of theirs.
test('what has a test of its own stands in the README or in "Getting started"', () => {
  const files = examples.filter(({ kind }) => ['server', 'client'].includes(kind)).map(({ file }) => file);
  expect([...new Set(files)].sort()).toEqual(['README.md', 'docs/getting-started.md']);
});
