import { type GraphNode, nodeView, producers, readers, type TypedGraph } from '@zeroskip/onnx';
import { padding, padValue } from '../ops/pad.ts';

/** Zeros that a Pad node adds around heights and widths, as begins then ends; undefined for other padding. */
function spatialZeros(graph: TypedGraph, pad: GraphNode): number[] | undefined {
  const view = nodeView(pad, graph.types, graph.constants);
  if (!view) return undefined;
  const { mode, begins, ends } = padding(view);
  const outer = [...begins.slice(0, 2), ...ends.slice(0, 2)];
  const spatial = [...begins.slice(2), ...ends.slice(2)];
  const fits =
    mode === 'constant' &&
    padValue(view) === 0 &&
    outer.every((p) => p === 0) &&
    spatial.every((p) => p >= 0);
  return fits ? spatial : undefined;
}

function padded(conv: GraphNode, input: string, zeros: readonly number[]): GraphNode {
  const own = conv.attributes.get('auto_pad')?.value === 'VALID' ? undefined : conv.attributes.get('pads');
  const pads = own?.kind === 'ints' ? own.value : new BigInt64Array(zeros.length);
  const sum = BigInt64Array.from(pads, (pad, i) => pad + BigInt(zeros[i]!));
  const attributes = new Map(conv.attributes).set('pads', { kind: 'ints', value: sum });
  attributes.delete('auto_pad');
  return { ...conv, inputs: [input, ...conv.inputs.slice(1)], attributes };
}

/** Whether the padding follows from the input's size. */
function padsItself(conv: GraphNode): boolean {
  const mode = conv.attributes.get('auto_pad');
  return mode?.value === 'SAME_UPPER' || mode?.value === 'SAME_LOWER';
}

/** Moves zeros that are padded around a map into the convolutions that read it, which skip them. */
export function fusePadding(graph: TypedGraph): TypedGraph {
  const producer = producers(graph);
  const reader = readers(graph);
  const nodes = graph.nodes.map((node) => {
    const input = node.inputs[0] ?? '';
    const pad = producer.get(input);
    if (node.opType !== 'Conv' || pad?.opType !== 'Pad' || padsItself(node)) return node;
    const everyConv = reader
      .get(input)!
      .every(
        (other) => other?.opType === 'Conv' && !padsItself(other) && other.inputs.lastIndexOf(input) === 0,
      );
    const zeros = everyConv ? spatialZeros(graph, pad) : undefined;
    return zeros ? padded(node, pad.inputs[0]!, zeros) : node;
  });
  return { ...graph, nodes };
}
