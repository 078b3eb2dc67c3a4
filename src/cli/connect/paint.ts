/** SGR parameters (ECMA-48, 8.3.117) of the sixteen colours that each terminal has, and its user has chosen. */
const styles = {
  error: '31',
  note: '33',
  own: '2',
  place: '2',
  direct: '35',
  bold: '1',
} as const;

/** For names, so that a conversation can be followed. Without red and yellow, which are for errors and notes. */
const nameColours = ['32', '34', '36', '35', '92', '94', '96', '95'] as const;

/** Colours a line of the chat by what it says; what is in it of others stays text. */
export function paintLine(line: string): string {
  if (line.startsWith('! ')) return styled(styles.error, line);
  if (line.startsWith('-- ')) return styled(styles.note, line);
  if (/^\*\|? /.test(line)) return styled(styles.own, line);
  const [, place = '', mark = '', name = '', rest = ''] =
    /^(\[\S+\] |\(direct\) )(\* )?([^\s:|]+)(.*)$/su.exec(line) ?? [];
  if (place === '') return line;
  const where = styled(place.startsWith('(') ? styles.direct : styles.place, place);
  return `${where}${mark}${styled(colourOf(name), name)}${rest}`;
}

/** A sentence of ours about the connection. */
export function paintNote(text: string): string {
  return styled(styles.note, text);
}

export function paintPrompt(text: string): string {
  return text === '' ? '' : styled(styles.bold, text);
}

function styled(style: string, text: string): string {
  return `\x1b[${style}m${text}\x1b[0m`;
}

/** The same name has the same colour, everywhere and always. */
function colourOf(name: string): string {
  let hash = 0;
  for (const sign of name) hash = (hash * 31 + (sign.codePointAt(0) ?? 0)) % 65_521;
  return nameColours[hash % nameColours.length] ?? styles.bold;
}
