// The servers whose compression is compared, and those that don't compress.

import path from 'node:path';
import { peers } from '../peers/index.mjs';
import { chathub } from '../servers/index.mjs';

/** @typedef {import('../lib/server.mjs').Subject} Subject */

const program = path.join(import.meta.dirname, 'chathub.mjs');

/** @type {Subject} */
export const plain = {
  ...chathub,
  name: 'chathub',
  command: (port) => [process.execPath, program, String(port)],
};

/** @type {Subject} */
export const compressing = {
  ...chathub,
  name: 'chathub, compression',
  command: (port) => [process.execPath, program, String(port), 'compression'],
};

export const plainWs = peer('ws');
export const deflating = peer('ws', 'deflate');
export const takingOver = peer('ws', 'takeover');
export const socketIo = peer('socket-io', 'deflate');

/**
 * @param {string} name
 * @param {string[]} words - further ones of its command line
 * @returns {Subject}
 */
function peer(name, ...words) {
  const found = peers.find((each) => each.name === name);
  if (found === undefined || found.version === '') throw new Error(`${name} is not installed`);
  return { ...found, name: [name, ...words].join(', '), command: (port) => [...found.command(port), ...words] };
}
