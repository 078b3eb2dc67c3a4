import type { SafeEmitter } from '../model/emitter.js';
import type { Limits } from '../model/limits.js';
import type { Clock } from '../ports/clock.js';
import type { OpenEngine } from '../ports/engine.js';
import type { Pace } from '../ports/pace.js';
import type { FanOut } from './fan-out.js';
import type { Gone } from './gone.js';
import type { HubEvents } from './hub-events.js';
import type { Member } from './member.js';
import type { Policies, PolicyRunner } from './policies.js';
import type { Requests } from './requests.js';
import type { Tally } from './tally.js';
import type { Tracer } from './tracer.js';

/** A user, as far as the core looks into it: the application's own type is restored at the public border. */
export interface AnyUser {
  readonly id: string;
  /** When its log-in runs out, in milliseconds since 1970. */
  readonly expiresAt?: number | undefined;
}

/** What the parts of one hub share. */
export interface Context {
  /** This node's id: random. */
  readonly node: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly engine: OpenEngine;
  readonly fanOut: FanOut;
  /** Whoever comes, or enters a room, goes on at its pace. */
  readonly pace: Pace;
  /** What is counted. */
  readonly tally: Tally;
  /** Told how commands go, where the application wants to know. */
  readonly tracer: Tracer | undefined;
  readonly policies: Policies<AnyUser>;
  readonly runner: PolicyRunner;
  /** Whether a user stays in a room while it has no session. */
  lasts(member: Member<AnyUser>, room: string): boolean;
  /** What the application answers. */
  readonly requests: Requests;
  readonly events: SafeEmitter<HubEvents<AnyUser>>;
  /** Aborted when the hub is closed: nothing is tried again after that. */
  readonly closed: Gone;
  /** Tells the application of a failure that nobody awaits. */
  report(error: unknown, stage: string): void;
}
