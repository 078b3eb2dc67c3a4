import { button, element, icon, setText } from './dom.js';
import { linkedText } from './linked-text.js';
import { hueOf, initialOf } from './names.js';
import { isAction, type Row, type SaidRow, type UnsentRow } from './rows.js';

/** What can be done about a row. */
export interface RowActions {
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
  readonly reactions: { readonly [reaction: string]: readonly string[] };
  readonly mine: boolean;
}

const timeFormat = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const wholeFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** Fills the element of a row. A message keeps its element from when it is written until it is said. */
export function fillRow(row: HTMLElement, shown: Row, actions: RowActions, me: string | undefined): void {
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
  const waits = shown.kind === 'unsent' && shown.unsent.sent === undefined;
  row.classList.toggle('waiting', waits && shown.unsent.failure === undefined);
  row.classList.toggle('failed', waits && shown.unsent.failure !== undefined);
  const avatar = element('span', { class: 'avatar', 'aria-hidden': 'true', 'data-hue': hueOf(content.user) });
  setText(avatar, initialOf(content.name));
  row.replaceChildren(avatar, headOf(content), bodyOf(content), ...footOf(content));
  if (waits) row.append(stateOf(shown, actions));
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

function footOf({ reactions }: Content): HTMLElement[] {
  const given = Object.entries(reactions).filter(([, users]) => users.length > 0);
  if (given.length === 0) return [];
  const chips = given.map(([reaction, users]) => {
    const people = `${users.length} ${users.length === 1 ? 'person' : 'people'}`;
    return element('li', { 'aria-label': `${reaction}, ${people}` }, element('bdi', {}, reaction), ` ${users.length}`);
  });
  return [element('ul', { class: 'reactions', 'aria-label': 'Reactions' }, ...chips)];
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
  const {
    edited,
    deleted,
    reactions = {},
  } = message as Partial<Pick<Content, 'reactions'>> & {
    readonly edited?: number;
    readonly deleted?: number;
  };
  return {
    ...{ user: from.user, name: from.name, text, at, reactions, mine: from.user === me },
    ...{ action: isAction(message), edited: edited !== undefined, deleted: deleted !== undefined },
  };
}

function contentOfUnsent({ unsent, me }: UnsentRow): Content {
  const { text, action, at } = unsent;
  return { ...me, text, action, at, edited: false, deleted: false, reactions: {}, mine: true };
}
