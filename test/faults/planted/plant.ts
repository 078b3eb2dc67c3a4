import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ownSources } from '../world/build.js';
import type { Plant } from './plants.js';

/** A copy of the sources with a fault in it: where it is, and how to be rid of it. */
export function plantedCopy(plant: Plant): { readonly sources: string; remove(): void } {
  const sources = mkdtempSync(path.join(tmpdir(), 'chathub-planted-'));
  cpSync(ownSources, sources, { recursive: true });
  for (const { file } of plant.patches) writeFileSync(path.join(sources, file), patched(plant, file));
  return { sources, remove: () => rmSync(sources, { recursive: true }) };
}

/**
 * A file of our sources with the fault in it.
 *
 * @throws Error when what is to be replaced is not there any more, or more than once
 */
export function patched({ name, patches }: Plant, file: string): string {
  let text = readFileSync(path.join(ownSources, file), 'utf8');
  for (const { find, put } of patches.filter((patch) => patch.file === file)) {
    const parts = text.split(find);
    if (parts.length !== 2) throw new Error(`"${name}": ${file} has this ${parts.length - 1} times:\n${find}`);
    text = parts.join(put);
  }
  return text;
}
