// What CHANGELOG.md says of a release: whether there is something to release, which version it makes, and its section.

const heading = /^## \[(?<name>[^\]]+)\](?: - (?<date>\d{4}-\d{2}-\d{2}))?$/gm;

/** @typedef {{ name: string, date: string | undefined, text: string }} Section */

/**
 * The sections, newest first: what follows each heading of a version, up to the next.
 * @param {string} changelog
 * @returns {Section[]}
 */
export function sectionsOf(changelog) {
  const found = [...changelog.matchAll(heading)];
  return found.map((match, index) => ({
    name: match.groups?.name ?? '',
    date: match.groups?.date,
    text: changelog.slice(match.index + match[0].length, found[index + 1]?.index).trim(),
  }));
}

/**
 * The versions that may come next. Before the first release, that is the one which package.json names. Before 1.0 a minor version may
 * break what was; 1.0.0 is for people to decide, whatever was changed.
 *
 * @param {string} changelog
 * @param {string} current of package.json
 * @returns {{ versions: string[], why: string }}
 */
export function nextVersions(changelog, current) {
  const sections = sectionsOf(changelog);
  const text = sections.find(({ name }) => name === 'Unreleased')?.text ?? '';
  if (text === '') return { versions: [], why: '"Unreleased" of CHANGELOG.md is empty: there is nothing to release' };
  if (sections.every(({ date }) => date === undefined))
    return { versions: [current], why: 'it is the first release, and package.json has this version' };
  const [major = 0, minor = 0, patch = 0] = current.split('.').map(Number);
  const kind = kindOf(text);
  const isSmall = kind === 'fix' || (kind === 'feature' && major > 0);
  const why = reasons[kind];
  if (major === 0) return { versions: [isSmall ? `0.${minor}.${patch + 1}` : `0.${minor + 1}.0`, '1.0.0'], why };
  if (kind === 'breaking') return { versions: [`${major + 1}.0.0`], why };
  return { versions: [kind === 'fix' ? `${major}.${minor}.${patch + 1}` : `${major}.${minor + 1}.0`], why };
}

const reasons = {
  breaking: 'something is removed, or begins with "**Breaking:**"',
  feature: 'there is more than "Fixed" and "Security"',
  fix: 'there is "Fixed" and "Security" alone',
};

/**
 * @param {string} text
 * @returns {keyof typeof reasons}
 */
function kindOf(text) {
  const kinds = [...text.matchAll(/^### (.+)$/gm)].map(([, kind = '']) => kind);
  if (kinds.includes('Removed') || /^- \*\*Breaking:?\*\*/m.test(text)) return 'breaking';
  return kinds.length > 0 && kinds.every((kind) => ['Fixed', 'Security'].includes(kind)) ? 'fix' : 'feature';
}

/**
 * What is unreleased becomes the section of this version, and an empty one for the next stands before it.
 * @param {string} changelog
 * @param {string} version
 * @param {string} date such as 2026-11-26
 */
export function released(changelog, version, date) {
  return changelog.replace(/^## \[Unreleased\]$/m, `## [Unreleased]\n\n## [${version}] - ${date}`);
}
