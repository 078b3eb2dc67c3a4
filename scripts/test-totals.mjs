// The last line of a CI run, from the report that vitest.config.ts asks for: `12 passed, 0 failed, 1 skipped`.

import { existsSync, readFileSync } from 'node:fs';

const file = '.cache/test-report.json';

if (existsSync(file)) {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  // A test file that could not even be loaded has no test to count: it counts as one that failed.
  const unloaded = report.testResults.filter(
    /** @param {{ status: string, assertionResults: unknown[] }} result */
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const failed = report.numFailedTests + unloaded.length;
  const skipped = report.numPendingTests + report.numTodoTests;
  // A test that nobody sees skipped proves nothing; on a developer's machine a missing tool may skip some.
  if (skipped > 0 && process.env.CI) process.exitCode = 1;
  console.log(`${report.numPassedTests} passed, ${failed} failed, ${skipped} skipped`);
} else {
  console.error('The tests wrote no report: they did not run.');
  process.exitCode = 1;
}
