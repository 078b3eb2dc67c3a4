import { element } from '../dom.js';

/** So long after the last key, what was typed is looked for. */
const pauseMs = 300;

/** A field to look for something by. */
export function searchField(
  id: string,
  label: string,
  onChange: () => void,
): { row: HTMLElement; input: HTMLInputElement } {
  const input = element('input', { id, type: 'search', dir: 'auto', spellcheck: 'false', autocapitalize: 'off' });
  let timer: number | undefined;
  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(onChange, pauseMs);
  });
  return { row: labelled(id, label, input), input };
}

/** A list of orders. */
export function orderField(
  id: string,
  orders: readonly (readonly [value: string, label: string])[],
  onChange: () => void,
): { row: HTMLElement; select: HTMLSelectElement } {
  const select = element('select', { id });
  select.append(...orders.map(([value, label]) => new Option(label, value)));
  select.addEventListener('change', onChange);
  return { row: labelled(id, 'Order', select), select };
}

function labelled(id: string, label: string, input: HTMLElement): HTMLElement {
  return element('div', { class: 'filter' }, element('label', { for: id }, label), input);
}
