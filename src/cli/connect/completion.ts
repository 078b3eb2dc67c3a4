import { lines } from '../../index.js';
import type { Place } from './place.js';

/** What completion offers: what may stand there, and the part of the line that it stands for. */
export type Completion = readonly [offers: readonly string[], of: string];

interface Usage {
  readonly command: string;
  /** What its first word is; undefined: text, or nothing. */
  readonly first: 'room' | 'name' | undefined;
}

/** Takes a name that nobody has: there is none to offer. */
const newName = '/nick';

/** Whatever `/help` lists, so that none is missing. */
const usages: readonly Usage[] = helpLines().map((line) => {
  const [, command = '', first = ''] = /^(\/\S+)(?: \[?([A-Z]+))?/.exec(line) ?? [];
  return { command, first: first === 'ROOM' ? 'room' : first === 'NAME' ? 'name' : undefined };
});

function helpLines(): readonly string[] {
  const told: string[] = [];
  const typist = lines().open({
    transport: 'terminal',
    limits: { jsonDepth: 1 },
    reply: (event) => void (event.type === 'notice' && told.push(event.text)),
  });
  typist.receive('/help');
  return told;
}

/**
 * Completes commands, rooms where a command takes one, and names everywhere else.
 *
 * @param line - what was typed, up to the cursor
 */
export function complete(line: string, place: Place): Completion {
  const [, command, words = ''] = /^(\/[^\s/]*)(?:\s+(.*))?$/su.exec(line) ?? [];
  if (command !== undefined && !/\s/.test(line))
    return offer(
      usages.map((usage) => usage.command),
      command,
    );
  const usage = usages.find((each) => each.command === command?.toLowerCase());
  if (usage?.command === newName) return [[], ''];
  const word = /[^\s@]*$/.exec(line)?.[0] ?? '';
  if (usage?.first === 'room' && !/\s/.test(words)) return offer(place.knownRooms, word);
  // As people address each other at the beginning of a line.
  const address = word === line && word !== '' ? ': ' : ' ';
  return word === '' && usage?.first !== 'name' ? [[], ''] : offer(place.people, word, address);
}

function offer(choices: readonly string[], of: string, end = ' '): Completion {
  const begun = of.toLowerCase();
  const fitting = choices.filter((choice) => choice.toLowerCase().startsWith(begun)).sort();
  return [fitting.map((choice) => choice + end), of];
}
