import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { nodeVersions } from '../../scripts/node-versions.mjs';

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly uses?: string;
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
  readonly container?: { readonly image: string };
  readonly steps?: readonly Step[];
}

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly concurrency: { readonly group: string };
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (file: string) => parse(readFileSync(path.join('.github', file), 'utf8'));
const names = readdirSync('.github/workflows');
const workflows = names.map((name) => [name, read(`workflows/${name}`)] as [string, Workflow]);
const ci: Workflow = read('workflows/ci.yml');
const release: Workflow = read('workflows/release.yml');

/** Why a command of a workflow can't be run in this repository. */
function fault(command: string): string | undefined {
  const [program, ...words] = command.split(' ');
  if (program === 'node') return existsSync(String(words[0])) ? undefined : `there is no ${words[0]}`;
  if (program !== 'npm') return `${program} is not known to be there`;
  const script = words[0] === 'run' ? words[1] : words[0];
  if (['install', 'pack', 'publish'].includes(String(script))) return undefined;
  return Object.hasOwn(packageJson.scripts, String(script)) ? undefined : `package.json has no script ${script}`;
}

describe.each(workflows)('%s', (_, { permissions, concurrency, jobs }) => {
  const steps = Object.values(jobs).flatMap((job) => job.steps ?? []);

  it('runs what is there', () => {
    const commands = steps.flatMap(({ run = '' }) => run.split('\n')).filter((command) => command !== '');
    expect(commands.length).toBeGreaterThan(0);
    expect(commands.map(fault).filter((found) => found !== undefined)).toEqual([]);
  });

  it('uses actions of GitHub in one major version, and workflows that are there', () => {
    for (const { uses } of [...steps, ...Object.values(jobs)]) {
      if (uses === undefined) continue;
      if (uses.startsWith('./')) expect(existsSync(uses), uses).toBe(true);
      else expect(uses).toMatch(/^actions\/[a-z-]+@v\d+$/);
    }
  });

  it('may read at most, but for the job that proves to npm who it is', () => {
    const given = [permissions, ...Object.values(jobs).map((job) => job.permissions ?? {})];
    expect(permissions).toBeDefined();
    const writes = given.flatMap(Object.entries).filter(([, access]) => access !== 'read' && access !== 'none');
    expect(writes).toEqual(jobs.publish === undefined ? [] : [['id-token', 'write']]);
    for (const { uses, with: options } of steps) {
      // Else the token lies in the checkout, for each script that is installed to read.
      if (uses?.startsWith('actions/checkout@')) expect(options).toMatchObject({ 'persist-credentials': false });
    }
  });

  it('ends, and does not run twice at once for the same thing', () => {
    expect(concurrency.group).toBeTruthy();
    for (const job of Object.values(jobs))
      if (job.uses === undefined) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });
});

describe('what a change must pass', () => {
  it('is asked of pull requests, of main, and of what is released', () => {
    expect(ci.on).toEqual({ push: { branches: ['main'] }, pull_request: null, workflow_call: null });
    expect(release.jobs.test?.uses).toBe('./.github/workflows/ci.yml');
    expect(release.jobs.package?.needs).toBe('test');
  });

  it('is what .ci/run has, on each version of Node.js that the package is made for', () => {
    const { strategy, steps = [], container } = ci.jobs.test ?? {};
    expect(strategy?.matrix.node).toEqual(nodeVersions);
    expect(packageJson.engines.node).toBe(`>=${nodeVersions[0]}`);
    expect(container?.image).toBe(`node:\${{ matrix.node }}-bookworm`);
    expect(steps.flatMap(({ run = [] }) => run)).toEqual(['npm install', 'npm test', 'npm run check']);
    expect(readFileSync('.ci/run', 'utf8')).toMatch(/npm install && npm test.*npm run --silent check/s);
  });

  it('comes before publishing, which is of a tag, by the newest Node.js, and runs nothing that was installed', () => {
    expect(release.on).toEqual({ push: { tags: ['v*'] } });
    expect(release.jobs.publish?.needs).toBe('package');
    const packing = release.jobs.package?.steps?.flatMap(({ run = [] }) => run);
    expect(packing).toEqual(['npm install', 'node scripts/release.mjs --tag "$GITHUB_REF_NAME"', 'npm pack']);
    const publishing = release.jobs.publish?.steps ?? [];
    expect(publishing.flatMap(({ run = [] }) => run)).toEqual([
      'npm publish ./chathub-*.tgz --provenance --access public',
    ]);
    expect(packageJson.publishConfig).toEqual({ access: 'public', provenance: true });
    const [setUp] = publishing;
    expect(setUp?.with).toEqual({ 'node-version': nodeVersions.at(-1), 'package-manager-cache': false });
  });
});

interface Field {
  readonly type: string;
  readonly id?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

// As GitHub asks of issue forms: one that does not fit is not shown, and nothing says why.
describe.each(readdirSync('.github/ISSUE_TEMPLATE').filter((name) => name !== 'config.yml'))(
  'the issue form %s',
  (name) => {
    const form = read(`ISSUE_TEMPLATE/${name}`);
    const fields: readonly Field[] = form.body;

    it('has a name, a description, labels, and questions', () => {
      expect(form).toEqual({
        name: expect.any(String),
        description: expect.any(String),
        labels: [expect.any(String)],
        body: expect.any(Array),
      });
      expect(fields.some(({ type }) => type !== 'markdown')).toBe(true);
    });

    it('asks for each thing once, in ways that GitHub knows', () => {
      for (const { type, id, attributes } of fields) {
        expect(['markdown', 'textarea', 'input', 'dropdown', 'checkboxes']).toContain(type);
        if (type === 'markdown') expect(attributes.value).toEqual(expect.any(String));
        else expect([id, attributes.label]).toEqual([expect.stringMatching(/^[\w-]+$/), expect.any(String)]);
        if (type === 'dropdown')
          expect(new Set(attributes.options as string[]).size).toBe((attributes.options as string[]).length);
      }
      const ids = fields.flatMap(({ id }) => id ?? []);
      expect(new Set(ids).size).toBe(ids.length);
    });
  },
);
