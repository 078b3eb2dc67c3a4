import { element } from './dom.js';

/** What ends a sentence rather than an address. */
const trailing = /[.,;:!?'"»”’…]+$/;

/** A text as nodes, in which web addresses can be followed. It stays text: there is no other markup. */
export function linkedText(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let done = 0;
  for (const { 0: found, index } of text.matchAll(/\bhttps?:\/\/[^\s<>"]+/giu)) {
    const address = trimmed(found);
    if (!URL.canParse(address)) continue;
    parts.push(text.slice(done, index), link(address));
    done = index + address.length;
  }
  return [...parts, text.slice(done)];
}

/** Without what belongs to the sentence around it, such as the bracket that was opened before it. */
function trimmed(found: string): string {
  let address = found.replace(trailing, '');
  while (address.endsWith(')') && !address.includes('(')) address = address.slice(0, -1).replace(trailing, '');
  return address;
}

function link(address: string): HTMLAnchorElement {
  // Whoever is linked to learns nothing of the chat, and gets no hold of its window.
  return element('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, address);
}
