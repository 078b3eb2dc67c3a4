// Where code that was built comes from.

import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** @typedef {import('./cut.mjs').CallFrame} CallFrame */

export class Sources {
  /** @type {Map<string, SourceMap | undefined>} */
  #maps = new Map();

  /**
   * The place in src/ of a place in dist/; all others as they are.
   *
   * @param {CallFrame} frame
   * @returns {CallFrame}
   */
  original(frame) {
    /** @type {{} | { originalSource: string, originalLine: number, originalColumn: number, name?: string } | undefined} */
    const entry = this.#map(frame.url)?.findEntry(frame.lineNumber, frame.columnNumber);
    // An empty object when nothing is known of the place.
    if (entry === undefined || !('originalSource' in entry)) return frame;
    const url = new URL(entry.originalSource, frame.url).href;
    const { name = '' } = entry;
    // What was bundled with another of its name was given a number.
    const functionName = frame.functionName.replace(/\d+$/, '') === name ? name : frame.functionName;
    return { ...frame, functionName, url, lineNumber: entry.originalLine, columnNumber: entry.originalColumn };
  }

  /** @param {string} url */
  #map(url) {
    if (!url.startsWith('file:') || url.includes('/node_modules/')) return undefined;
    if (!this.#maps.has(url)) {
      const file = `${fileURLToPath(url)}.map`;
      this.#maps.set(url, existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined);
    }
    return this.#maps.get(url);
  }
}

const root = pathToFileURL(`${import.meta.dirname}/../../`).href;

/**
 * Short enough for a table.
 *
 * @param {CallFrame} frame
 */
export function place({ url, lineNumber }) {
  if (url === '') return '';
  const short = url.startsWith(root) ? url.slice(root.length) : url.replace(/^file:\/\//, '');
  return `${short.replace(/^.*node_modules\//, '')}:${lineNumber + 1}`;
}
