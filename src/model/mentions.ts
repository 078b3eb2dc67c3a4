/** More of them are no mentions, but a list of everybody. */
const mostMentions = 10;

/** `@` and what may be a name, not inside a word such as an address of mail. */
const mention = /(?<![\p{L}\p{M}\p{N}_.@-])@([\p{L}\p{N}][\p{L}\p{M}\p{N}_.-]*)/gu;

/**
 * The names that a text mentions, as in `@alice: look`, each once, at most 10. A name may end with a dot or a hyphen, as sentences do:
 * both readings are given.
 *
 * @param text - of a message
 *
 * @example
 * ```ts
 * import { mentionsIn } from 'chathub';
 *
 * console.log(mentionsIn('@alice and @bob, look')); // ['alice', 'bob']
 * ```
 */
export function mentionsIn(text: string): readonly string[] {
  if (!text.includes('@')) return [];
  const names = new Set<string>();
  for (const [, name = ''] of text.matchAll(mention)) {
    if (names.size >= mostMentions) break;
    names.add(name);
    names.add(name.replace(/[.-]+$/, ''));
  }
  return [...names].slice(0, mostMentions);
}
