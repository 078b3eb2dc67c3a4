const namespace = 'http://www.w3.org/2000/svg';

/** As many looks are drawn: two minutes. */
const most = 60;
const width = 120;
const height = 28;

/** How a number went lately. For eyes only: the number itself stands beside it. */
export class Sparkline {
  readonly element = document.createElementNS(namespace, 'svg');
  readonly #line = document.createElementNS(namespace, 'polyline');
  #values: number[] = [];

  constructor() {
    this.element.setAttribute('class', 'spark');
    this.element.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.element.setAttribute('preserveAspectRatio', 'none');
    this.element.setAttribute('aria-hidden', 'true');
    this.element.append(this.#line);
  }

  add(value: number): void {
    this.#values = [...this.#values, value].slice(-most);
    const top = Math.max(...this.#values, 1e-9);
    const step = width / (most - 1);
    const left = width - (this.#values.length - 1) * step;
    const points = this.#values.map((each, index) => {
      const y = height - 1.5 - (each / top) * (height - 3);
      return `${(left + index * step).toFixed(1)},${y.toFixed(1)}`;
    });
    this.#line.setAttribute('points', points.join(' '));
  }

  clear(): void {
    this.#values = [];
    this.#line.setAttribute('points', '');
  }
}
