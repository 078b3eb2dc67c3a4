import type { Limits } from 'chathub';

/** What all nodes have in common, and who judges them. */
export const limits = {
  // So few that whoever is away for long misses some, and has to be told.
  history: 100,
  // Nobody is too fast.
  sendsPerSecond: Number.POSITIVE_INFINITY,
  sendBurst: Number.POSITIVE_INFINITY,
  commandsPerSecond: Number.POSITIVE_INFINITY,
  commandBurst: Number.POSITIVE_INFINITY,
  // Hardly anything comes with a welcome: most of what was missed follows it, and the first repeats meet it on its way.
  recoverBytes: 1,
  drain: 2_000,
  // Whoever hangs on a dead connection finds out while a node is frozen.
  heartbeat: 8_000,
  heartbeatTimeout: 4_000,
} satisfies Partial<Limits>;

/** Milliseconds that a session outlives its connection: the default. */
export const resumeWindow = 30_000;

/** Where people talk. */
export const talkRooms = Array.from({ length: 10 }, (_, index) => `room${index}`);

/** Who may be there, is; nobody else is let in. */
export const privateRooms: { readonly [room: string]: readonly string[] } = {
  private0: ['p1', 'p2', 'p5', 'p6'],
  private1: ['p9', 'p10', 'p13', 'p14'],
};

/** Where those are who hardly talk. */
export const hall = 'hall';

/** A token is a name; who has none is a guest. */
export function userOf(token: string | undefined): { id: string; name: string } | null {
  return token === undefined ? null : { id: `user-${token}`, name: token };
}

/** Who asks the nodes what they think. */
export const inspector = 'inspector';

export function mayJoin(user: string, room: string): boolean {
  const allowed = privateRooms[room];
  return allowed === undefined || allowed.some((name) => user === `user-${name}`);
}
