import { readFileSync } from 'node:fs';

/** What stands in a unit file of systemd: its sections, each with all values of a key, in their order. */
export function unitFile(file: string): Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> {
  const sections: Record<string, Record<string, string[]>> = {};
  let section: Record<string, string[]> = {};
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) section = sections[name] ??= {};
    else if (key !== undefined) (section[key] ??= []).push(value);
    else if (line !== '' && !line.startsWith('#')) throw new Error(`${file}: what is ${JSON.stringify(line)}?`);
  }
  return sections;
}
