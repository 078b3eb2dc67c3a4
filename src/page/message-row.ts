import { button, element, icon, setAttribute, setText } from './dom.js';
import { linkedText } from './linked-text.js';
import { hueOf, initialOf } from './names.js';
import { type ChipActions, chipsOf } from './reactions.js';
import { isAction, type Row, type SaidRow, type UnsentRow } from './rows.js';
import { isDeleted } from './timeline.js';

/** What can be done about a row. */
export interface RowActions extends ChipActions {
  retry(key: string): void;
  discard(key: string): void;
  loadAgain(): void;
}

/** What is shown of a message, sent or not. */
interface Content {
  readonly user: string;
  readonly name: string;
  readonly text: string;
  readonly at: number;
  readonly action: boolean;
  readonly edited: boolean;
  readonly deleted: boolean;
  readonly mine: boolean;
}

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const wholeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/**
 * Fills the element of a row. A message keeps its element from when it is written until it is said.
 *
 * @param was - what it was filled with last
 */
export function fillRow(
  row: HTMLElement,
  shown: Row,
  was: Row | undefined,
  actions: RowActions,
  me: string | undefined,
): void {
  if (shown.kind === 'said' && was?.kind === 'said' && saysTheSame(was, shown)) {
    // The rest is left alone: changed, it would be read out once more.
    row.querySelector('.reactions')?.remove();
    const chips = chipsOf(shown.message, actions, me);
    if (chips !== undefined) row.querySelector('.text')?.after(chips);
    return;
  }
  row.className = `row ${shown.kind}`;
  switch (shown.kind) {
    case 'said':
    case 'unsent':
      fillMessage(row, shown, actions, me);
      return;
    case 'edge':
      row.replaceChildren(shown.text);
      if (shown.retry)
        row.append(
          ' ',
          button({ class: 'link' }, () => actions.loadAgain(), 'Try again'),
        );
      return;
    case 'new':
      row.replaceChildren(element('span', {}, 'New'));
      return;
    default:
      row.replaceChildren(element('span', {}, shown.text));
  }
}

function fillMessage(row: HTMLElement, shown: SaidRow | UnsentRow, actions: RowActions, me: string | undefined): void {
  const content = shown.kind === 'said' ? contentOf(shown, me) : contentOfUnsent(shown);
  row.classList.add('message');
  row.classList.toggle('head', shown.head);
  row.classList.toggle('mine', content.mine);
  row.classList.toggle('action', content.action);
  row.classList.toggle('editing', shown.kind === 'said' && shown.editing);
  const waits = shown.kind === 'unsent' && shown.unsent.sent === undefined;
  row.classList.toggle('waiting', waits && shown.unsent.failure === undefined);
  row.classList.toggle('failed', waits && shown.unsent.failure !== undefined);
  const avatar = element('span', { class: 'avatar', 'aria-hidden': 'true', 'data-hue': hueOf(content.user) });
  setText(avatar, initialOf(content.name));
  const head = headOf(content);
  const body = bodyOf(content);
  nameBy(row, shown.key, head, body);
  const chips = shown.kind === 'said' && !content.deleted ? chipsOf(shown.message, actions, me) : undefined;
  const state = waits ? stateOf(shown, actions) : undefined;
  // Somebody may be at the tools: those stay.
  for (const child of [...row.children]) if (!child.classList.contains('tools')) child.remove();
  row.prepend(...[avatar, head, body, chips, state].filter((part) => part !== undefined));
}

/** The keyboard leads to it, and whoever comes there hears who said what. */
function nameBy(row: HTMLElement, key: string, head: HTMLElement, body: HTMLElement): void {
  head.id = `${key}-head`;
  body.id = `${key}-text`;
  setAttribute(row, 'role', 'article');
  setAttribute(row, 'aria-labelledby', `${head.id} ${body.id}`);
  if (!row.hasAttribute('tabindex')) row.tabIndex = -1;
}

/** Nothing about it is another but its reactions. */
function saysTheSame(was: SaidRow, now: SaidRow): boolean {
  const [before, after] = [contentOf(was, undefined), contentOf(now, undefined)];
  const same = (Object.keys(after) as (keyof Content)[]).every((key) => before[key] === after[key]);
  return same && was.head === now.head && was.editing === now.editing && was.message !== now.message;
}

/** Who, and when; an action says who by itself. */
function headOf({ user, name, at, mine, action }: Content): HTMLElement {
  const time = element('time', { datetime: new Date(at).toISOString(), title: wholeFormat.format(at) });
  setText(time, timeFormat.format(at));
  if (action) return element('div', { class: 'message-head' }, time);
  const author = element('bdi', { class: 'author', 'data-hue': hueOf(user) }, name);
  return element(
    'div',
    { class: 'message-head' },
    author,
    mine ? element('span', { class: 'you' }, 'you') : undefined,
    time,
  );
}

function bodyOf({ user, name, text, action, deleted, edited }: Content): HTMLElement {
  if (deleted) return element('p', { class: 'text gone' }, 'This message was deleted.');
  const actor = action ? element('bdi', { class: 'actor', 'data-hue': hueOf(user) }, name) : undefined;
  const mark = edited ? element('span', { class: 'mark' }, ' (edited)') : undefined;
  return element('p', { class: 'text', dir: 'auto' }, actor, action ? ' ' : undefined, ...linkedText(text), mark);
}

function stateOf({ key, unsent }: UnsentRow, actions: RowActions): HTMLElement {
  if (unsent.failure === undefined) return element('p', { class: 'send-state' }, 'Not sent yet');
  return element(
    'p',
    { class: 'send-state' },
    icon('close'),
    element('span', {}, `Not sent. ${unsent.failure}`),
    button({ class: 'link' }, () => actions.retry(key), 'Retry'),
    button({ class: 'link' }, () => actions.discard(key), 'Discard'),
  );
}

function contentOf({ message }: SaidRow, me: string | undefined): Content {
  const { from, text, at } = message;
  const edited = 'edited' in message && message.edited !== undefined;
  return {
    ...{ user: from.user, name: from.name, text, at, mine: from.user === me },
    ...{ action: isAction(message), edited, deleted: isDeleted(message) },
  };
}

function contentOfUnsent({ unsent, me }: UnsentRow): Content {
  const { text, action, at } = unsent;
  return { ...me, text, action, at, edited: false, deleted: false, mine: true };
}
