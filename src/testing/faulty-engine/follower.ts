import type { Entry, Follower, FollowHandler, Position } from '../../index.js';
import { Held, type Later } from './held.js';
import type { NodeFaults } from './node-faults.js';

type Told =
  | { readonly entry: Entry }
  | { readonly gap: { readonly from: number; readonly to: number } }
  | { readonly reset: Position };

/** A loss that nobody has noticed yet. */
interface Loss {
  readonly tells: 'gap' | 'reset' | undefined;
  /** The last offset that is known to be lost. */
  readonly to: number;
}

/** How the log is followed behind the faults. */
type Connect = (handler: FollowHandler, options: FollowOptions) => Promise<Follower>;

type FollowOptions = { readonly after?: Position; readonly signal?: AbortSignal };

/**
 * A follower whose deliveries are late and lost. What is lost is made good as an engine of which a connection broke does it: by
 * following anew from where it stands, so that the log itself says what there is and what is gone.
 */
export class FaultyFollower {
  #inner: Follower | undefined;
  /** Undefined until the log is followed. */
  #position: Position | undefined;
  #loss: Loss | undefined;
  #repairing: Promise<void> | undefined;
  #forget: (() => void) | undefined;
  #closed = false;
  /** Each time that the log is followed has a number; what comes of an earlier one is lost. */
  #run = 0;
  readonly #held: Held<Told>;
  readonly #handler: FollowHandler;
  readonly #faults: NodeFaults;
  readonly #connect: Connect;
  readonly #appending: () => boolean;
  readonly #onClose: () => void;

  /**
   * @param appending - whether an append of this node is under way, whose entry must be delivered before it resolves
   * @param onClose - called once
   */
  constructor(
    handler: FollowHandler,
    faults: NodeFaults,
    connect: Connect,
    appending: () => boolean,
    onClose: () => void,
  ) {
    this.#handler = handler;
    this.#faults = faults;
    this.#connect = connect;
    this.#appending = appending;
    this.#onClose = onClose;
    this.#held = new Held(
      (told) => this.#tell(told),
      () => this.#lose([]),
    );
  }

  get position(): Position {
    return this.#position ?? { epoch: '', offset: 0 };
  }

  async open(options: FollowOptions): Promise<void> {
    const run = ++this.#run;
    const handler: FollowHandler = {
      deliver: (entries) =>
        this.#take(
          run,
          entries.map((entry) => ({ entry })),
        ),
      gap: (from, to) => this.#take(run, [{ gap: { from, to } }]),
      reset: (reset) => this.#take(run, [{ reset }]),
    };
    const inner = await this.#connect(handler, options);
    if (this.#closed || run !== this.#run) inner.close();
    else this.#inner = inner;
    this.#position ??= inner.position;
  }

  /** Resolves when all that has come by now has been told. */
  async reach(): Promise<void> {
    if (this.#closed) return;
    if (this.#loss !== undefined) await this.#repair(true);
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

  #take(run: number, told: readonly Told[]): void {
    if (this.#closed || run !== this.#run) return;
    const { deliveries } = this.#faults.script.faults;
    // What comes before the log is followed, or makes a loss good, is neither late nor lost.
    if (this.#position === undefined || this.#loss !== undefined) this.#held.add(told);
    else if (this.#faults.isOut) this.#lose(told);
    else if (this.#held.waits) this.#held.add(told);
    else if (this.#faults.chance('deliveriesLost', deliveries?.lose)) this.#lose(told);
    else this.#held.add(told, this.#faults.late('deliveriesDelayed', deliveries?.delay));
  }

  #lose(told: readonly Told[]): void {
    this.#faults.count('deliveriesLost');
    const { deliveries } = this.#faults.script.faults;
    const last = told.at(-1);
    const to = last !== undefined && 'entry' in last && !this.#appending() ? last.entry.offset : 0;
    const gap = this.#faults.chance('gap', deliveries?.gap);
    const reset = this.#faults.chance('reset', deliveries?.reset);
    this.#loss = { tells: gap ? 'gap' : reset ? 'reset' : undefined, to };
    this.#run++;
    this.#inner?.close();
    this.#held.clear();
    this.#notice(this.#faults.noticed(deliveries?.repair));
  }

  #notice(later: Later): void {
    this.#forget = later(() => {
      // A log that can't be followed now is tried again.
      this.#repair(false).catch(() => undefined);
    });
  }

  #repair(honestly: boolean): Promise<void> {
    this.#repairing ??= this.#makeGood(honestly).finally(() => {
      this.#repairing = undefined;
    });
    return this.#repairing;
  }

  async #makeGood(honestly: boolean): Promise<void> {
    this.#forget?.();
    const told = !honestly && this.#own();
    try {
      if (this.#faults.isOut) throw new Error('The log is out of reach');
      await this.open({ after: this.position });
      this.#loss = undefined;
      if (!told) this.#faults.count('repairs');
    } catch (error) {
      if (!this.#closed) this.#notice(this.#faults.noticed(this.#faults.script.faults.deliveries?.repair));
      throw error;
    }
  }

  /** Tells of a loss, as if what was lost were gone. */
  #own(): boolean {
    const { epoch, offset } = this.position;
    const { tells, to } = this.#loss ?? { to: 0 };
    if (tells === undefined || to <= offset) return false;
    this.#faults.count(tells === 'gap' ? 'gaps' : 'resets');
    this.#held.add([tells === 'gap' ? { gap: { from: offset + 1, to } } : { reset: { epoch, offset: to } }]);
    return true;
  }

  #tell(told: readonly Told[]): void {
    let batch: Entry[] = [];
    for (const each of told) {
      if ('entry' in each) {
        batch.push(each.entry);
        continue;
      }
      this.#deliver(batch);
      batch = [];
      this.#mark(each);
    }
    this.#deliver(batch);
  }

  #deliver(batch: readonly Entry[]): void {
    const last = batch.at(-1);
    if (last === undefined || this.#closed) return;
    for (let more = batch.length; more > 1; more--) this.#faults.count('deliveriesBatched');
    if (this.#position !== undefined) this.#position = { ...this.#position, offset: last.offset };
    this.#faults.tell(() => this.#handler.deliver(batch));
  }

  #mark(told: Exclude<Told, { readonly entry: Entry }>): void {
    if (this.#closed) return;
    const { epoch } = this.position;
    const position = 'reset' in told ? told.reset : { epoch, offset: told.gap.to };
    if (this.#position !== undefined) this.#position = position;
    this.#faults.tell(() => {
      if ('reset' in told) this.#handler.reset(position);
      else this.#handler.gap(told.gap.from, told.gap.to);
    });
  }
}
