import { EventEmitter } from 'eventemitter3';

/** Hears of what a listener threw. */
export type ListenerErrorHandler = (error: unknown, event: string) => void;

type Listener<Payload> = (payload: Payload) => void;

/**
 * A typed emitter over eventemitter3, whose `emit` lets a throwing listener stop the others and unwind into whoever
 * emits. Here a listener that throws, or whose promise rejects, is reported and nothing else: events observe, they
 * can never break delivery.
 */
export class SafeEmitter<Events extends object> {
  readonly #emitter = new EventEmitter();
  readonly #wrapped = new Map<string, Map<unknown, Listener<unknown>>>();
  readonly #onListenerError: ListenerErrorHandler;

  constructor(onListenerError: ListenerErrorHandler) {
    this.#onListenerError = onListenerError;
  }

  on<E extends keyof Events & string>(event: E, listener: Listener<Events[E]>): void {
    this.#add(event, listener, (payload) => this.#call(event, listener as Listener<unknown>, payload));
  }

  once<E extends keyof Events & string>(event: E, listener: Listener<Events[E]>): void {
    this.#add(event, listener, (payload) => {
      this.off(event, listener);
      this.#call(event, listener as Listener<unknown>, payload);
    });
  }

  off<E extends keyof Events & string>(event: E, listener: Listener<Events[E]>): void {
    const wrapper = this.#wrapped.get(event)?.get(listener);
    if (wrapper === undefined) return;
    this.#wrapped.get(event)?.delete(listener);
    this.#emitter.off(event, wrapper);
  }

  /** Calls every listener; true when there was one. */
  emit<E extends keyof Events & string>(event: E, payload: Events[E]): boolean {
    return this.#emitter.emit(event, payload);
  }

  /** Whether anybody listens, so that a hot path need not build a payload for nobody. */
  has(event: keyof Events & string): boolean {
    return this.#emitter.listenerCount(event) > 0;
  }

  get size(): number {
    let total = 0;
    for (const wrappers of this.#wrapped.values()) total += wrappers.size;
    return total;
  }

  #add(event: string, listener: unknown, wrapper: Listener<unknown>): void {
    const wrappers = this.#wrapped.get(event) ?? new Map<unknown, Listener<unknown>>();
    if (wrappers.has(listener)) return;
    wrappers.set(listener, wrapper);
    this.#wrapped.set(event, wrappers);
    this.#emitter.on(event, wrapper);
  }

  /** As `guardedCall`, without its closures: this runs for every message. */
  #call(event: string, listener: Listener<unknown>, payload: unknown): void {
    try {
      const result: unknown = listener(payload);
      if (result instanceof Promise) result.catch((error: unknown) => this.#onListenerError(error, event));
    } catch (error) {
      this.#onListenerError(error, event);
    }
  }
}
