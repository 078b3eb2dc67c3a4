/** What ends a sentence rather than an address. */
const trailing = `.,;:!?'"»”’…`;

/** Without what belongs to the sentence around it, such as the bracket that was opened before it. From the end, once: it may be long. */
export function trimmed(found: string): string {
  const strange = found.includes('(') ? trailing : `${trailing})`;
  let end = found.length;
  while (strange.includes(found.charAt(end - 1)) && end > 0) end--;
  return found.slice(0, end);
}
