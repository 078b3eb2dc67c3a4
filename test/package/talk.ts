import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import ts from 'typescript';

/** An example as JavaScript, and on ports that are free. */
export function runnable(example: string): string {
  const { module, target } = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const { outputText } = ts.transpileModule(example, { compilerOptions: { module, target } });
  return outputText.replaceAll(/\bport: \d+/g, 'port: 0');
}

/** Says this to a server over TCP, nothing more, and gives all that it answers. */
export async function answerOf(address: string, said: string): Promise<string> {
  const { hostname: host, port } = new URL(address);
  const socket = connect({ host, port: Number(port) });
  socket.end(said);
  return text(socket);
}

/** Says these lines at a terminal, and gives the lines that are shown there. */
export async function shownTo(address: string, ...lines: readonly string[]): Promise<readonly string[]> {
  return (await answerOf(address, `${lines.join('\n')}\n`)).trimEnd().split(/\r?\n/);
}
