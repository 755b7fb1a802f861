import { type Constant, type GraphNode, type Subgraph, subgraphs } from '../../model/graph.ts';
import type { NodeView } from '../../model/node-view.ts';
import { type Composite, type Decomposition, type FreshNames, MANY } from '../common/operator.ts';
import { bools } from '../common/types.ts';

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

/** A branch as nodes of the graph around it, which give the outputs of `node`. */
function inlined(node: GraphNode, branch: Subgraph, names: FreshNames): Decomposition {
  const produced = new Set(branch.nodes.flatMap(({ outputs }) => outputs));
  const rename = new Map<string, string>([['', '']]);
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

function branchOf(node: NodeView, name: string): Subgraph {
  const branch = node.graph(name);
  if (branch.inputs.length > 0) throw node.error(`inputs of attribute ${name}`, 'none', branch.inputs.length);
  const count = node.node.outputs.length;
  if (branch.outputs.length !== count)
    throw node.error(`outputs of attribute ${name}`, String(count), branch.outputs.length);
  return branch;
}

const branches = (node: NodeView) => [branchOf(node, 'then_branch'), branchOf(node, 'else_branch')] as const;

/**
 * Stands for the branch that its condition names, where that is a constant or follows from dims; else that branch is
 * run when the condition is there.
 */
export const ifOperator: Composite = {
  opType: 'If',
  inputs: [1, 1],
  types: [bools],
  outputs: [1, MANY],
  shapeInputs: [0],
  decompose(node, names) {
    const [then, otherwise] = branches(node);
    return inlined(node.node, node.constant(0).data[0] ? then : otherwise, names);
  },
  run(node, _inputs, context) {
    const [then, otherwise] = branches(node);
    return context.runGraph(node.requiredOperand(0, 1)[0] ? then : otherwise, []);
  },
};
