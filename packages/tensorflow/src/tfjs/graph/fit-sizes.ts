import { type Fold, type Graph, type GraphNode, nodeError } from '@zeroskip/onnx';
import type { Attributes } from '../emitter.ts';
import { typesForBatch } from '../output-dims.ts';

/** A transposed convolution of sizes that the graph computes. */
export interface Fitted {
  readonly input: string;
  readonly output: string;
  /** Rows and columns, as a value of the graph. */
  readonly sizes: string;
  readonly extents: readonly number[];
  readonly strides: readonly number[];
  readonly isSame: boolean;
  readonly operands: readonly string[];
  /** Of the convolution for known sizes. */
  attributes(sizes: readonly number[]): Attributes;
}

type Known = ReturnType<Fold>;

/** What is known of the values for a batch of `batch` images; nothing where the model does not take so many. */
function knownFor(graph: Graph, batch: number, fold: Fold): Known | undefined {
  try {
    return fold(graph, typesForBatch(graph, batch));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function sizesIn(known: Known | undefined, { sizes }: Fitted): number[] | undefined {
  const constant = known?.constants.get(sizes);
  return constant && Array.from(constant.load().data as BigInt64Array, Number);
}

/** Throws unless a convolution makes the input's rows and columns of `sizes`. */
function checkSizes(node: GraphNode, fitted: Fitted, sizes: readonly number[], types: Known['types']): void {
  const own = types.get(fitted.input)?.dims.slice(2);
  const { extents, strides, isSame } = fitted;
  const made = sizes.map((size, axis) =>
    Math.ceil((size - (isSame ? 0 : extents[axis]! - 1)) / strides[axis]!),
  );
  if (own === undefined || made.every((length, axis) => length === own[axis])) return;
  const expected = `sizes of which a convolution makes [${own}]`;
  throw nodeError(node, 'input_sizes', expected, sizes, 'ERR_INVALID_SHAPE');
}

/** The graph with the sizes of transposed convolutions that follow from dims other than the batch. */
export function fitSizes(graph: Graph, all: readonly Fitted[], fold: Fold | undefined): Graph {
  if (all.length === 0 || !fold) return graph;
  const [one, two] = [1, 2].map((batch) => knownFor(graph, batch, fold));
  const byOutput = new Map(all.map((fitted) => [fitted.output, fitted]));
  const nodes = graph.nodes.map((node) => {
    const fitted = byOutput.get(node.outputs[0]!);
    const sizes = fitted && sizesIn(one, fitted);
    if (sizes === undefined || (two && sizesIn(two, fitted!)?.join() !== sizes.join())) return node;
    checkSizes(node, fitted!, sizes, one!.types);
    const attributes = new Map(Object.entries(fitted!.attributes(sizes)));
    return { ...node, opType: 'ConvTranspose', inputs: fitted!.operands, attributes };
  });
  return { ...graph, nodes };
}
