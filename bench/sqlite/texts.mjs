// Messages of about 100 bytes, the same in each run: words as frequent as in a language, and some whose places are known.

const vocabulary = Array.from({ length: 20_000 }, (_, rank) => wordOf(rank));

/** Uniform in [0, 1), by mulberry32. */
let seed = 1;

/**
 * `the` is in about two of three messages; `ping` in every even one, `pong` in every odd one, never both; `needle` in every 250,000th.
 * @param {number} index
 */
export function textOf(index) {
  const words = [index % 2 === 0 ? 'ping' : 'pong'];
  if (index % 250_000 === 9) words.push('needle');
  for (let length = 4; length < 94; length += (words.at(-1)?.length ?? 0) + 1) words.push(nextWord());
  return words.join(' ');
}

function nextWord() {
  // Zipf's law, about: the density falls as 1 / rank.
  return vocabulary[Math.trunc(vocabulary.length ** random()) - 1] ?? 'the';
}

function random() {
  seed = (seed + 0x6d2b79f5) | 0;
  let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
}

/**
 * Syllables, so that prefixes are shared as they are in a language.
 * @param {number} rank
 */
function wordOf(rank) {
  const first = ['the', 'and', 'good', 'morning', 'lunch'][rank];
  if (first !== undefined) return first;
  const syllables = ['ba', 'con', 'de', 'fi', 'lo', 'mar', 'ne', 'po', 'ra', 'so', 'ta', 'ver'];
  let word = '';
  for (let rest = rank; rest > 0; rest = Math.trunc(rest / syllables.length))
    word += syllables[rest % syllables.length];
  return word;
}
