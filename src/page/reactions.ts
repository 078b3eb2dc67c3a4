import { button, element } from './dom.js';
import type { AnyMessage } from './timeline.js';

/** User ids by reaction. */
export type Reactions = { readonly [reaction: string]: readonly string[] };

export function reactionsOf(message: AnyMessage): Reactions {
  return ('reactions' in message ? message.reactions : undefined) ?? {};
}

/** What the chips of a message do and say. */
export interface ChipActions {
  /** Reacts like that, or takes it back. */
  react(message: AnyMessage, reaction: string): void;
  /** Who these are, in words. */
  whoAre(users: readonly string[]): string;
}

/** The reactions to a message, each a button that adds one's own. Undefined where there are none. */
export function chipsOf(message: AnyMessage, actions: ChipActions, me: string | undefined): HTMLElement | undefined {
  const given = Object.entries(reactionsOf(message)).filter(([, users]) => users.length > 0);
  if (given.length === 0) return undefined;
  const chips = given.map(([reaction, users]) => {
    const who = actions.whoAre(users);
    const attributes = {
      class: 'chip',
      'data-reaction': reaction,
      'aria-pressed': String(me !== undefined && users.includes(me)),
      'aria-label': `${reaction}, ${users.length}: ${who}`,
      title: who,
    };
    const chip = button(
      attributes,
      () => actions.react(message, reaction),
      element('bdi', {}, reaction),
      element('span', {}, users.length.toLocaleString()),
    );
    return element('li', {}, chip);
  });
  // Whoever listens to what is said does not want to hear of each.
  return element('ul', { class: 'reactions', 'aria-label': 'Reactions', 'aria-live': 'off' }, ...chips);
}
