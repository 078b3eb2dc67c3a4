import type { Reporter, TestModule } from 'vitest/node';

/** Says how many runs of how many properties there were, and by which seed. */
export class Total implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const counts = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.meta().runs ?? 0));
    const runs = counts.reduce((sum, count) => sum + count, 0);
    const properties = counts.filter((count) => count > 0).length;
    const seed = process.env.CHATHUB_FUZZ_SEED;
    console.log(`${runs.toLocaleString('en')} runs of ${properties} properties; CHATHUB_FUZZ_SEED=${seed}`);
  }
}
