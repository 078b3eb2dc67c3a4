import type { ChaosReport } from './run.js';

/** A run in a few lines, to be read. */
export function told(report: ChaosReport): string {
  const { seed, seconds, met, broken, stored, lines, settled, heard, present, faults } = report;
  const { acks, unknown, duplicates, fresh, resumed, elsewhere, lost, reconnects } = met;
  return [
    `CHAOS_SEED=${seed}, ${seconds} s: ${acks} acknowledged, ${stored} stored, ${duplicates} duplicates answered, ${unknown} unknown;`,
    `  ${reconnects} connections lost, ${resumed} resumed (${elsewhere} on another node), ${fresh} sessions begun, ${lost} lost when due;`,
    `  ${[...broken].map(([fault, count]) => `${fault} ${count}`).join(', ')};`,
    `  ${lines} lines of telnet; all back after ${settled} ms, all heard after ${heard} ms, presence true after ${present} ms; ${faults.length} faults`,
  ].join('\n');
}
