import { element } from './dom.js';
import { trimmed } from './web-address.js';

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

function link(address: string): HTMLAnchorElement {
  // Whoever is linked to learns nothing of the chat, and gets no hold of its window.
  return element('a', { href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, address);
}
