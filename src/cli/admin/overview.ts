import packageJson from '../../../package.json' with { type: 'json' };
import type { ChatHub, HubMetrics, LatencyHistogram } from '../../index.js';
import type { Counters, Overview } from './answers.js';
import { Loop } from './loop.js';
import { Baseline, Shared } from './shared.js';

type Sample = Pick<HubMetrics, 'append' | 'fanOut'> & { readonly totals: Counters };

/** How the server does, in numbers. */
export class OverviewView {
  readonly #hub: ChatHub;
  readonly #loop = new Loop();
  readonly #baseline = new Baseline<Sample>();
  readonly #shared: Shared<Omit<Overview, 'state'>>;

  constructor(hub: ChatHub, now: () => number) {
    this.#hub = hub;
    this.#shared = new Shared((at) => this.#make(at), now);
  }

  answer(state: Overview['state']): Overview {
    return { ...this.#shared.value, state };
  }

  close(): void {
    this.#loop.close();
  }

  #make(now: number): Omit<Overview, 'state'> {
    const { node, engine } = this.#hub.status();
    const metrics = this.#hub.metrics();
    const { connections, sessions, rooms, outboxes, append, fanOut } = metrics;
    const totals = countersOf(metrics);
    const before = this.#baseline.since(now, { totals, append, fanOut });
    const { rss: resident, heapUsed: heap } = process.memoryUsage();
    return {
      version: packageJson.version,
      node,
      uptime: Math.round(process.uptime() * 1_000),
      engine,
      now: {
        connections: Object.fromEntries(Object.entries(connections).map(([name, { open }]) => [name, open])),
        connected: sessions.connected,
        waiting: sessions.waiting,
        rooms: rooms.rooms,
        memberships: rooms.memberships,
        unsentBytes: outboxes.bytes,
        blocked: outboxes.blocked,
      },
      totals,
      rates: before && ratesOf(totals, before.value.totals, before.seconds),
      latency: {
        append: before && meanSince(append, before.value.append),
        fanOut: before && meanSince(fanOut, before.value.fanOut),
      },
      loop: this.#loop.take(),
      memory: { resident, heap },
    };
  }
}

function countersOf({ messages, deliveries, connections, bytes, leftOut, refused, errors }: HubMetrics): Counters {
  return {
    messages: sumOf(messages),
    deliveries,
    connections: Object.values(connections).reduce((sum, { opened }) => sum + opened, 0),
    bytesRead: bytes.read,
    bytesWritten: bytes.written,
    leftOut: sumOf(leftOut),
    refused: sumOf(refused),
    errors: sumOf(errors),
  };
}

function sumOf(counts: { readonly [name: string]: number | undefined }): number {
  return Object.values(counts).reduce((sum: number, count = 0) => sum + count, 0);
}

function ratesOf(now: Counters, before: Counters, seconds: number): Counters {
  const names = Object.keys(now) as (keyof Counters)[];
  // A connection takes what it counted along for a moment while it closes: nothing goes backwards.
  const rates = names.map((name) => [name, Math.max(0, now[name] - before[name]) / seconds] as const);
  return Object.fromEntries(rates) as unknown as Counters;
}

/** In milliseconds. */
function meanSince(now: LatencyHistogram, before: LatencyHistogram): number | undefined {
  const count = now.count - before.count;
  return count > 0 ? (1_000 * (now.sum - before.sum)) / count : undefined;
}
