import type { NodeMetadata } from '@zeroskip/runner';
import type { NodeTime } from './peer.ts';

/** Operators that do a layer's sums of products. */
const PRODUCTS = /^(Nhwc)?(Fused)?(Conv|ConvTranspose|Gemm|MatMul)$/;

/** Operators that ONNX Runtime makes a part of the layer before them. */
const FUSED = new Set([
  'Add',
  'BatchNormalization',
  'Cast',
  'Clip',
  'Elu',
  'HardSigmoid',
  'HardSwish',
  'LeakyRelu',
  'Mul',
  'Relu',
  'Sigmoid',
  'Softplus',
  'Sum',
  'Tanh',
]);

/** What ONNX Runtime adds to the name of the node or value that its own node stands for. */
const DECORATIONS = [
  /_token_\d+$/,
  /_nchwc$/,
  /\/MatMulAddFusion\/?$/,
  /^fused /,
  /^InsertedPrecisionFreeCast_/,
];

function stem(node: string): string {
  return DECORATIONS.reduce((name, decoration) => name.replace(decoration, ''), node);
}

/** Names of a layer's node, of those that may be fused into it, and of their results. */
function aliases(
  layer: string,
  byName: ReadonlyMap<string, NodeMetadata>,
  readers: ReadonlyMap<string, readonly NodeMetadata[]>,
): Set<string> {
  const names = new Set<string>();
  for (let node = byName.get(layer); node !== undefined; ) {
    names.add(node.name);
    const output = node.outputs[0]!;
    names.add(output);
    const [next, ...others] = readers.get(output) ?? [];
    node = others.length === 0 && next !== undefined && FUSED.has(next.opType) ? next : undefined;
  }
  return names;
}

function readersOf(nodes: readonly NodeMetadata[]): Map<string, NodeMetadata[]> {
  const readers = new Map<string, NodeMetadata[]>();
  for (const node of nodes) {
    for (const input of node.inputs) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  return readers;
}

/**
 * Finds the layers of a network among the nodes that a peer ran: by name, or by the name of a result, which is
 * what fused nodes are called after. Two layers that meet in a sum may both be meant by it: the one that has no
 * other node is.
 * @param nodes of the model
 * @param layers names of nodes
 * @param ran what the peer says of one run
 * @returns layers by the peer's names; layers and nodes without a partner are left out
 */
export function matchLayers(
  nodes: readonly NodeMetadata[],
  layers: readonly string[],
  ran: readonly Pick<NodeTime, 'node' | 'opType'>[],
): Map<string, string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const readers = readersOf(nodes);
  const open = new Map(layers.map((layer) => [layer, aliases(layer, byName, readers)]));
  const unmatched = new Set(ran.filter(({ opType }) => PRODUCTS.test(opType)).map(({ node }) => node));
  const matched = new Map<string, string>();
  for (let before = -1; before !== matched.size; ) {
    before = matched.size;
    for (const node of unmatched) {
      const claims = [...open].filter(([, names]) => names.has(stem(node)));
      if (claims.length !== 1) continue;
      matched.set(node, claims[0]![0]);
      open.delete(claims[0]![0]);
      unmatched.delete(node);
    }
  }
  return matched;
}
