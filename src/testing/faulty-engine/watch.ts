import type { PresenceChange, PresenceHandler, PresenceList, PresenceWatch } from '../../index.js';
import { Held } from './held.js';
import type { NodeFaults } from './node-faults.js';

type Told = { readonly change: PresenceChange } | { readonly reset: PresenceList };

/** How the room is watched behind the faults. */
type Connect = (handler: PresenceHandler) => Promise<PresenceWatch>;

/** A watch whose changes are late and lost. After a loss the room is watched anew, and the list that this begins with is told. */
export class FaultyWatch {
  #inner: PresenceWatch | undefined;
  #begun = false;
  #lost = false;
  /** What came of a new watch before the list that it goes on from. */
  #early: Told[] | undefined;
  #repairing: Promise<void> | undefined;
  #forget: (() => void) | undefined;
  #closed = false;
  /** Each watch has a number; what comes of an earlier one is lost. */
  #run = 0;
  readonly #held: Held<Told>;
  readonly #faults: NodeFaults;
  readonly #connect: Connect;
  readonly #onClose: () => void;

  /** @param onClose - called once */
  constructor(handler: PresenceHandler, faults: NodeFaults, connect: Connect, onClose: () => void) {
    this.#faults = faults;
    this.#connect = connect;
    this.#onClose = onClose;
    const tell = (told: Told) =>
      faults.tell(() => ('change' in told ? handler.change(told.change) : handler.reset(told.reset)));
    this.#held = new Held(
      (all) => {
        for (const told of all) if (!this.#closed) tell(told);
      },
      () => this.#lose(),
    );
  }

  /** What stood when the watch began. */
  async open(): Promise<PresenceList> {
    const { list } = await this.#watch();
    this.#begun = true;
    return list;
  }

  /** Resolves when all that has come by now has been told. */
  async reach(): Promise<void> {
    if (this.#closed) return;
    if (this.#lost) await this.#repair();
    this.#held.flush();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
    this.#run++;
    this.#forget?.();
    this.#held.clear();
    this.#inner?.close();
  }

  async #watch(): Promise<PresenceWatch> {
    const run = ++this.#run;
    const inner = await this.#connect({
      change: (change) => this.#take(run, { change }),
      reset: (reset) => this.#take(run, { reset }),
    });
    if (this.#closed || run !== this.#run) inner.close();
    else this.#inner = inner;
    return inner;
  }

  #take(run: number, told: Told): void {
    if (this.#closed || run !== this.#run) return;
    const { presence } = this.#faults.script.faults;
    if (this.#early !== undefined) this.#early.push(told);
    // What comes before the list that the watch begins with is neither late nor lost.
    else if (!this.#begun) this.#held.add([told]);
    else if (this.#faults.isOut) this.#lose();
    else if (this.#held.waits) this.#held.add([told]);
    else if (this.#faults.chance('presenceLost', presence?.lose)) this.#lose();
    else this.#held.add([told], this.#faults.late('presenceDelayed', presence?.delay));
  }

  #lose(): void {
    this.#faults.count('presenceLost');
    this.#lost = true;
    this.#run++;
    this.#inner?.close();
    this.#held.clear();
    this.#notice();
  }

  #notice(): void {
    this.#forget = this.#faults.noticed(this.#faults.script.faults.presence?.repair)(() => {
      // A room that can't be watched now is tried again.
      this.#repair().catch(() => undefined);
    });
  }

  #repair(): Promise<void> {
    this.#repairing ??= this.#makeGood().finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  async #makeGood(): Promise<void> {
    this.#forget?.();
    this.#early = [];
    try {
      if (this.#faults.isOut) throw new Error('Presence is out of reach');
      const { list } = await this.#watch();
      this.#lost = false;
      this.#held.add([{ reset: list }, ...this.#early]);
    } catch (error) {
      if (!this.#closed) this.#notice();
      throw error;
    } finally {
      this.#early = undefined;
    }
  }
}
