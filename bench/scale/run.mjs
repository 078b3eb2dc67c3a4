// How large a run is.

/** @typedef {{ findings: import('./findings.mjs').Findings, sizes: Sizes, files: number, profiles: string | undefined }} Run */
/** @typedef {typeof full} Sizes */

/** Of connections, rooms, members; `quiet`, `settle` and `idle` in milliseconds. */
const full = {
  connections: 20_000,
  rooms: 10_000,
  room: 10_000,
  storm: 5_000,
  quiet: 3_000,
  settle: 3_000,
  idle: 30_000,
};

const quick = { connections: 2_000, rooms: 2_000, room: 1_000, storm: 1_000, quiet: 1_500, settle: 1_000, idle: 3_000 };

export const sizes = { full, quick };
