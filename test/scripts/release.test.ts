import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cleanEnvironment } from '../../scripts/install-packed.mjs';
import { nextVersions, released } from '../../scripts/release/changelog.mjs';

const history = '\n\n## [0.3.1] - 2026-01-02\n\n### Added\n\n- All of it.\n';
const unreleased = (text: string, rest = history) => `# Changelog\n\n## [Unreleased]\n\n${text}${rest}`;
const fixed = '### Fixed\n\n- It works.';

describe('the version that comes next', () => {
  it.each([
    ['0.3.1', fixed, ['0.3.2', '1.0.0']],
    ['0.3.1', '### Security\n\n- It is safe.\n\n### Fixed\n\n- It works.', ['0.3.2', '1.0.0']],
    ['0.3.1', '### Added\n\n- More.\n\n### Fixed\n\n- It works.', ['0.4.0', '1.0.0']],
    ['0.3.1', '### Removed\n\n- Less.', ['0.4.0', '1.0.0']],
    ['1.3.1', fixed, ['1.3.2']],
    ['1.3.1', '### Added\n\n- More.', ['1.4.0']],
    ['1.3.1', '### Changed\n\n- Otherwise.', ['1.4.0']],
    ['1.3.1', '### Deprecated\n\n- Soon.', ['1.4.0']],
    ['1.3.1', 'Words alone.', ['1.4.0']],
    ['1.3.1', '### Removed\n\n- Less.', ['2.0.0']],
    ['1.3.1', '### Changed\n\n- **Breaking:** otherwise.', ['2.0.0']],
    ['1.3.1', '### Fixed\n\n- **Breaking:** it works.', ['2.0.0']],
    ['1.3.1', '', []],
  ])('after %s, with %j, is one of %j', (current, text, versions) => {
    expect(nextVersions(unreleased(text), current).versions).toEqual(versions);
  });

  it('is the one of package.json when nothing was released before', () => {
    expect(nextVersions(unreleased('### Added\n\n- All of it.', '\n'), '0.1.0').versions).toEqual(['0.1.0']);
  });

  it('has a section of its own, dated, and leaves an empty one for what comes then', () => {
    expect(released(unreleased(fixed), '0.3.2', '2026-02-03')).toBe(
      `# Changelog\n\n## [Unreleased]\n\n## [0.3.2] - 2026-02-03\n\n${fixed}${history}`,
    );
  });
});

/** A repository of a package of version 0.3.1, whose scripts write down that they ran. */
class Repository {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'chathub-release-'));

  constructor({ repository = 'git+https://github.com/someone/chat.git', check = '' } = {}) {
    onTestFinished(() => rmSync(this.folder, { recursive: true }));
    const note = (name: string) => `node -e "require('node:fs').appendFileSync('.git/ran', '${name} ')"`;
    const scripts = { check: `${note('check')} && ${check || 'true'}`, test: note('test') };
    const manifest = {
      name: 'chat',
      version: '0.3.1',
      scripts,
      ...(repository && { repository: { type: 'git', url: repository } }),
    };
    this.write('package.json', JSON.stringify(manifest, undefined, 2));
    this.write(
      'package-lock.json',
      JSON.stringify({ name: 'chat', version: '0.3.1', packages: { '': { name: 'chat', version: '0.3.1' } } }),
    );
    this.write('CHANGELOG.md', unreleased(fixed));
    this.write('README.md', '`npm pack` makes `chat-0.3.1.tgz`. Node 0.3.1 is too old.\n');
    this.git('init', '--quiet', '--initial-branch', 'main');
    this.commit();
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.folder, file), text);
  }

  read(file: string): string {
    return readFileSync(path.join(this.folder, file), 'utf8');
  }

  commit(): void {
    this.git('add', '.');
    this.git('commit', '--quiet', '--message', 'All of it');
  }

  git(...args: readonly string[]): string {
    return this.#run('git', args).stdout.trim();
  }

  release(...args: readonly string[]) {
    return this.#run(process.execPath, [path.resolve('scripts/release.mjs'), ...args]);
  }

  #run(command: string, args: readonly string[]) {
    const person = {
      GIT_AUTHOR_NAME: 'A',
      GIT_AUTHOR_EMAIL: 'a@b',
      GIT_COMMITTER_NAME: 'A',
      GIT_COMMITTER_EMAIL: 'a@b',
    };
    // What is set up for whoever runs the tests has no part in it.
    const env = { ...cleanEnvironment(), ...person, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: this.folder, env, encoding: 'utf8' });
    return { status, stdout, stderr };
  }
}

describe('a release', () => {
  it('sets the version where it stands, dates the changes, is checked and tested, committed and tagged', () => {
    const repository = new Repository();
    const { status, stdout, stderr } = repository.release('0.3.2');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('git push --atomic origin main v0.3.2');
    expect(JSON.parse(repository.read('package.json')).version).toBe('0.3.2');
    expect(JSON.parse(repository.read('package-lock.json'))).toMatchObject({
      version: '0.3.2',
      packages: { '': { version: '0.3.2' } },
    });
    expect(repository.read('README.md')).toBe('`npm pack` makes `chat-0.3.2.tgz`. Node 0.3.1 is too old.\n');
    const today = new Date().toISOString().slice(0, 10);
    expect(repository.read('CHANGELOG.md')).toContain(`## [Unreleased]\n\n## [0.3.2] - ${today}\n\n${fixed}\n`);
    expect(repository.read('.git/ran')).toBe('check test ');
    expect(repository.git('status', '--porcelain')).toBe('');
    expect(repository.git('log', '-1', '--format=%s')).toBe('Release 0.3.2');
    expect(repository.git('tag', '--list', '--format=%(refname:short) %(objecttype) %(contents)')).toBe(
      `v0.3.2 tag 0.3.2\n\n${fixed}`,
    );
    expect(repository.release('--tag', 'v0.3.2')).toMatchObject({ status: 0, stderr: '' });
  });

  it('says what it would do, and does nothing, with --dry-run', () => {
    const repository = new Repository();
    const before = repository.git('rev-parse', 'HEAD');
    const { status, stdout } = repository.release('0.3.2', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toBe(
      'Would set 0.3.2 in package.json, package-lock.json, CHANGELOG.md, README.md; run "npm run check" and "npm run test"; ' +
        `commit, and tag v0.3.2:\n\n${fixed}\n`,
    );
    expect([
      repository.git('status', '--porcelain'),
      repository.git('tag'),
      repository.git('rev-parse', 'HEAD'),
    ]).toEqual(['', '', before]);
  });

  it('is none when a check fails: the files are as they were', () => {
    const repository = new Repository({ check: 'false' });
    const { status, stderr } = repository.release('0.3.2');
    expect(status).toBe(1);
    expect(stderr).toContain('"npm run check" failed: nothing was released, and the files are as they were.');
    expect([repository.git('status', '--porcelain'), repository.git('tag')]).toEqual(['', '']);
  });

  it.each<[string, string, (repository: Repository) => void, string]>([
    [
      'what is not committed',
      '0.3.2',
      (it) => it.write('new.txt', ''),
      'There are changes that are not committed: commit or stash them.\n?? new.txt',
    ],
    [
      'another branch',
      '0.3.2',
      (it) => void it.git('switch', '--quiet', '--create', 'next'),
      'Releases are made on the branch main, and this is next',
    ],
    ['no branch', '0.3.2', (it) => void it.git('switch', '--quiet', '--detach'), 'and this is no branch'],
    [
      'a version that is too far',
      '0.4.0',
      () => {},
      'Expected 0.3.2 or 1.0.0, since there is "Fixed" and "Security" alone; got 0.4.0.',
    ],
    ['the version that it has', '0.3.1', () => {}, 'Expected 0.3.2'],
    ['no version', '', () => {}, 'Expected a version such as 1.2.3, got "".'],
    ['what is no version', 'v0.3.2', () => {}, 'got "v0.3.2".'],
    ['a number with a zero before it', '0.3.02', () => {}, 'got "0.3.02".'],
    ['a tag that is there', '0.3.2', (it) => void it.git('tag', 'v0.3.2'), 'There is a tag v0.3.2 already'],
    [
      'no changes',
      '0.3.2',
      (it) => {
        it.write('CHANGELOG.md', unreleased(''));
        it.commit();
      },
      '"Unreleased" of CHANGELOG.md is empty: there is nothing to release.',
    ],
  ])('is refused for %s', (_, version, spoil, reason) => {
    const repository = new Repository();
    spoil(repository);
    const before = repository.git('status', '--porcelain');
    const { status, stderr } = repository.release(version);
    expect(status).toBe(1);
    expect(stderr).toContain(reason);
    expect([repository.git('status', '--porcelain'), repository.git('log', '--oneline', '--grep', 'Release')]).toEqual([
      before,
      '',
    ]);
  });

  it.each([
    ['', 'package.json has no "repository". npm must be able to say where a package comes from'],
    ['https://example.com/chat.git', 'is no address at GitHub: "https://example.com/chat.git".'],
  ])('is refused as long as the repository is %j', (repository, reason) => {
    const { status, stderr } = new Repository({ repository }).release('0.3.2', '--dry-run');
    expect(status).toBe(1);
    expect(stderr).toContain(reason);
  });

  it('is not published when the tag is of another version, or the changes have no date', () => {
    const { status, stderr } = new Repository().release('--tag', 'v0.3.2');
    expect(status).toBe(1);
    expect(stderr).toBe('The tag is v0.3.2, and package.json has 0.3.1.\n');
    const undated = new Repository();
    undated.write('CHANGELOG.md', unreleased(fixed, '\n'));
    expect(undated.release('--tag', 'v0.3.1').stderr).toBe('CHANGELOG.md has no dated section for 0.3.1.\n');
  });
});
