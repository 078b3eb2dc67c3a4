// ChatHub, as the load generator sees it.

import { readFileSync } from 'node:fs';
import path from 'node:path';

/** @typedef {import('../lib/server.mjs').Subject} Subject */

const { version } = JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8'));

/**
 * @param {string} file
 * @returns {Subject['command']}
 */
const node = (file) => (port) => [process.execPath, path.join(import.meta.dirname, file), String(port)];

/** @type {Subject} */
export const chathub = {
  name: 'chathub',
  version,
  serves: 'rooms',
  command: node('chathub.mjs'),
  dialect: {
    wire: 'ws',
    protocol: 'chathub.v1.json',
    greet: [
      { send: '{"type":"hello"}', until: '"welcome"' },
      { send: '{"type":"join","room":"{room}"}', until: '"joined"' },
    ],
    say: '{"type":"send","room":"{room}","text":"{text}"}',
  },
};

/** Each message is acknowledged. @type {Subject} */
export const chathubAcknowledged = {
  ...chathub,
  name: 'chathub, acknowledged',
  dialect: { ...chathub.dialect, say: '{"type":"send","id":1,"room":"{room}","text":"{text}"}' },
};

/** @type {Subject} */
export const chathubEcho = {
  name: 'chathub',
  version,
  serves: 'echo',
  command: node('chathub-echo.mjs'),
  dialect: { wire: 'lines', greet: [], say: '{text}' },
};

/** What no server on Node.js gets below with a write for each delivery. @type {Subject} */
export const bare = {
  name: '(bare writes)',
  version: process.versions.node,
  serves: 'rooms',
  command: node('bare.mjs'),
  dialect: { wire: 'ws', path: '/{room}', greet: [], say: '{text}' },
};
