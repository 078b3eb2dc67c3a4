/**
 * Text from others, made safe to be shown on a terminal: what could act on the terminal is taken out (ECMA-48), what
 * could turn the direction of the text is shut in (UAX 9), and where a line ends is for us alone to say.
 */

/** Controls but tab, lone surrogates, line and paragraph separators, bidi controls. */
const needsCare = /(?!\t)[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/**
 * All that `needsCare` finds, and every surrogate. Without the `u` flag it is four times as fast on text that is not
 * Latin, and as fast on text that is; only what holds an emoji is looked at twice.
 */
const mayNeedCare = /[^\t -~\u00a0-\u061b\u061d-\u200d\u2010-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\uffff]/;

/** A bare CR is none: it would let a line be overwritten, and goes with the other controls. */
const lineBreak = /\r?\n|[\p{Zl}\p{Zp}]/gu;

/** From `ESC [`, or CSI in its 8-bit form, to its final byte: colours, cursor (ECMA-48, 5.4). */
const controlSequence = String.raw`(?:\x1b\[|\x9b)[0-?]*[ -\/]*[@-~]`;

/** From `ESC ]`, or its 8-bit form, to BEL or ST: titles, links, the clipboard (xterm's "Operating System Commands"). */
const systemCommand = String.raw`(?:\x1b\]|\x9d)[^\x07\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c)`;

/** DCS, SOS, PM and APC, from `ESC` and a letter or the 8-bit form to ST (ECMA-48, 5.6). */
const controlString = String.raw`(?:\x1b[PX\^_]|[\x90\x98\x9e\x9f])[^\x1b\x80-\x9f]*(?:\x1b\\|\x9c)`;

/** Any other escape sequence: intermediate bytes and a final one (ECMA-35, 13). */
const escapeSequence = String.raw`\x1b[ -\/]*[0-~]`;

/**
 * In one pass, whole sequences first. As any ESC or C1 left over goes too, what remains cannot add up to a sequence;
 * an unfinished one loses its beginning and is seen as the text that it is. No part reaches over the beginning of
 * another sequence, so that thousands of beginnings cost no more than as much plain text.
 */
const controls = new RegExp(
  [controlSequence, systemCommand, controlString, escapeSequence, String.raw`(?!\t)\p{Cc}`].join('|'),
  'gu',
);

const loneSurrogate = /\p{Cs}/gu;

const bidiControl = /\p{Bidi_Control}/u;
const bidiControls = new RegExp(bidiControl, 'gu');
const FSI = '\u2068';
const PDI = '\u2069';
const PDF = '\u202c';

/** What ends the reach of each bidi control that has one (UAX 9, 2.1 to 2.5). */
const closers: ReadonlyMap<string, string> = new Map([
  ['\u202a', PDF], // LRE
  ['\u202b', PDF], // RLE
  ['\u202d', PDF], // LRO
  ['\u202e', PDF], // RLO
  ['\u2066', PDI], // LRI
  ['\u2067', PDI], // RLI
  [FSI, PDI],
]);

/** Whether a text can be shown as it is, in one line. Nearly every text can, and costs this one test. */
export function isPlain(text: string): boolean {
  return !mayNeedCare.test(text) || !needsCare.test(text);
}

/** The text as one line, whatever is in it. */
export function oneLine(text: string): string {
  return isPlain(text) ? text : safe(text.replace(lineBreak, ' '));
}

/** The lines of a text, each safe by itself: nothing that was begun on one reaches the next. */
export function linesOf(text: string): string[] {
  return isPlain(text) ? [text] : text.split(lineBreak).map(safe);
}

function safe(line: string): string {
  const shown = line.replace(controls, '').replace(loneSurrogate, '\ufffd');
  return bidiControl.test(shown) ? isolated(shown) : shown;
}

/**
 * Shuts a text in, so that its bidi controls turn nothing around it; balanced inside, or it could break out. A PDF
 * reaches no further than its isolate, while a PDI ends all that was begun in its own (UAX 9, X6a, X7).
 */
function isolated(text: string): string {
  const owed: string[] = [];
  let isolates = 0;
  const inside = text.replace(bidiControls, (control) => {
    const closer = closers.get(control);
    if (closer !== undefined) owed.push(closer);
    if (closer === PDI) isolates++;
    if (control === PDF) return owed.at(-1) === PDF ? (owed.pop() ?? '') : '';
    if (control !== PDI) return control;
    if (isolates === 0) return '';
    isolates--;
    return owed.splice(owed.lastIndexOf(PDI)).reverse().join('');
  });
  return FSI + inside + owed.reverse().join('') + PDI;
}
