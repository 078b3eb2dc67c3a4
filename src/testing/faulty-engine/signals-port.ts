import type { JsonValue, Signals } from '../../index.js';
import type { Later } from './held.js';
import { type NodeParts, opened } from './node-parts.js';

/** Beyond so many that are late, signals are lost. */
const most = 1_000;

/** Signals, behind the faults. */
export function faultySignals(signals: Signals, node: NodeParts): Signals {
  const { calls } = node;
  return {
    ...signals,
    publish: (...call) => calls.make('signals.publish', () => signals.publish(...call)),
    subscribe(topic, handler) {
      const ear = new Ear(handler, node);
      const open = () => ear.open(signals.subscribe(topic, (payload) => ear.hear(payload)));
      return opened(ear, node, calls.make('signals.subscribe', open));
    },
  };
}

/** A subscription whose signals are lost, late, and come twice. */
class Ear {
  #inner: { close(): void } | undefined;
  #closed = false;
  readonly #late = new Set<() => void>();
  readonly #handler: (payload: JsonValue) => void;
  readonly #node: NodeParts;

  constructor(handler: (payload: JsonValue) => void, node: NodeParts) {
    this.#handler = handler;
    this.#node = node;
  }

  async open(opening: Promise<{ close(): void }>): Promise<{ close(): void }> {
    const inner = await opening;
    if (this.#closed) inner.close();
    else this.#inner = inner;
    return { close: () => this.close() };
  }

  hear(payload: JsonValue): void {
    const { faults } = this.#node;
    const { signals } = faults.script.faults;
    if (this.#closed) return;
    if (faults.isOut || this.#late.size >= most || faults.chance('drop', signals?.drop)) {
      faults.count('signalsDropped');
      return;
    }
    const twice = faults.chance('double', signals?.double);
    if (twice) faults.count('signalsDoubled');
    for (let copies = twice ? 2 : 1; copies > 0; copies--) this.#tell(payload);
  }

  /** Those that are late are lost. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#node.open.delete(this);
    for (const forget of this.#late) forget();
    this.#late.clear();
    this.#inner?.close();
  }

  #tell(payload: JsonValue): void {
    const { faults } = this.#node;
    const later = faults.late('signalsDelayed', faults.script.faults.signals?.delay);
    if (later === undefined) this.#call(payload);
    else this.#tellLater(payload, later);
  }

  #tellLater(payload: JsonValue, later: Later): void {
    const forget = later(() => {
      this.#late.delete(forget);
      this.#call(payload);
    });
    this.#late.add(forget);
  }

  #call(payload: JsonValue): void {
    if (!this.#closed) this.#node.faults.tell(() => this.#handler(payload));
  }
}
