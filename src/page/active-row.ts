/** Which row of the messages somebody is at: with a pointer that rests on it, by the keyboard, or by a tap. */
export class ActiveRow {
  readonly #log: HTMLElement;
  readonly #changed: (row: HTMLElement | undefined) => void;
  #hovered: HTMLElement | undefined;
  #focused: HTMLElement | undefined;
  /** The one that Tab leads to. */
  #stop: HTMLElement | undefined;

  /** @param changed - somebody is at this row now */
  constructor(log: HTMLElement, changed: (row: HTMLElement | undefined) => void) {
    this.#log = log;
    this.#changed = changed;
    log.addEventListener('pointerover', ({ pointerType, target }) => {
      // A finger that scrolls comes by at each of them.
      if (pointerType !== 'touch') this.#hover(rowOf(target));
    });
    log.addEventListener('pointerleave', () => this.#hover(undefined));
    log.addEventListener('focusin', ({ target }) => this.#focus(rowOf(target)));
    log.addEventListener('focusout', ({ relatedTarget }) => {
      if (!(relatedTarget instanceof Node) || !log.contains(relatedTarget)) this.#focus(undefined);
    });
    log.addEventListener('click', ({ target }) => {
      const row = rowOf(target);
      // Safari gives a row that is tapped no focus by itself.
      const meant = target instanceof Element && target.closest('a, button') === null;
      if (meant && row !== undefined && getSelection()?.isCollapsed !== false) row.focus({ preventScroll: true });
    });
    log.addEventListener('keydown', (event) => this.#key(event));
  }

  get row(): HTMLElement | undefined {
    return this.#hovered ?? this.#focused;
  }

  /** The rows are others now: Tab leads to the last message, unless somebody is among them already. */
  refresh(): void {
    if (this.#hovered?.isConnected === false) this.#hovered = undefined;
    if (this.#focused?.isConnected === false) this.#focused = undefined;
    const among = this.#log.contains(document.activeElement);
    if (!among || this.#stop?.isConnected !== true) this.#stopAt(sibling(this.#log.lastElementChild, 'previous'));
  }

  #hover(row: HTMLElement | undefined): void {
    if (row === this.#hovered) return;
    this.#hovered = row;
    this.#changed(this.row);
  }

  #focus(row: HTMLElement | undefined): void {
    if (row !== undefined) this.#stopAt(row);
    this.#focused = row;
    this.#changed(this.row);
  }

  #stopAt(row: HTMLElement | undefined): void {
    if (row === this.#stop) return;
    if (this.#stop !== undefined) this.#stop.tabIndex = -1;
    this.#stop = row;
    if (row !== undefined) row.tabIndex = 0;
  }

  #key(event: KeyboardEvent): void {
    const { key, target } = event;
    const row = rowOf(target);
    if (row === undefined || target !== row || (key !== 'ArrowUp' && key !== 'ArrowDown')) return;
    event.preventDefault();
    const next =
      key === 'ArrowUp' ? sibling(row.previousElementSibling, 'previous') : sibling(row.nextElementSibling, 'next');
    if (next === undefined) return;
    // The pointer still rests where it was, on another one perhaps.
    this.#hovered = undefined;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: 'nearest' });
  }
}

function rowOf(target: EventTarget | null): HTMLElement | undefined {
  return (target instanceof Element && target.closest<HTMLElement>('.message')) || undefined;
}

/** This one if it is a message, or the next that is one. */
function sibling(from: Element | null, where: 'previous' | 'next'): HTMLElement | undefined {
  let row = from;
  while (row !== null && !row.classList.contains('message'))
    row = where === 'previous' ? row.previousElementSibling : row.nextElementSibling;
  return row instanceof HTMLElement ? row : undefined;
}
