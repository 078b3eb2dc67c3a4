// What the servers are asked to do.

/** What a message weighs on its way to a member, in bytes of payload: for all servers the same. */
const bytes = 230;

/** A line of the echo servers, without its end. */
const lineBytes = 63;

/** @typedef {{ name: string, title: string, load: Record<string, string | number> }} Workload */

/** @type {(members: number) => Workload} */
export const isolated = (members) => ({
  name: `isolated-${members}`,
  title: `isolated messages, one room of ${members.toLocaleString('en')}`,
  load: { mode: 'one', members, senders: Math.min(members, 16), bytes },
});

/** @type {(members: number) => Workload} */
export const burst = (members) => ({
  name: `burst-${members}`,
  title: `burst of 10 messages, one room of ${members.toLocaleString('en')}`,
  load: { mode: 'burst', members, senders: 10, bytes },
});

/** @type {Workload} */
export const rooms = {
  name: 'rooms',
  title: '100 rooms of 10, closed loop',
  load: { mode: 'loop', rooms: 100, members: 10, bytes },
};

/** @type {(clients: number) => Workload} */
export const pipelined = (clients) => ({
  name: `pipelined-${clients}`,
  title: `pipelined echo, ${clients} client${clients === 1 ? '' : 's'}`,
  load: { mode: 'echo', rooms: clients, window: 1_000, bytes: lineBytes },
});

/** @type {(clients: number) => Workload} */
export const pingPong = (clients) => ({
  name: `ping-pong-${clients}`,
  title: `ping-pong echo, ${clients} client${clients === 1 ? '' : 's'}`,
  load: { mode: 'echo', rooms: clients, window: 1, bytes: lineBytes },
});

/** By name, for `bench:profile`. */
export const workloads = [
  isolated(100),
  isolated(1_000),
  isolated(5_000),
  burst(100),
  burst(1_000),
  rooms,
  pipelined(1),
  pipelined(100),
  pingPong(1),
  pingPong(100),
];
