import { Program } from './program.js';

/** A server in a process of its own. */
export interface Server {
  readonly program: Program;
  /** For telnet. */
  readonly port: number;
}

/** `chathub serve`, which browsers reach too. */
export interface WebServer extends Server {
  /** Where its page is, without a path. */
  readonly web: string;
}

/** Runs the command line from its sources, as `chathub` would be from the package. */
export function chathub(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
  // No two of them want the same port.
  const unset = {
    CHATHUB_TCP_PORT: undefined,
    CHATHUB_METRICS: undefined,
    CHATHUB_LOG: undefined,
    CHATHUB_LOG_LEVEL: undefined,
  };
  const clean = { ...unset, CHATHUB_WEB_PORT: '0', CHATHUB_ENGINE: 'memory', NO_COLOR: '1' };
  return node(['src/cli/main.ts', ...args], { ...clean, ...environment });
}

/** `chathub serve` on free ports, once it listens. */
export function serve(...options: readonly string[]): Promise<Server> {
  return listening(chathub(['serve', '--tcp', '0', ...options]));
}

/** `chathub serve` with its page, on free ports unless `--web` says which. */
export async function serveWeb(...options: readonly string[]): Promise<WebServer> {
  const server = await serve(...options);
  const [, web = ''] = await server.program.prints(/^Listening on (http:\S+)\n(?:.*\n)*or open /m);
  return { ...server, web };
}

/** An example on a free port, once it listens. */
export function serveExample(name: string): Promise<Server> {
  return listening(example(name, '127.0.0.1:0'));
}

export function example(name: string, ...args: readonly string[]): Program {
  return node([`examples/${name}.ts`, ...args]);
}

function node(args: readonly string[], environment?: NodeJS.ProcessEnv): Program {
  return new Program(process.execPath, ['--import', 'tsx', ...args], environment);
}

async function listening(program: Program): Promise<Server> {
  const [, port] = await program.prints(/^Listening on.*:(\d+)\n/);
  return { program, port: Number(port) };
}
