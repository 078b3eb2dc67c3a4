import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { examplesIn } from '../../scripts/examples.mjs';
import { EmptyProject } from './empty-project.js';

/** What stands in Markdown as TypeScript. `npm run check` compiles it; here it runs, from the installed package. */
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

/** As JavaScript, and on ports that are free. */
function runnable(example: string): string {
  const { module, target } = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(example, { compilerOptions: { module, target } });
  return outputText.replaceAll(/\bport: \d+/g, 'port: 0');
}

/** Starts a server of the README, says this to it, and gives all that it answers. */
async function answer(server: string, said: string): Promise<string> {
  const address = await project.start(`${runnable(server)}\nconsole.log(hub.status().addresses[0]);`, 'server.mjs');
  const { hostname: host, port } = new URL(address);
  const socket = connect({ host, port: Number(port) });
  socket.end(said);
  return text(socket);
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
    const readme = await readFile('README.md', 'utf8');
    const table = readme.split('\n').filter((line) => /^\| `\//.test(line));
    const listed = help.split('\n').filter((line) => line.startsWith('* /'));
    expect(commands(table.join('\n'))).toEqual(commands(listed.join('\n')));
  });
});

describe('an example of the guide runs to its end', () => {
  const inGuide = examples.filter(({ file }) => file !== 'README.md');
  test.each(inGuide)('$file:$line', async ({ line, text }) => {
    await project.run(runnable(text), { file: `guide-${line}.mjs` });
  });
});
