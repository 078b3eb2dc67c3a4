import { readFileSync } from 'node:fs';
import { ChatHub } from 'chathub';
import { collectMetrics } from 'chathub/metrics';
import { connectClient, memoryTransport, objectProtocol } from 'chathub/testing';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type Family, parseExposition } from './exposition.js';
import { parseQuery, type Selected } from './promql.js';

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly h: number; readonly w: number; readonly x: number; readonly y: number };
  readonly datasource?: unknown;
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: unknown;
  }[];
}

const dashboard = JSON.parse(readFileSync('examples/deploy/grafana-dashboard.json', 'utf8'));
const panels: readonly Panel[] = dashboard.panels;
const variables: readonly { name: string; type: string; definition?: string }[] = dashboard.templating.list;
const queries = panels.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

const rules: readonly { alert: string; expr: string; for: string; annotations: { summary: string } }[] = parse(
  readFileSync('examples/deploy/prometheus-alerts.yaml', 'utf8'),
).groups.flatMap((group: { rules: unknown }) => group.rules);

/** What a server shows on which all that there is has happened once; with the labels that Prometheus adds to each. */
let families: ReadonlyMap<string, Family>;

beforeAll(async () => {
  const transport = memoryTransport({ protocol: objectProtocol() });
  await using hub = new ChatHub();
  await hub.listen(transport);
  const register = new Registry();
  collectDefaultMetrics({ register });
  using _ = collectMetrics(hub, { register });
  const alice = await connectClient(transport, { name: 'alice' });
  await alice.join('lobby');
  await alice.say('lobby', 'hello');
  // An engine of memory has no facts.
  const text = (await register.metrics()).replace(
    /^(# TYPE chathub_engine_fact .*\n)/m,
    '$1chathub_engine_fact{fact="calls"} 1\n',
  );
  families = parseExposition(text);
});

/** What a scrape does not have of what a query asks for. */
function lacking({ name, labels }: Selected): readonly string[] {
  const samples = [...families.values()].flatMap((family) => family.samples).filter((sample) => sample.name === name);
  if (samples.length === 0) return [name];
  return labels
    .filter((label) => !fromPrometheus.includes(label) && !samples.every((sample) => label in sample.labels))
    .map((label) => `${name}{${label}}`);
}

const fromPrometheus = ['job', 'instance'];

function problemsIn(query: string): readonly string[] {
  const { selected, grouping } = parseQuery(query);
  const needed = grouping.filter(
    (label) => !selected.some(({ name }) => lacking({ name, labels: [label] }).length === 0),
  );
  return [...selected.flatMap(lacking), ...needed];
}

/** As Grafana does before it asks. */
const filledIn = (query: string) => query.replaceAll('$__rate_interval', '5m').replaceAll(/\$(job|instance)\b/g, '.*');

describe('the dashboard', () => {
  test('is one that Grafana can import', () => {
    expect(dashboard).toMatchObject({ uid: 'chathub', id: null, title: 'ChatHub', schemaVersion: expect.any(Number) });
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(36);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(variables.map(({ name, type }) => [name, type])).toEqual([
      ['datasource', 'datasource'],
      ['job', 'query'],
      ['instance', 'query'],
    ]);
    for (const { targets = [] } of panels) expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    const sources = [...panels.filter(({ type }) => type !== 'row'), ...queries].map(({ datasource }) => datasource);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of Grafana's
    for (const source of sources) expect(source).toEqual({ type: 'prometheus', uid: '${datasource}' });
  });

  test('has no panel that lies over another, or beyond the edge', () => {
    const cells = new Set<string>();
    for (const {
      title,
      gridPos: { h, w, x, y },
    } of panels) {
      expect(x + w, title).toBeLessThanOrEqual(24);
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          expect(cells.has(`${column} ${line}`), title).toBe(false);
          cells.add(`${column} ${line}`);
        }
    }
  });

  test.each(queries)('asks for what there is: $title, $refId', ({ expr, legendFormat }) => {
    expect(problemsIn(filledIn(expr))).toEqual([]);
    const { grouping } = parseQuery(filledIn(expr));
    for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
      expect([...fromPrometheus, ...grouping]).toContain(label);
  });

  test('shows each metric that there is', () => {
    const shown = new Set(
      queries.flatMap(({ expr }) =>
        parseQuery(filledIn(expr)).selected.map(({ name }) => name.replace(/_bucket$/, '')),
      ),
    );
    const ours = [...families.keys()].filter((name) => name.startsWith('chathub_'));
    expect(ours.filter((name) => !shown.has(name))).toEqual([]);
  });

  test.each(variables.filter(({ definition }) => definition !== undefined))(
    'finds its variable $name',
    ({ definition = '' }) => {
      const [, query = ''] = /^label_values\((.*), \w+\)$/.exec(definition) ?? [];
      expect(problemsIn(filledIn(query))).toEqual([]);
    },
  );
});

describe('the alerts', () => {
  test('have names of their own', () => {
    expect(rules.length).toBeGreaterThan(5);
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
  });

  test.each(rules)('$alert asks for what there is', ({ expr, for: time, annotations }) => {
    expect(problemsIn(expr)).toEqual([]);
    expect(time).toMatch(/^\d+[smh]$/);
    expect(annotations.summary).not.toBe('');
    const samples = [...families.values()].flatMap((family) => family.samples);
    for (const [, label = '', values = ''] of expr.matchAll(/(\w+)=~?"([\w|]+)"/g))
      for (const value of values.split('|'))
        expect(
          samples.some(({ labels }) => labels[label] === value),
          value,
        ).toBe(true);
  });

  test('are explained in docs/metrics.md', () => {
    const text = readFileSync('docs/metrics.md', 'utf8');
    for (const { alert } of rules) expect(text).toContain(alert);
  });
});

describe('a query that asks for what there is not is found out', () => {
  test.each([
    ['sum(chathub_conections)', ['chathub_conections']],
    ['sum by (transport) (chathub_rooms)', ['transport']],
    ['rate(chathub_errors_total{kode="X"}[5m])', ['chathub_errors_total{kode}']],
  ])('%s', (query, problems) => {
    expect(problemsIn(query)).toEqual(problems);
  });

  test('and one that is none', () => {
    expect(() => problemsIn('sum(chathub_rooms')).toThrow('Not PromQL');
  });
});
