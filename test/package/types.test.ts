import path from 'node:path';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EmptyProject } from './empty-project.js';

let project: EmptyProject;

/** What an application of the library alone looks like: all kinds of names that it may use, and the inference of its user. */
const application = `
import { type AuthenticateRequest, ChatError, ChatHub, type Engine, type Message, lines, memory, type Protocol } from 'chathub';

interface Account {
  readonly id: string;
  readonly name: string;
  readonly admin: boolean;
}

function authenticate({ token }: AuthenticateRequest): Account | null {
  return token === 'sesame' ? { id: 'ali', name: 'Ali', admin: true } : null;
}

const engine: Engine = memory();
const protocol: Protocol = lines();
export const hub = new ChatHub({
  engine,
  limits: { history: 200 },
  policies: {
    authenticate,
    join({ member, room }) {
      if (room === 'ops' && !member.user.admin) throw new ChatError('FORBIDDEN', 'Admins only.');
    },
    // @ts-expect-error An account has no such property: the user's type is inferred.
    nick: ({ member }) => member.user.colour === 'red',
  },
});
hub.on('join', ({ member, room }) => member.send(\`\${member.user.name} is in \${room}\`));
hub.on('error', ({ error, stage }) => console.error(stage, error, protocol.name));

export async function announce(text: string): Promise<Message> {
  await using other = new ChatHub({ engine });
  return other.room('lobby').send(text);
}
`;

const sockets = `
import { createServer } from 'node:net';
import { plainText } from 'chathub';
import { tcp } from 'chathub/tcp';
import { memoryTransport, virtualClock } from 'chathub/testing';
import { hub } from './application.js';

hub.on('message', ({ member, text }) => member.send(text));
await hub.listen(tcp({ server: createServer(), protocol: plainText() }), memoryTransport());
await virtualClock().advance(1_000);
`;

const webs = `
import { createServer } from 'node:http';
import { ChatHub, json } from 'chathub';
import { type ClientMessage, connect } from 'chathub/client';
import { webSocket } from 'chathub/websocket';

interface Api {
  weather(data: { city: string }): { celsius: number };
}
const server = createServer();
const hub = new ChatHub<{ id: string }, Api>();
hub.handle('weather', ({ data }) => ({ celsius: data.city.length }));
const transport = webSocket({ server, path: '/chat', protocol: json(), origins: ['https://example.com'] });
server.on('upgrade', (request, socket, head) => transport.handleUpgrade(request, socket, head));
await hub.listen(transport);

const client = connect<{ image: string }, Api>('ws://127.0.0.1/chat');
const { celsius } = await client.request('weather', { city: 'Porto' });
const room = await client.join('lobby');
room.on('message', (message: ClientMessage<{ image: string }>) => console.log(message.data?.image, celsius.toFixed()));
// @ts-expect-error Messages of this application have an image.
await room.send('hello', { data: 7 });
// @ts-expect-error There is no such request.
await client.request('whether', {});
`;

const strict = { strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true, target: 'ES2022' };
const nodenext = { ...strict, module: 'nodenext' };
const bundler = { ...strict, module: 'esnext', moduleResolution: 'bundler' };
/** `AbortSignal` is of the DOM, and `AsyncDisposable` of ESNext; the types of Node.js bring both. */
const withoutNode = { types: [], lib: ['ES2022', 'DOM', 'ESNext.Disposable'] };
const withNode = { types: ['node'], lib: ['ES2022'] };

/** Parsed once: the compiler's own libraries are most of the work, and the same each time. */
const libraries = new Map<string, ts.SourceFile | undefined>();

/** What the compiler has to say of these files of a folder of the project. */
function problems(folder: string, settings: object, files: readonly string[]): readonly string[] {
  const root = path.join(project.folder, folder);
  const { options } = ts.parseJsonConfigFileContent({ compilerOptions: settings, files }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getCurrentDirectory = () => root;
  host.getSourceFile = (file, ...rest) => {
    if (!path.basename(file).startsWith('lib.')) return getSourceFile(file, ...rest);
    if (!libraries.has(file)) libraries.set(file, getSourceFile(file, ...rest));
    return libraries.get(file);
  };
  const program = ts.createProgram(
    files.map((file) => path.join(root, file)),
    options,
    host,
  );
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${path.basename(file?.fileName ?? '')}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

beforeAll(async () => {
  project = await EmptyProject.create();
  await project.write('package.json', '{ "type": "module" }');
  for (const folder of ['without-node', 'with-node']) {
    await project.write(`${folder}/application.ts`, application);
    await project.write(`${folder}/sockets.ts`, sockets);
    await project.write(`${folder}/webs.ts`, webs);
    await project.write(
      `${folder}/required.cts`,
      `import { ChatHub } from 'chathub';\nexport const hub = new ChatHub();\n`,
    );
    await project.write(`${folder}/mistaken.ts`, `import { ChatHub } from 'chathub';\nnew ChatHub({ limit: {} });\n`);
  }
  await project.linkTypesOfNode('with-node');
});
afterAll(() => project.remove());

describe('the types of the installed package', { timeout: 120_000 }, () => {
  test.each([
    ['nodenext', nodenext],
    ['bundler', bundler],
  ])('hold under %s, without the types of Node.js', (_name, settings) => {
    expect(problems('without-node', { ...settings, ...withoutNode }, ['application.ts'])).toEqual([]);
  });

  test.each([
    ['nodenext', nodenext],
    ['bundler', bundler],
  ])('hold under %s for all entry points, with the types of Node.js', (_name, settings) => {
    expect(problems('with-node', { ...settings, ...withNode }, ['application.ts', 'sockets.ts', 'webs.ts'])).toEqual(
      [],
    );
  });

  test('hold in a CommonJS module', () => {
    expect(problems('without-node', { ...nodenext, ...withoutNode }, ['required.cts'])).toEqual([]);
  });

  test('find a mistake', () => {
    expect(problems('without-node', { ...nodenext, ...withoutNode }, ['mistaken.ts'])).toEqual([
      expect.stringContaining("'limit' does not exist in type 'HubOptions"),
    ]);
  });
});
