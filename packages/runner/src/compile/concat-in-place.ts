import { type GraphNode, nodeView, type TypedGraph } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import { isByte, type Place, subPlace } from '../lowering/place.ts';
import type { Values } from '../lowering/values.ts';
import { concatAxis, concatParts } from '../ops/concat.ts';

/**
 * Reserves, for the values that concatenations join, a part of the joined map, so that their producers write
 * there and nothing is copied. A value in several concatenations is reserved in the last one.
 */
export function reserveConcatenations(graph: TypedGraph, values: Values): void {
  const concatenations = graph.nodes.filter(({ opType }) => opType === 'Concat').reverse();
  if (concatenations.length === 0) return;
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  const reserved = new Map<string, Place>();
  for (const node of concatenations) reserveInputs(graph, values, node, produced, reserved);
}

function reserveInputs(
  graph: TypedGraph,
  values: Values,
  node: GraphNode,
  produced: ReadonlySet<string>,
  reserved: Map<string, Place>,
): void {
  const output = graph.types.get(node.outputs[0]!)!;
  if (
    !(output.type === 'float32' || isByte(output.type)) ||
    sizeOf(output.dims) === 0 ||
    node.inputs.length < 2
  )
    return;
  const view = nodeView(node, graph.types, graph.constants)!;
  const parts = concatParts(
    output.dims,
    concatAxis(view),
    view.present.map(({ dims }) => dims),
  );
  if (!parts) return;
  const home = reserved.get(node.outputs[0]!) ?? values.reserveMap(node.outputs[0]!);
  for (const [i, name] of node.inputs.entries()) {
    const once = node.inputs.indexOf(name) === node.inputs.lastIndexOf(name);
    if (!once || !produced.has(name) || reserved.has(name)) continue;
    const place = subPlace(home, parts[i]!);
    reserved.set(name, place);
    values.reserve(name, place);
  }
}
