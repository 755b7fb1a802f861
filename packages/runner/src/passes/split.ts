import { type Body, type GraphNode, reads, type TypedGraph } from '@zeroskip/onnx';

/** What follows a segment of a network, of which not all types were known. */
export interface Rest {
  /** Nodes whose inputs the segment gives: they run with values alone, apart from one another. */
  readonly ready: readonly GraphNode[];
  /** What follows these; its types are found once their outputs are there. */
  readonly graph: Body;
}

interface Split {
  readonly segment: TypedGraph;
  readonly rest?: Rest;
}

/** Splits a graph where the dims of a value, or whether it is a tensor, follow from computed values. */
export function split(graph: TypedGraph): Split {
  const { nodes, outputs, types, constants } = graph;
  const isKnown = (name: string) => name === '' || types.has(name) || constants.has(name);
  const open = nodes.filter((node) => !node.outputs.every(isKnown));
  if (open.length === 0) return { segment: graph };
  const waiting = new Set(open);
  const late = new Set(open.flatMap((node) => node.outputs));
  const ready = open.filter((node) => reads(node).every((name) => name === '' || !late.has(name)));
  for (const node of ready) waiting.delete(node);
  const known = nodes.filter((node) => node.outputs.every(isKnown));
  const made = new Set(known.flatMap((node) => node.outputs));
  const own = outputs.filter(({ name }) => !late.has(name));
  const passed = new Set(open.flatMap(reads).filter((name) => name !== '' && made.has(name)));
  for (const { name } of own) passed.delete(name);
  const segment = { ...graph, nodes: known, outputs: [...own, ...[...passed].map((name) => ({ name }))] };
  return { segment, rest: { ready, graph: following([...waiting], graph) } };
}

function following(nodes: readonly GraphNode[], { outputs, constants }: TypedGraph): Body {
  const made = new Set(nodes.flatMap((node) => node.outputs));
  const read = new Set(nodes.flatMap(reads).filter((name) => name !== '' && !made.has(name)));
  const inputs = [...read].filter((name) => !constants.has(name)).map((name) => ({ name }));
  return { nodes, inputs, outputs: outputs.filter(({ name }) => made.has(name)), constants };
}
