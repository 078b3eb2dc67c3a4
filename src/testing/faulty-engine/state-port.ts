import type { JsonValue, SharedState } from '../../index.js';
import { Held } from './held.js';
import { type NodeParts, opened } from './node-parts.js';

type Handler = Parameters<SharedState['onChange']>[1];

interface Change {
  readonly key: string;
  readonly value: JsonValue | undefined;
}

/** Shared state, behind the faults. What changes a scope takes effect in the order of the calls. */
export function faultyState(state: SharedState, node: NodeParts): SharedState {
  const { calls } = node;
  const lane = (scope: string) => ({ lane: `state ${scope}` });
  return {
    ...state,
    get: (...call) => calls.make('state.get', () => state.get(...call)),
    list: (scope) => calls.make('state.list', () => state.list(scope)),
    set: (scope, ...call) => calls.make('state.set', () => state.set(scope, ...call), lane(scope)),
    compareAndSet: (scope, ...call) =>
      calls.make('state.compareAndSet', () => state.compareAndSet(scope, ...call), lane(scope)),
    onChange(scope, handler) {
      const watch = new ChangeWatch(handler, node);
      const open = () => watch.open(state.onChange(scope, (key, value) => watch.take({ key, value })));
      return opened(watch, node, calls.make('state.onChange', open));
    },
  };
}

/** A watch of a scope that is told late, but of everything: there is no other way to hear of a change. */
class ChangeWatch {
  #inner: { close(): void } | undefined;
  #closed = false;
  readonly #held: Held<Change>;
  readonly #node: NodeParts;

  constructor(handler: Handler, node: NodeParts) {
    this.#node = node;
    const tell = ({ key, value }: Change) => {
      if (!this.#closed) node.faults.tell(() => handler(key, value));
    };
    this.#held = new Held(
      (changes) => changes.forEach(tell),
      () => this.#held.flush(),
    );
  }

  async open(opening: Promise<{ close(): void }>): Promise<{ close(): void }> {
    const inner = await opening;
    if (this.#closed) inner.close();
    else this.#inner = inner;
    return { close: () => this.close() };
  }

  take(change: Change): void {
    const { faults } = this.#node;
    if (this.#closed) return;
    if (this.#held.waits) this.#held.add([change]);
    else this.#held.add([change], faults.afterOutage ?? faults.late('stateDelayed', faults.script.faults.state?.delay));
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#node.open.delete(this);
    this.#held.clear();
    this.#inner?.close();
  }
}
