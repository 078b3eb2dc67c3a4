import { hostileStrings } from './hostile.js';
import { Random } from './random.js';

const words = [
  'hello auth join leave send direct signal request history members rooms nick refresh kick ban mute quit ping message',
  'help switch who msg me resume no-such-command',
].flatMap((line) => line.split(' '));
const fields = [
  'id type room rooms text name session token after before history limit to with key repeat data action member reason',
  'seconds epoch offset automatic re __proto__ constructor toString toJSON then length valueOf',
].flatMap((line) => line.split(' '));
const marks = ['{', '}', '[', ']', '"', ':', ',', '\\u', '/', ' ', '\t', '\r', '\n', '\0', '-', '1e999'];

/** So many frames, from pure noise to what is nearly right; the same ones for the same seed. */
export function* hostileFrames(seed: number, count: number, samples: readonly string[]): Generator<string> {
  const random = new Random(seed);
  yield* hostileStrings;
  yield '['.repeat(100_000);
  yield '{"a":'.repeat(50_000);
  const makers = [noise, commandLine, commandObject, ...(samples.length > 0 ? [mutated, mutated, mutated] : [])];
  for (let made = 0; made < count; made++) yield random.of(makers)(random, samples);
}

function noise(random: Random): string {
  return random.list(40, () => piece(random)).join('');
}

function piece(random: Random): string {
  // Whole code units: half surrogate pairs come up too.
  const kinds = [0x20, 0x80, 0x800, 0x1_0000] as const;
  if (random.below(4) === 0) return random.of(marks);
  return String.fromCharCode(random.below(random.of(kinds)));
}

/** As `lines` has them. */
function commandLine(random: Random): string {
  const args = random.list(4, () => random.of([noise(random), shortHostile(random), String(random.below(1e9) - 5e8)]));
  return `/${[random.of(words), ...args].join(' ')}`;
}

/** As programs send them. */
function commandObject(random: Random): string {
  const members = random.list(6, () => [random.of(fields), value(random, 3)] as const);
  return JSON.stringify(Object.fromEntries([['type', random.of(words)], ...members]));
}

function value(random: Random, depth: number): unknown {
  const kind = random.below(depth > 0 ? 10 : 7);
  if (kind < 2) return shortHostile(random);
  if (kind === 2) return 'lobby';
  if (kind === 3) return random.of([0, -1, 0.5, 1e300, 2 ** 53 + 2, 10]);
  if (kind < 6) return random.of([true, false, null]);
  if (kind === 6) return noise(random);
  if (kind === 7) return random.list(3, () => value(random, depth - 1));
  if (kind === 8) return { epoch: 'k3x', offset: random.of([0, -1, 15, 0.5, '1']) };
  return Object.fromEntries(random.list(3, () => [random.of(fields), value(random, depth - 1)] as const));
}

function shortHostile(random: Random): string {
  return random.of(hostileStrings).slice(0, 100);
}

/** A good frame with something cut out, put in or doubled. */
function mutated(random: Random, samples: readonly string[]): string {
  let frame = random.of(samples);
  for (let changes = random.below(4); changes > 0; changes--) {
    const at = random.below(frame.length + 1);
    const to = Math.min(frame.length, at + random.below(8));
    const between = random.of(['', piece(random), shortHostile(random), frame.slice(at, to).repeat(2)]);
    frame = frame.slice(0, at) + between + frame.slice(to);
  }
  return frame;
}
