import { readFileSync } from 'node:fs';
import { ChatHub } from 'chathub';
import { collectMetrics } from 'chathub/metrics';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';

test('docs/metrics.md lists every metric, with its type and its label, and no other', () => {
  const register = new Registry();
  using metrics = collectMetrics(new ChatHub(), { register });
  const text = readFileSync('docs/metrics.md', 'utf8');
  const rows = [...text.matchAll(/^\| `(chathub_\w+)` \| (\w+) \| (?:`(\w+)` )?\| (?!\|)/gm)];
  const listed = rows.map(([, name = '', type = '', label]) => ({
    name,
    type,
    labels: label === undefined ? [] : [label],
  }));
  const found = metrics.names.map((name) => {
    const { type, labelNames = [] } = register.getSingleMetric(name) as unknown as {
      type: string;
      labelNames?: string[];
    };
    return { name, type, labels: [...labelNames] };
  });
  const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
  expect(listed.sort(byName)).toEqual(found.sort(byName));
});
