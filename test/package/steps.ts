import { readFileSync } from 'node:fs';
import { examplesIn } from '../../scripts/examples.mjs';
import { blocksIn } from '../../scripts/markdown.mjs';
import { EmptyProject } from './empty-project.js';

const file = 'docs/getting-started.md';
const examples = examplesIn('.').filter((example) => example.file === file);

/** The programs of "Getting started", by their kind, in the order of its steps. */
export function programs(kind: string): readonly string[] {
  return examples.filter((example) => example.kind === kind).map(({ text }) => text);
}

/** A project with the page of its last step, where its servers can run. */
export async function projectOfSteps(): Promise<EmptyProject> {
  const project = await EmptyProject.create();
  // Where Node.js has no driver for SQLite of its own.
  await project.link('libsql');
  const [html] = blocksIn({ file, text: readFileSync(file, 'utf8') }).filter(({ language }) => language === 'html');
  await project.write('index.html', html?.text ?? '');
  await project.write('page.js', programs('page')[0] ?? '');
  return project;
}

/** Where a server of the page says that it listens: TCP first. */
export function addressesIn(line: string): readonly [string, string] {
  const [tcp = '', web = ''] = line.replace('Listening on ', '').split(' and ');
  return [tcp, web];
}
