/** Who can be listened to: what the handles of this client have in common. */
export interface Listenable<Events> {
  /** Listens to an event. The same listener is added once. */
  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): this;
  /** Listens to an event once. */
  once<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): this;
  /** Stops listening. */
  off<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): this;
}

/**
 * The emitter of the client, in place of eventemitter3 and the wrapper that the hub has around it: those are a third of what
 * all of the client may weigh in a page. A listener that throws is told of on the console, and stops nothing.
 */
export class Emitter<Events> implements Listenable<Events> {
  /** The listeners of each event, and whether each is called once. */
  readonly #listeners = new Map<keyof Events, Map<(payload: never) => void, boolean>>();

  on<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void, once = false): this {
    const listeners = this.#listeners.get(event) ?? new Map<(payload: never) => void, boolean>();
    this.#listeners.set(event, listeners.set(listener, once));
    return this;
  }

  once<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): this {
    return this.on(event, listener, true);
  }

  off<E extends keyof Events>(event: E, listener: (payload: Events[E]) => void): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  /** Calls every listener; true when there was one. */
  emit<E extends keyof Events>(event: E, payload: Events[E]): boolean {
    const listeners = this.#listeners.get(event);
    if (!listeners?.size) return false;
    for (const [listener, once] of [...listeners]) {
      if (once) listeners.delete(listener);
      try {
        const result: unknown = (listener as (payload: Events[E]) => unknown)(payload);
        if (result instanceof Promise) result.catch(report);
      } catch (error) {
        report(error);
      }
    }
    return true;
  }
}

/** Errors that nobody hears of are worse than a line that nobody asked for. */
export function report(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: see above
  console.error('[chathub]', error);
}
