import { parser } from '@prometheus-io/lezer-promql';

/** A metric that a query asks for, and the labels that it must have. */
export interface Selected {
  readonly name: string;
  readonly labels: readonly string[];
}

/** What a query of PromQL is about. */
export interface Query {
  readonly selected: readonly Selected[];
  /** Those that it groups by, or keeps apart: one of its metrics must have each. */
  readonly grouping: readonly string[];
}

/** Reads a query by the grammar of Prometheus' own editor. Throws what is none. */
export function parseQuery(query: string): Query {
  const selected: { name: string; labels: string[] }[] = [];
  const grouping: string[] = [];
  const tree = parser.parse(query);
  tree.iterate({
    enter({ name, type, from, to, node }) {
      const text = query.slice(from, to);
      if (type.isError) throw new Error(`Not PromQL at ${from}: ${query}`);
      if (name === 'VectorSelector') selected.push({ name: '', labels: [] });
      if (name === 'Identifier' && node.parent?.name === 'VectorSelector') selected.at(-1)!.name = text;
      if (name !== 'LabelName') return;
      if (node.parent?.name === 'GroupingLabels') grouping.push(text);
      else selected.at(-1)!.labels.push(text);
    },
  });
  if (selected.length === 0) throw new Error(`A query of nothing: ${query}`);
  return { selected, grouping };
}
