import type { Limits } from 'chathub';

/** What all nodes have in common, and who reads their logs. */
export const limits = {
  // Nothing may be lost, and nobody is too fast, or too slow.
  history: 1_000_000,
  recover: 1_000_000,
  outboxBytes: 67_108_864,
  sendsPerSecond: Number.POSITIVE_INFINITY,
  sendBurst: Number.POSITIVE_INFINITY,
  commandsPerSecond: Number.POSITIVE_INFINITY,
  commandBurst: Number.POSITIVE_INFINITY,
  // Hardly anything comes with a welcome: most of what was missed follows it, and the first repeats meet it on its way.
  recoverBytes: 1,
  drain: 2_000,
} satisfies Partial<Limits>;

/** Milliseconds that a session outlives its connection: the default. */
export const resumeWindow = 30_000;

/** A token is a name; who has none is a guest. */
export function userOf(token: string | undefined): { id: string; name: string } | null {
  return token === undefined ? null : { id: `user-${token}`, name: token };
}
