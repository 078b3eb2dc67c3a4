import type { Entry } from 'chathub';
import type { SqliteFile } from 'chathub/sqlite';
import type { Heard, Talker } from './talker.js';

/** All that the file has of a room. */
export interface Log {
  readonly epoch: string;
  readonly entries: readonly Heard[];
}

export function logOf(file: SqliteFile, room: string): Log {
  const entries: Entry[] = [];
  for (;;) {
    const page = file.read(room, { after: entries.at(-1)?.offset ?? 0, limit: 1_000 });
    if (page.entries.length === 0) return { epoch: page.epoch, entries: entries.map(heardAs) };
    entries.push(...page.entries);
  }
}

function heardAs(entry: Entry): Heard {
  const { id, offset } = entry;
  return { id, offset, text: entry.type === 'message' ? entry.text : `(${entry.type})` };
}

/** Offsets without a hole, no message twice, and nothing that nobody said or that stands before what was said before it. */
export function checkLog(room: string, { entries }: Log, talkers: readonly Talker[]): string[] {
  const faults: string[] = [];
  const said = new Set(talkers.flatMap((talker) => talker.said.map(({ text }) => text)));
  const places = new Map<string, number>();
  const turns = new Map<string, number>();
  for (const [index, { offset, id, text }] of entries.entries()) {
    const wrong = (what: string) => faults.push(`${room} ${offset} "${text}" ${what}`);
    if (offset !== index + 1) wrong(`stands at place ${index + 1}`);
    for (const unique of [`id ${id}`, `text ${text}`]) {
      if (places.has(unique)) wrong(`is stored at ${places.get(unique)}, too`);
      places.set(unique, offset);
    }
    if (!said.has(text)) wrong('was said by nobody');
    const [who = '', number] = text.split(' ');
    if (Number(number) < (turns.get(who) ?? 0)) wrong('comes after what was said after it');
    turns.set(who, Number(number));
  }
  return faults;
}

/** What was acknowledged is where it was said to be. That it is there once, is for `checkLog`; what nobody knows of, too. */
export function checkSaid({ said }: Pick<Talker, 'said'>, logs: ReadonlyMap<string, Log>): string[] {
  const faults: string[] = [];
  for (const { room, text, stored } of said) {
    if (stored === undefined) continue;
    const { epoch, entries } = logs.get(room)!;
    const entry = entries[stored.offset - 1];
    if (stored.epoch !== epoch) faults.push(`${room} "${text}": acknowledged in another epoch`);
    if (entry?.text !== text || entry.id !== stored.id)
      faults.push(`${room} "${text}": acknowledged at ${stored.offset}, where "${entry?.text}" is stored`);
  }
  return faults;
}

/** What was told is what is stored: all, each once, in its order. */
export function checkHeard({ name, heard }: Pick<Talker, 'name' | 'heard'>, logs: ReadonlyMap<string, Log>): string[] {
  const faults: string[] = [];
  for (const [room, messages] of heard) {
    const { entries } = logs.get(room)!;
    const at = firstDifference(messages, entries);
    if (at === undefined) continue;
    faults.push(
      `${name} heard ${messages.length} of ${entries.length} in ${room}; first ${shown(messages, entries, at)}`,
    );
  }
  return faults;
}

/** Undefined where they are the same. */
function firstDifference(messages: readonly Heard[], entries: readonly Heard[]): number | undefined {
  for (let at = 0; at < Math.max(messages.length, entries.length); at++)
    if (messages[at]?.offset !== entries[at]?.offset || messages[at]?.id !== entries[at]?.id) return at;
  return undefined;
}

function shown(messages: readonly Heard[], entries: readonly Heard[], at: number): string {
  return `${JSON.stringify(messages[at])} where ${JSON.stringify(entries[at])} is stored`;
}

/** What one connection of telnet showed of a room is a piece of its log. */
export function checkLines(stdout: string, room: string, { entries }: Log): { faults: string[]; lines: number } {
  const places = new Map(entries.map(({ text, offset }) => [text, offset]));
  const pattern = new RegExp(`^\\[${room}\\] \\S+: (\\w+ \\d+)\\r?$`);
  // The last line may be torn.
  const texts = stdout
    .split('\n')
    .slice(0, -1)
    .flatMap((line) => pattern.exec(line)?.[1] ?? []);
  const offsets = texts.map((text) => places.get(text) ?? Number.NaN);
  const faults = offsets.flatMap((offset, index) => {
    const before = index === 0 ? offset - 1 : offsets[index - 1]!;
    return offset === before + 1 ? [] : [`telnet: "${texts[index]}", ${offset} in ${room}, follows ${before}`];
  });
  return { faults, lines: texts.length };
}
