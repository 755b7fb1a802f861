import {
  constantFrom,
  freshNames,
  type GraphNode,
  ints,
  nodeView,
  producers,
  readers,
  type TypedGraph,
} from '@zeroskip/onnx';
import { Tensor } from '@zeroskip/tensor';
import { padding } from '../ops/pad.ts';

/**
 * Pads what is only read transposed behind the transposition, where the convolution that follows may take the padding
 * over: models of TensorFlow pad images channels-last.
 */
export function transposePadding(graph: TypedGraph): TypedGraph {
  const producer = producers(graph);
  const reader = readers(graph);
  const freshName = freshNames(graph);
  const [types, constants] = [new Map(graph.types), new Map(graph.constants)];

  /** `transpose` of what `pad` makes, as both in the other order. */
  function swapped(transpose: GraphNode, pad: GraphNode): GraphNode[] | undefined {
    const view = nodeView(pad, graph.types, graph.constants);
    const perm = transpose.attributes.get('perm');
    if (!view || perm?.kind !== 'ints') return undefined;
    const { begins, ends } = padding(view);
    const axes = Array.from(perm.value, Number);
    const pads = [...axes.map((axis) => begins[axis]!), ...axes.map((axis) => ends[axis]!)];
    const [given, output] = [pad.inputs[0]!, transpose.outputs[0]!];
    const inner = freshName(`${output}:unpadded`);
    const { type, dims } = view.input(0);
    types.set(inner, { type, dims: axes.map((axis) => dims[axis]!) });
    const first = { ...transpose, inputs: [given], outputs: [inner] };
    const then = { ...pad, outputs: [output] };
    if (view.opset < 11) {
      const attributes = new Map(pad.attributes).set(view.opset < 2 ? 'paddings' : 'pads', ints(pads));
      return [first, { ...then, inputs: [inner], attributes }];
    }
    const name = freshName(`${output}:pads`);
    constants.set(name, constantFrom(new Tensor('int64', BigInt64Array.from(pads, BigInt), [pads.length])));
    return [first, { ...then, inputs: [inner, name, ...pad.inputs.slice(2, 3)] }];
  }

  const nodes = graph.nodes.flatMap((node) => {
    const pad = producer.get(node.inputs[0] ?? '');
    if (node.opType !== 'Transpose' || pad?.opType !== 'Pad') return node;
    const isAlone = reader.get(node.inputs[0]!)!.every((other) => other?.opType === 'Transpose');
    return (isAlone ? swapped(node, pad) : undefined) ?? node;
  });
  return { ...graph, nodes, types, constants };
}
