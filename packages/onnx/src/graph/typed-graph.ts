import type { Body, Constant, GraphNode, ValueType } from './graph.ts';
import { type InputValue, NodeView } from './node-view.ts';

/** A graph with the types of all values that are known. */
export interface TypedGraph extends Body {
  readonly types: ReadonlyMap<string, ValueType>;
}

/** Input views of a node; undefined while the type of one is not known. */
export function nodeView(
  node: GraphNode,
  types: ReadonlyMap<string, ValueType>,
  constants: ReadonlyMap<string, Constant>,
): NodeView | undefined {
  const inputs: (InputValue | undefined)[] = [];
  for (const name of node.inputs) {
    const constant = constants.get(name);
    const type = constant ?? types.get(name);
    if (name === '') inputs.push(undefined);
    else if (!type) return undefined;
    else if (constant) inputs.push({ name, type: type.type, dims: type.dims, constant });
    else inputs.push({ name, type: type.type, dims: type.dims });
  }
  return new NodeView(node, inputs);
}
