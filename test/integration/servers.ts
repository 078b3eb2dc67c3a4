import { Program } from './program.js';

/** A server in a process of its own. */
export interface Server {
  readonly program: Program;
  readonly port: number;
}

/** Runs the command line from its sources, as `chathub` would be from the package. */
export function chathub(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Program {
  const clean = { CHATHUB_TCP_PORT: undefined, NO_COLOR: '1' };
  return node(['src/cli/main.ts', ...args], { ...clean, ...environment });
}

/** `chathub serve` on a free port, once it listens. */
export function serve(...options: readonly string[]): Promise<Server> {
  return listening(chathub(['serve', '--tcp', '0', ...options]));
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
