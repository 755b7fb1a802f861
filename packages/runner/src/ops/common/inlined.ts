import { type Constant, type GraphNode, type Subgraph, subgraphs } from '@zeroskip/onnx';
import type { Decomposition, FreshNames } from './operator.ts';

type Rename = (name: string) => string;

/** The node under other names, also where graphs inside it read them. */
function renamed(node: GraphNode, rename: Rename): GraphNode {
  const attributes = new Map(node.attributes);
  for (const [key, attribute] of attributes)
    if (attribute.kind === 'graph')
      attributes.set(key, { kind: 'graph', value: renamedCaptures(attribute.value, rename) });
  return {
    ...node,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes: subgraphs(node).length > 0 ? attributes : node.attributes,
  };
}

function renamedCaptures(graph: Subgraph, rename: Rename): Subgraph {
  const captured = new Set(graph.captures);
  const outer: Rename = (name) => (captured.has(name) ? rename(name) : name);
  return {
    ...graph,
    nodes: graph.nodes.map((node) => renamed(node, outer)),
    outputs: graph.outputs.map((output) => ({ ...output, name: outer(output.name) })),
    captures: graph.captures.map(rename),
  };
}

/** A graph inside `node` as nodes of the graph around it, which take `inputs` and give the outputs of `node`. */
export function inlined(
  node: GraphNode,
  branch: Subgraph,
  names: FreshNames,
  inputs: readonly string[] = [],
): Decomposition {
  const produced = new Set(branch.nodes.flatMap(({ outputs }) => outputs));
  const rename = new Map<string, string>([['', '']]);
  for (const [i, { name }] of branch.inputs.entries()) rename.set(name, inputs[i]!);
  const passedOn: GraphNode[] = [];
  for (const [i, name] of node.outputs.entries()) {
    const own = branch.outputs[i]!.name;
    if (name === '') continue;
    if (produced.has(own) && !rename.has(own)) rename.set(own, name);
    else
      passedOn.push({
        ...node,
        opType: 'Identity',
        name,
        inputs: [own],
        outputs: [name],
        attributes: new Map(),
      });
  }
  for (const name of [...produced, ...branch.constants.keys()])
    if (!rename.has(name)) rename.set(name, names(`${node.name}/${name}`));
  const apply: Rename = (name) => rename.get(name) ?? name;
  const constants = new Map<string, Constant>();
  for (const [name, constant] of branch.constants) constants.set(apply(name), constant);
  const bodies = branch.nodes.map((each) => renamed(each, apply));
  const copies = passedOn.map((each) => ({ ...each, inputs: each.inputs.map(apply) }));
  return { nodes: [...bodies, ...copies], constants };
}
