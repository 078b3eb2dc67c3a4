import packageJson from '../../package.json' with { type: 'json' };
import { errorCodes, type HubMetrics, type HubStatus, type LatencyHistogram } from '../index.js';

/** What one scrape is told. */
export interface Reading {
  readonly metrics: HubMetrics;
  readonly status: HubStatus;
}

/** A number; or numbers by the values of the label. */
type Values = number | { readonly [label: string]: number };

/** A metric whose value the hub knows. */
export interface Row {
  readonly type: 'counter' | 'gauge';
  /** Without the prefix. */
  readonly name: string;
  readonly help: string;
  /** None of them has more than one, and none has values that somebody who chats can choose. */
  readonly label?: string;
  /** Over the processes of a Node.js cluster; default: their sum. */
  readonly aggregator?: 'min' | 'first';
  read(reading: Reading): Values;
}

/** A histogram that the hub keeps. */
export interface HistogramRow {
  readonly name: string;
  readonly help: string;
  read(reading: Reading): LatencyHistogram;
}

const states = ['up', 'degraded', 'down'] as const;

/** THE table of metrics. Names and units as Prometheus has them: base units, and `_total` for what only grows. */
export const catalogue: readonly Row[] = [
  {
    type: 'gauge',
    name: 'build_info',
    help: 'The version of ChatHub; the value is always 1.',
    label: 'version',
    aggregator: 'first',
    read: () => ({ [packageJson.version]: 1 }),
  },
  {
    type: 'gauge',
    name: 'connections',
    help: 'Connections that are open.',
    label: 'transport',
    read: ({ metrics }) => mapped(metrics.connections, ({ open }) => open),
  },
  {
    type: 'counter',
    name: 'connections_opened_total',
    help: 'Connections that were let in.',
    label: 'transport',
    read: ({ metrics }) => mapped(metrics.connections, ({ opened }) => opened),
  },
  {
    type: 'counter',
    name: 'connections_refused_total',
    help: 'Connections that were not let in, by why.',
    label: 'code',
    read: ({ metrics }) => byCode(metrics.refused),
  },
  {
    type: 'counter',
    name: 'connections_closed_total',
    help: 'Connections that the hub ended, by why.',
    label: 'code',
    read: ({ metrics }) => byCode(metrics.closed),
  },
  {
    type: 'gauge',
    name: 'connections_blocked',
    help: 'Connections that writing waits for, since their peers read slowly.',
    read: ({ metrics }) => metrics.outboxes.blocked,
  },
  {
    type: 'counter',
    name: 'read_bytes_total',
    help: 'Bytes that came from peers.',
    read: ({ metrics }) => metrics.bytes.read,
  },
  {
    type: 'counter',
    name: 'written_bytes_total',
    help: 'Bytes that were written to peers.',
    read: ({ metrics }) => metrics.bytes.written,
  },
  {
    type: 'gauge',
    name: 'outbox_bytes',
    help: 'Bytes that wait to be taken by peers.',
    read: ({ metrics }) => metrics.outboxes.bytes,
  },
  {
    type: 'gauge',
    name: 'sessions',
    help: 'Sessions that are connected, and that wait for their client to come back.',
    label: 'state',
    read: ({ metrics: { sessions } }) => ({ connected: sessions.connected, waiting: sessions.waiting }),
  },
  {
    type: 'counter',
    name: 'sessions_begun_total',
    help: 'Sessions that began.',
    read: ({ metrics }) => metrics.sessions.begun,
  },
  {
    type: 'counter',
    name: 'sessions_ended_total',
    help: 'Sessions that are over.',
    read: ({ metrics }) => metrics.sessions.ended,
  },
  {
    type: 'counter',
    name: 'sessions_resumed_total',
    help: 'Sessions that their clients took up again.',
    read: ({ metrics }) => metrics.sessions.resumed,
  },
  {
    type: 'counter',
    name: 'sessions_missed_total',
    help: 'Sessions that were to be taken up, and were no more.',
    read: ({ metrics }) => metrics.sessions.missed,
  },
  {
    type: 'counter',
    name: 'log_ins_total',
    help: 'What the authenticate policy said: a user, a guest, or a refusal.',
    label: 'result',
    read: ({ metrics }) => metrics.logIns,
  },
  {
    type: 'gauge',
    name: 'rooms',
    help: 'Rooms that have members on this node.',
    read: ({ metrics }) => metrics.rooms.rooms,
  },
  {
    type: 'gauge',
    name: 'inboxes',
    help: 'Users whose direct messages are followed on this node.',
    read: ({ metrics }) => metrics.rooms.inboxes,
  },
  {
    type: 'gauge',
    name: 'memberships',
    help: 'Members of rooms on this node: one in two rooms is two.',
    read: ({ metrics }) => metrics.rooms.memberships,
  },
  {
    type: 'counter',
    name: 'commands_total',
    help: 'What clients asked for, by type.',
    label: 'type',
    read: ({ metrics }) => metrics.commands,
  },
  {
    type: 'counter',
    name: 'errors_total',
    help: 'What clients were told that went wrong, by code.',
    label: 'code',
    read: ({ metrics }) => byCode(metrics.errors),
  },
  {
    type: 'counter',
    name: 'held_back_total',
    help: 'Times that a connection had to wait, since it was faster than its rates allow.',
    read: ({ metrics }) => metrics.heldBack,
  },
  {
    type: 'counter',
    name: 'messages_total',
    help: 'Messages that were stored: said on this node to a room or to a user, or by the application.',
    label: 'by',
    read: ({ metrics }) => metrics.messages,
  },
  {
    type: 'counter',
    name: 'repeats_total',
    help: 'Messages that came again by their key, and were found stored.',
    read: ({ metrics }) => metrics.repeats,
  },
  {
    type: 'counter',
    name: 'deliveries_total',
    help: 'What was queued for members of rooms: a message to a room of ten is ten.',
    read: ({ metrics }) => metrics.deliveries,
  },
  {
    type: 'counter',
    name: 'left_out_total',
    help: 'What was left out for members who read too slowly.',
    label: 'what',
    read: ({ metrics }) => metrics.leftOut,
  },
  {
    type: 'gauge',
    name: 'engine_up',
    help: 'Whether things can be stored: 0 while the engine is down, or not open yet.',
    aggregator: 'min',
    read: ({ status }) => (status.engine.state === 'up' || status.engine.state === 'degraded' ? 1 : 0),
  },
  {
    type: 'gauge',
    name: 'engine_state',
    help: 'How the way to the store of the engine is: 1 for the state that it is in.',
    label: 'state',
    read: ({ status }) => Object.fromEntries(states.map((state) => [state, state === status.engine.state ? 1 : 0])),
  },
  {
    type: 'gauge',
    name: 'engine_fact',
    help: 'What the engine counts, by names of its own.',
    label: 'fact',
    read: ({ status }) => status.engine.facts,
  },
];

/** Those that the hub keeps as buckets. */
export const histograms: readonly HistogramRow[] = [
  {
    name: 'fan_out_seconds',
    help: 'From when something was queued for the members of a room until all of their connections were given it.',
    read: ({ metrics }) => metrics.fanOut,
  },
  {
    name: 'append_seconds',
    help: 'From when a message was given to the engine until it was stored.',
    read: ({ metrics }) => metrics.append,
  },
];

/** What has never been counted is 0: of a series that begins at 1, `rate()` does not see the first. */
const noErrors = Object.fromEntries(Object.keys(errorCodes).map((code) => [code, 0]));

function byCode(counts: HubMetrics['errors']): Values {
  return { ...noErrors, ...counts };
}

function mapped<T>(values: { readonly [name: string]: T }, numberIn: (value: T) => number): Values {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, numberIn(value)]));
}
