// Runs the packed package with other versions of Node.js than this one: imported, required, as an echo server over TCP, and
// as a chat over WebSocket, with Node's own WebSocket where it has one.
// npx fetches each version, so this is no part of `npm test`.
//
//   node scripts/node-matrix.mjs [VERSION…]     by default those of node-versions.mjs; needs dist/

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cleanEnvironment, installPacked } from './install-packed.mjs';
import { nodeVersions } from './node-versions.mjs';

const smoke = `
  import assert from 'node:assert/strict';
  import { createRequire } from 'node:module';
  import { connect } from 'node:net';
  import { ChatHub, plainText } from 'chathub';
  import { connect as connectClient } from 'chathub/client';
  import { tcp } from 'chathub/tcp';
  import { webSocket } from 'chathub/websocket';
  import { WebSocket } from 'ws';

  const required = createRequire(import.meta.url)('chathub');
  assert.equal(required.ChatHub, ChatHub);

  const hub = new ChatHub();
  hub.on('message', ({ member, text }) => member.send(text));
  const { addresses: [address] } = await hub.listen(tcp({ port: 0, protocol: plainText() }));
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(address).port) });
  socket.end('a\\nb\\r\\n/quit\\n');
  const chunks = await socket.toArray();
  assert.equal(Buffer.concat(chunks).toString(), 'a\\nb\\r\\n/quit\\n');

  hub.handle('version', () => process.version);
  const { addresses: [url] } = await hub.listen(webSocket({ port: 0, path: '/chat' }));
  const client = connectClient(url, { name: 'alice', WebSocket: globalThis.WebSocket ?? WebSocket });
  const lobby = await client.join('lobby');
  await lobby.send('hello');
  for await (const { text } of lobby) if (text === 'hello') break;
  assert.equal(await client.request('version'), process.version);
  client.close();
  await hub.close();
  console.log(process.version);
`;

const versions = process.argv.length > 2 ? process.argv.slice(2) : nodeVersions;
const folder = mkdtempSync(path.join(tmpdir(), 'chathub-nodes-'));
try {
  installPacked(folder);
  writeFileSync(path.join(folder, 'smoke.mjs'), smoke);
  if (!versions.map(passes).every(Boolean)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** @param {string} version */
function passes(version) {
  const args = ['-y', '-p', `node@${version}`, 'node', 'smoke.mjs'];
  const options = { cwd: folder, env: cleanEnvironment(), encoding: /** @type {const} */ ('utf8') };
  const { status, stdout, stderr } = spawnSync('npx', args, options);
  const ran = stdout.trim().split('\n').at(-1) ?? '';
  const passed = status === 0 && ran.startsWith(`v${version}`);
  console.log(`${passed ? 'ok  ' : 'FAIL'}  Node.js ${version} ${ran}`);
  if (!passed) console.log(`${stdout}${stderr}`);
  return passed;
}
