/** Code points looked at to find the last grapheme; longer ones exist, but nobody means them as one letter. */
const tailLength = 32;

/** How often ICU is asked for one line. A flood of erasures is then by code point: asking costs 3 us each time. */
const mostSegmented = 512;

/** Below U+0300, where the combining marks begin, each character is a grapheme of its own (UAX 29, 3.1). */
const firstCombining = '\u0300';

/** Whether there is a BS or a DEL in a line. */
export function hasErasures(line: string): boolean {
  return line.includes('\b') || line.includes('\x7f');
}

/**
 * What is left of a line after each BS and DEL in it took away the grapheme before it: what its author saw.
 * The cost grows with the line's length only.
 */
export function applyErasures(line: string): string {
  const kept: string[] = [];
  let last: LastGrapheme | undefined;
  for (const character of line) {
    if (character !== '\b' && character !== '\x7f') {
      kept.push(character);
    } else if (endsSimply(kept)) {
      kept.pop();
    } else {
      last ??= new LastGrapheme();
      kept.length -= last.length(kept);
    }
  }
  return kept.join('');
}

function endsSimply(kept: readonly string[]): boolean {
  const last = kept.at(-1) ?? '';
  const before = kept.at(-2) ?? '';
  return last < firstCombining && before < firstCombining;
}

class LastGrapheme {
  // Made for the few lines that need it: it takes 8 us and, kept for each connection, would take memory.
  readonly #segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
  #asked = 0;

  /** The code points of the last grapheme. */
  length(kept: readonly string[]): number {
    this.#asked += 1;
    if (this.#asked > mostSegmented) return 1;
    const tail = kept.slice(-tailLength).join('');
    const last = this.#segmenter.segment(tail).containing(tail.length - 1);
    return last === undefined ? 1 : [...last.segment].length;
  }
}
