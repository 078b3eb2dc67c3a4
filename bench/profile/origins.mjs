// What a function is part of.

/** @typedef {import('./cut.mjs').CallFrame} CallFrame */
/** @typedef {{ name: string, colour: string, has: (frame: CallFrame) => boolean }} Origin */

/**
 * @param {RegExp} pattern
 * @returns {Origin['has']}
 */
const from =
  (pattern) =>
  ({ url }) =>
    pattern.test(url);

/**
 * @param {RegExp} pattern
 * @returns {Origin['has']}
 */
const native =
  (pattern) =>
  ({ url, functionName }) =>
    url === '' && pattern.test(functionName);

/** What neither runs JavaScript nor was called by it. */
export const polling = 'epoll, reads and accepts';

/** The first that has a function is its origin. @type {readonly Origin[]} */
export const origins = [
  { name: 'hub', colour: '#f0a35e', has: from(/\/src\/(hub|model|ports)\//) },
  { name: 'protocols', colour: '#f2d35b', has: from(/\/src\/protocols\//) },
  { name: 'transports', colour: '#f08a8a', has: from(/\/src\/transports\//) },
  { name: 'engines', colour: '#d9a3e8', has: from(/\/src\/engines\//) },
  { name: 'ws', colour: '#8fc7f5', has: from(/\/node_modules\/ws\//) },
  { name: 'other packages', colour: '#a9b8f7', has: from(/\/node_modules\//) },
  { name: 'the server program', colour: '#c9d96b', has: from(/^file:/) },
  {
    name: 'Node.js streams',
    colour: '#8bd4a8',
    has: from(/^node:(net$|_?stream|internal\/(streams?\/|stream_base|js_stream))/),
  },
  { name: 'Node.js, the rest', colour: '#bfe3c2', has: from(/^node:/) },
  { name: 'garbage collector', colour: '#c2a68f', has: native(/^\(garbage collector\)$/) },
  { name: 'writes', colour: '#9aa7b5', has: native(/^write|^shutdown$/) },
  { name: polling, colour: '#c7ced6', has: native(/^\((program|idle)\)$|^epoll/) },
  // Such as JSON.parse and what Buffer is made of.
  { name: 'V8 and native code', colour: '#dcd3ee', has: () => true },
];

/**
 * @param {CallFrame} frame
 * @returns {Origin}
 */
export function originOf(frame) {
  return /** @type {Origin} */ (origins.find(({ has }) => has(frame)));
}
