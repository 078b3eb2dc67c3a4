import { megabytes } from './checker/load.js';
import type { Invariant } from './checker/rule.js';
import type { FaultReport } from './run.js';

/** A run in a block, to be read. */
export function figures(report: FaultReport): string {
  const { seed, seconds, met, done, checker, stored, lines, settled, told, present, left } = report;
  const { acks, directs, unknown, duplicates, resumed, elsewhere, over, connectionsLost } = met;
  const { holes, memory, bystanders } = checker;
  const counts = (...invariants: readonly Invariant[]) =>
    invariants.reduce((sum, invariant) => sum + checker.count(invariant), 0);
  const faults = [...done].sort(([one], [other]) => (one < other ? -1 : 1)).map(([name, count]) => `${name} ${count}`);
  const peaks = [...memory.peaks].map(([node, bytes]) => `${node} ${megabytes(bytes)} MB`);
  return [
    `seed ${seed}, ${seconds} s`,
    `  acks         ${acks} (${directs} direct messages; ${unknown} that nobody can know of), ${stored} entries seen in Redis, ${lines} lines of telnet`,
    `  resumes      ${resumed} (${elsewhere} on another node), ${over} sessions over`,
    `  repeats      ${duplicates} answered as known`,
    `  connections  ${connectionsLost} lost`,
    `  faults       ${[...done.values()].reduce((sum, count) => sum + count, 0)}`,
    ...linesOf(faults).map((line) => `    ${line}`),
    ...left.map((why) => `  left out     ${why}`),
    `  said         ${holes.said} entries that would not come, ${holes.resets} resets`,
    `  memory peak  ${peaks.join(', ')}`,
    `  bystanders   p99 ${Math.round(bystanders.p99)} ms of ${bystanders.count} messages`,
    `  afterwards   all back after ${settled} ms, presence true after ${present} ms, all told after ${told} ms`,
    `  ${counts('I1')} lost, ${counts('I2')} doubled, ${counts('I3')} out of order, ${counts('I4')} unsaid gaps`,
    `  ${counts('I5')} presence, ${counts('I6')} memory, ${counts('I7')} noticed, ${counts('I8')} leaked, ${counts('I9')} unacknowledged twice, ${counts('I0')} odd`,
  ].join('\n');
}

/** As many in each line as are easily read. */
function linesOf(items: readonly string[]): string[] {
  const lines: string[] = [];
  for (const item of items) {
    const line = lines.at(-1);
    if (line === undefined || line.length + item.length > 110) lines.push(item);
    else lines[lines.length - 1] = `${line}, ${item}`;
  }
  return lines;
}
