/** What waits to be written to one connection. */
export interface Flushable {
  /** In the queue of the flusher. */
  dirty: boolean;
  flush(): void;
  /** Its flush threw. */
  failed(error: unknown): void;
}

/** Connections that are written to one after another, so that none has to wait for all of a large room. */
export class FlushGroup {
  /** Those that wait; the flusher alone changes it. */
  outboxes: Flushable[] = [];
  /** The first that is still to be written to. */
  next = 0;
  /** When the first was queued, by the monotonic clock. */
  since = 0;
}
