import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { EmptyProject } from './empty-project.js';

let project: EmptyProject;

beforeAll(async () => {
  project = await EmptyProject.create();
});
afterAll(() => project.remove());

describe('the installed package', () => {
  test('is imported', async () => {
    expect(
      await project.run(`
        import { ChatHub } from 'chathub';
        const hub = new ChatHub();
        await hub.room('lobby').send('hello');
        console.log((await hub.room('lobby').history()).map(({ text }) => text).join());
        await hub.close();
      `),
    ).toBe('hello');
  });

  test('is required', async () => {
    const text = `
      const { ChatHub } = require('chathub');
      const hub = new ChatHub();
      hub.room('lobby').send('hello').then(({ text }) => console.log(text)).then(() => hub.close());
    `;
    expect(await project.run(text, { file: 'app.cjs' })).toBe('hello');
  });

  test('is the same whether it is imported or required', async () => {
    expect(
      await project.run(`
        import { createRequire } from 'node:module';
        import * as imported from 'chathub';
        const required = createRequire(import.meta.url)('chathub');
        console.log(imported.ChatHub === required.ChatHub, imported.ChatError === required.ChatError);
      `),
    ).toBe('true true');
  });

  test('has one class of each error and one ChatHub, whichever entry point they come through', async () => {
    expect(
      await project.run(`
        import { ChatError, ChatHub, OptionError } from 'chathub';
        import { tcp } from 'chathub/tcp';
        import { testClient, memoryTransport, objectProtocol } from 'chathub/testing';

        try { tcp({ port: -1 }); } catch (error) { console.log(error instanceof OptionError, error.message); }

        const transport = memoryTransport({ protocol: objectProtocol() });
        const hub = new ChatHub();
        await hub.listen(transport);
        const refused = testClient(transport.connect()).say('lobby', 'hello');
        await refused.catch((error) => console.log(error instanceof ChatError, error.code));
        await hub.close();
      `),
    ).toBe('true Expected "tcp.port" to be an integer from 0 to 65535, got -1\ntrue NOT_A_MEMBER');
  });

  test('has a client and a server that find each other, in the two ways to load them', async () => {
    const app = `
      const { createRequire } = await import('node:module');
      const require = createRequire(import.meta.url);
      const { ChatHub } = await import('chathub');
      const { webSocket } = require('chathub/websocket');
      const { connect } = require('chathub/client');
      const hub = new ChatHub();
      const { addresses } = await hub.listen(webSocket({ port: 0, path: '/chat' }));
      const client = connect(addresses[0], { name: 'alice', WebSocket: require('ws') });
      const lobby = await client.join('lobby');
      await lobby.send('hello');
      for await (const { from, text } of lobby) {
        console.log(from.name, text);
        break;
      }
      client.close();
      await hub.close();
    `;
    expect(await project.run(app)).toBe('alice hello');
  });

  test('tells its package.json', async () => {
    expect(
      await project.run(`
        import facts from 'chathub/package.json' with { type: 'json' };
        console.log(facts.name, facts.version);
      `),
    ).toBe(`chathub ${packageJson.version}`);
  });

  test('hides what is not exported', async () => {
    const reached = project.run(`import 'chathub/dist/index.js';`);
    await expect(reached).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

/** Writes down what is loaded from where, in the thread in which Node.js runs such hooks. */
const tracing = `
  import { appendFileSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    appendFileSync('trace.txt', found.url + '\\n');
    return found;
  }
`;

/** The packages and the modules of Node.js that an entry point loads, through whatever it imports. */
async function loadedBy(entry: string): Promise<readonly string[]> {
  await project.write('tracing.mjs', tracing);
  await project.write(
    'trace.mjs',
    `import { register } from 'node:module'; register('./tracing.mjs', import.meta.url);`,
  );
  await project.write('trace.txt', '');
  await project.run(`import '${entry}';`, { file: 'traced.mjs', flags: ['--import', './trace.mjs'] });
  const urls = (await readFile(path.join(project.folder, 'trace.txt'), 'utf8')).trim().split('\n');
  const names = urls.filter((url) => !url.endsWith('/traced.mjs')).map(packageOf);
  return [...new Set(names)].sort();
}

function packageOf(url: string): string {
  return /\/node_modules\/([^/]+)\//.exec(url)?.[1] ?? url;
}

describe('loading', () => {
  test("'chathub' loads eventemitter3 and nothing of Node.js", async () => {
    expect(await loadedBy('chathub')).toEqual(['chathub', 'eventemitter3']);
  });

  test("'chathub/tcp' loads of Node.js what sockets need", async () => {
    expect(await loadedBy('chathub/tcp')).toEqual([
      'chathub',
      'node:buffer',
      'node:events',
      'node:fs/promises',
      'node:net',
      'node:tls',
    ]);
  });

  test("'chathub/websocket' loads ws, and of Node.js what HTTP needs", async () => {
    const loaded = await loadedBy('chathub/websocket');
    expect(loaded.filter((name) => !name.startsWith('node:'))).toEqual(['chathub', 'ws']);
  });

  test("'chathub/client' loads nothing but itself", async () => {
    expect(await loadedBy('chathub/client')).toEqual(['chathub']);
  });

  test("'chathub/metrics' and 'chathub/tracing' say which package is missing", async () => {
    await expect(project.run(`import 'chathub/metrics';`)).rejects.toThrow("Cannot find package 'prom-client'");
    await expect(project.run(`import 'chathub/tracing';`)).rejects.toThrow("Cannot find package '@opentelemetry/api'");
  });

  test('chathub serve --metrics says what to install, and starts nothing', async () => {
    const program = path.join(project.folder, 'node_modules/.bin/chathub');
    const served = project.execute(
      program,
      'serve',
      '--tcp',
      '0',
      '--web',
      'off',
      '--engine',
      'memory',
      '--metrics',
      '0',
    );
    await expect(served).rejects.toThrow(/chathub: --metrics needs the package prom-client: "npm install prom-client"/);
  });

  test("'chathub' works where there is no process, no Buffer and no setImmediate", async () => {
    expect(
      await project.run(`
        delete globalThis.process;
        delete globalThis.Buffer;
        delete globalThis.setImmediate;
        const { ChatHub, lines } = await import('chathub');

        const connection = {
          transport: 'page', protocol: lines(), remoteAddress: undefined, secure: true, bufferedBytes: 0, blocked: false,
          framing: { frame: (payloads) => ({ bytes: new TextEncoder().encode(payloads.join('')), ends: [] }) },
          write(bytes) { console.log(new TextDecoder().decode(bytes).slice(0, 9)); },
          pause() {}, resume() {}, close() {}, terminate() {},
        };
        const transport = { name: 'page', addresses: [], start: async (accept) => void accept(connection), stop: async () => {} };
        await new ChatHub().listen(transport);
      `),
    ).toBe('* Welcome');
  });
});
