/**
 * What is known of a run, and all that the checker goes by: everybody who took part wrote down what happened to them, in the order of time.
 * Rooms are logs: `@user-p3` is the inbox of a user.
 */
export type Fact =
  // ---- Of those who talk and listen
  /** Somebody begins to send it. No text is said twice. */
  | { readonly fact: 'said'; readonly who: string; readonly room: string; readonly text: string }
  /** The server says that it stands there. */
  | ({ readonly fact: 'acked'; readonly text: string } & Whose & Place)
  /** The server says that it will not be there. */
  | { readonly fact: 'refused'; readonly who: string; readonly room: string; readonly text: string }
  /** Somebody is a member from here on; is none any more. */
  | ({ readonly fact: 'in' } & Whose)
  | ({ readonly fact: 'out' } & Whose)
  /**
   * `joined`, or a room of a `welcome`: a stream begins, or goes on where it was. `start` is where the client stands behind it: its next
   * entry is the one after that.
   */
  | ({ readonly fact: 'began'; readonly recovered: boolean; readonly start: number } & Whose & Position)
  /** An entry was told. */
  | ({ readonly fact: 'told'; readonly text: string } & Whose & Place)
  /** An entry came that the client held already: it was not told again. */
  | ({ readonly fact: 'dropped' } & Whose & Place)
  | ({ readonly fact: 'gap' } & Whose & Gap)
  | ({ readonly fact: 'reset' } & Whose & Position)
  /** At a terminal: a message, `-- 3 messages skipped --`, `-- begins anew --`. */
  | ({ readonly fact: 'line'; readonly text: string } & Whose)
  | ({ readonly fact: 'skipped'; readonly count: number } & Whose)
  | ({ readonly fact: 'anew' } & Whose)
  /** The server took somebody in who was there before, milliseconds ago. */
  | { readonly fact: 'back'; readonly who: string; readonly resumed: boolean; readonly away: number }
  /** Something was shown to somebody who may not see it. */
  | ({ readonly fact: 'shown'; readonly what: string } & Whose)
  /** Something came that the protocol does not foresee. */
  | { readonly fact: 'odd'; readonly who: string; readonly what: string }
  // ---- Of the store
  /** It stands in Redis. */
  | ({ readonly fact: 'stored'; readonly room: string; readonly text: string } & Place)
  /** All that it holds was looked at, beginning at that time. */
  | { readonly fact: 'looked'; readonly began: number }
  /** In the end, when all is whole. */
  | ({ readonly fact: 'head'; readonly room: string } & Position)
  /** The store is made to forget: all, or what came after `keeps`. Until `truth` it may go on to forget. */
  | { readonly fact: 'lie'; readonly what: string; readonly keeps: number | null }
  | { readonly fact: 'truth'; readonly what: string }
  // ---- Of the nodes
  /** Somebody who went down with a node is still said to be there. */
  | {
      readonly fact: 'ghost';
      readonly asked: string;
      readonly room: string;
      readonly who: string;
      readonly after: number;
    }
  /** In the end: who is there and should not be, and the other way round, as those say that were asked. */
  | {
      readonly fact: 'presence';
      readonly asked: string;
      readonly room: string;
      readonly extra: string;
      readonly missing: string;
    }
  /** What a node tells of a room's past is not what is stored. */
  | { readonly fact: 'past'; readonly asked: string; readonly room: string; readonly what: string }
  | { readonly fact: 'memory'; readonly node: string; readonly bytes: number; readonly most: number }
  /** A node ended that nobody had told to. */
  | { readonly fact: 'ended'; readonly node: string; readonly how: string }
  /** How long a message took from one bystander to another. `concerned`: something was being done to their node, or to Redis. */
  | { readonly fact: 'echo'; readonly node: string; readonly ms: number; readonly concerned: boolean };

interface Whose {
  readonly who: string;
  readonly room: string;
}

interface Position {
  readonly epoch: string;
  readonly offset: number;
}

interface Gap {
  readonly epoch: string;
  readonly from: number;
  readonly to: number;
  /** The server said so: it is no more than what is not kept. */
  readonly exact: boolean;
}

interface Place extends Position {
  readonly id: string;
  /** When it was stored, by the clock of Redis. */
  readonly at: number;
}

export type FactOf<Kind extends Fact['fact']> = Extract<Fact, { readonly fact: Kind }>;

/** When it was written down: milliseconds since 1970. */
export type Timed<F extends Fact = Fact> = F & { readonly t: number };

/** By a clock that nothing sets back. */
export const now = (): number => performance.timeOrigin + performance.now();
