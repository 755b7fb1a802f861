import { sizeOf } from '@zeroskip/tensor';
import type { GraphNode } from '../graph.ts';
import type { TypedGraph } from './fold-constants.ts';

/** Share of non-zeros that a ReLU usually leaves behind. */
const AFTER_RELU = 0.45;

/** Operators whose output has about the density of their first input. */
const movers: ReadonlySet<string> = new Set([
  'DepthToSpace',
  'Dropout',
  'Flatten',
  'Gather',
  'Identity',
  'Pad',
  'Reshape',
  'Resize',
  'Slice',
  'SpaceToDepth',
  'Split',
  'Squeeze',
  'Tile',
  'Transpose',
  'Unsqueeze',
  'Upsample',
]);

/** Of a sum of independent maps. */
const either = (a: number, b: number) => 1 - (1 - a) * (1 - b);

/** Whether an activation turns a range of values to zeros. */
function makesZeros({ opType, activation }: GraphNode): boolean {
  if (activation) return activation.name === 'relu' || (activation.name === 'clip' && activation.alpha === 0);
  return opType === 'Relu' || opType === 'ThresholdedRelu';
}

/**
 * The share of non-zeros that each value is expected to have, from the operators it comes from alone: what a choice of
 * algorithm has to go by when the network has not run yet. Values without an entry have no zeros.
 */
export function expectedDensities(graph: TypedGraph): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const of = (name: string) => found.get(name) ?? 1;
  const size = (name: string) => sizeOf((graph.types.get(name) ?? graph.constants.get(name))!.dims);

  function density(node: GraphNode): number {
    const { opType, inputs, addend } = node;
    const [first = '', second = ''] = inputs;
    const own = makesZeros(node) ? AFTER_RELU : 1;
    if (addend && !addend.beforeActivation) return either(own, of(addend.name));
    if (own < 1) return own;
    if (movers.has(opType)) return of(first);
    if (opType === 'Add' || opType === 'Sub' || opType === 'MaxPool') {
      return either(of(first), opType === 'MaxPool' ? of(first) / 2 : of(second));
    }
    if (opType === 'AveragePool') return either(of(first), of(first));
    if (opType === 'Mul') return of(first) * of(second);
    if (opType !== 'Concat') return 1;
    const total = inputs.reduce((sum, name) => sum + size(name), 0);
    return total === 0 ? 1 : inputs.reduce((sum, name) => sum + of(name) * size(name), 0) / total;
  }

  for (const node of graph.nodes) {
    const expected = density(node);
    if (expected < 1) for (const name of node.outputs) if (name !== '') found.set(name, expected);
  }
  return found;
}
