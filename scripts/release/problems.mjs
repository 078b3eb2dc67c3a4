// Why a release must not be made: a sentence each, with what to do.

import { nextVersions, sectionsOf } from './changelog.mjs';

/**
 * @typedef {object} Facts
 * @property {string} version the one that is asked for
 * @property {{ version: string, repository?: string | { url?: string } | undefined }} manifest of package.json
 * @property {string} changelog
 * @property {string} branch
 * @property {string} changes what git has to say of files that are not committed
 * @property {readonly string[]} tags
 */

/**
 * @param {Facts} facts
 * @returns {string[]}
 */
export function problems({ version, manifest, changelog, branch, changes, tags }) {
  return [
    versionProblem(version, manifest.version, changelog),
    branch === 'main'
      ? ''
      : `Releases are made on the branch main, and this is ${branch || 'no branch'}: git switch main.`,
    changes === '' ? '' : `There are changes that are not committed: commit or stash them.\n${changes}`,
    tags.includes(`v${version}`) ? `There is a tag v${version} already: that version is released.` : '',
    repositoryProblem(manifest.repository),
  ].filter((problem) => problem !== '');
}

/**
 * @param {string} version
 * @param {string} current
 * @param {string} changelog
 */
function versionProblem(version, current, changelog) {
  if (!/^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}$/.test(version))
    return `Expected a version such as 1.2.3, got "${version}".`;
  const { versions, why } = nextVersions(changelog, current);
  if (versions.length === 0) return `${why}.`;
  return versions.includes(version) ? '' : `Expected ${versions.join(' or ')}, since ${why}; got ${version}.`;
}

/**
 * npm compares it with where the workflow ran, and refuses a package that comes from elsewhere (provenance).
 * @param {Facts['manifest']['repository']} repository
 */
function repositoryProblem(repository) {
  const url = (typeof repository === 'string' ? repository : repository?.url) ?? '';
  if (/^(?:git\+)?https:\/\/github\.com\/[^/]+\/[^/]+$/.test(url)) return '';
  return [
    url === ''
      ? 'package.json has no "repository".'
      : `"repository" of package.json is no address at GitHub: "${url}".`,
    'npm must be able to say where a package comes from: set its "url" to git+https://github.com/OWNER/NAME.git,',
    'and "bugs" and "homepage" with it.',
  ].join(' ');
}

/**
 * Why the commit of a tag must not be published.
 * @param {string} tag
 * @param {Pick<Facts, 'manifest' | 'changelog'>} facts
 */
export function tagProblems(tag, { manifest, changelog }) {
  const section = sectionsOf(changelog).find(({ name }) => name === manifest.version);
  return [
    tag === `v${manifest.version}` ? '' : `The tag is ${tag}, and package.json has ${manifest.version}.`,
    section?.date === undefined ? `CHANGELOG.md has no dated section for ${manifest.version}.` : '',
    repositoryProblem(manifest.repository),
  ].filter((problem) => problem !== '');
}
