import { readFileSync } from 'node:fs';

interface Instruction {
  readonly name: string;
  readonly args: string;
}

export interface Stage {
  readonly image: string;
  /** What later stages know it by. */
  readonly name: string | undefined;
  readonly instructions: readonly Instruction[];
}

/** The stages of a Dockerfile. Comments are left out, and lines that go on are put together. */
export function stagesOf(file: string): readonly Stage[] {
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*#/.test(line));
  const stages: { image: string; name: string | undefined; instructions: Instruction[] }[] = [];
  for (const line of lines
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')) {
    if (line.trim() === '') continue;
    const [, name = '', args = ''] = /^([A-Z]+) +(.*)$/.exec(line) ?? [];
    if (!instructions.includes(name)) throw new Error(`${file}: what is ${JSON.stringify(line)}?`);
    const [image = '', as, stage] = args.split(' ');
    if (name === 'FROM') stages.push({ image, name: as === 'AS' ? stage : undefined, instructions: [] });
    else stages.at(-1)?.instructions.push({ name, args });
  }
  return stages;
}

const instructions = [
  ...['ADD', 'ARG', 'CMD', 'COPY', 'ENTRYPOINT', 'ENV', 'EXPOSE', 'FROM', 'HEALTHCHECK', 'LABEL'],
  ...['RUN', 'SHELL', 'STOPSIGNAL', 'USER', 'VOLUME', 'WORKDIR'],
];

/** The variables that a stage sets. */
export function environmentOf({ instructions: found }: Stage): Readonly<Record<string, string>> {
  const pairs = found.filter(({ name }) => name === 'ENV').flatMap(({ args }) => args.split(/ +/));
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** What the last instruction of this name says as a list, without a shell. */
export function listOf({ instructions: found }: Stage, wanted: string): readonly string[] {
  const args = found.findLast(({ name }) => name === wanted)?.args ?? '';
  return JSON.parse(args.slice(args.indexOf('[')));
}
