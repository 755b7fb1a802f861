import type { RecurrentKind } from '@zeroskip/kernels';
import type { NodeView } from '@zeroskip/onnx';
import type { FloatArray } from '../common/types.ts';
import type { Activation } from './activations.ts';

/** One direction's parameters, as the operators store them. */
export interface Cell {
  readonly hidden: number;
  readonly recurrent: FloatArray;
  /** Of the input, then of the state: `gates × hidden` each. */
  readonly bias: ArrayLike<number>;
  /** Weights from the cell state to the gates, where a model has them. */
  readonly peepholes: ArrayLike<number> | undefined;
  readonly activations: readonly Activation[];
}

/** State of one image of the batch, changed in place. `cell` is LSTM's. */
interface State {
  readonly h: Float64Array;
  readonly cell: Float64Array;
}

export interface RecurrenceRow {
  readonly opType: string;
  /** Absent for the default one. */
  readonly domain?: string;
  readonly gates: number;
  readonly activations: readonly string[];
  /** The cell state, and weights from it to the gates. */
  readonly hasCell: boolean;
  /** The native step; undefined where an attribute asks for what none does. */
  readonly kindOf: (node: NodeView) => RecurrentKind | undefined;
  /** Computes the next state. @param input the products with the input's weights, `gates × hidden`, biases aside */
  readonly step: (cell: Cell, input: Float64Array, state: State, node: NodeView) => void;
}

export const directionNames = ['forward', 'reverse', 'bidirectional'] as const;

export interface Sizes {
  readonly batchFirst: boolean;
  readonly length: number;
  readonly batch: number;
  readonly width: number;
  readonly hidden: number;
  readonly directions: number;
}

export function sizesOf(node: NodeView, { gates, hasCell }: RecurrenceRow): Sizes {
  const dims = node.rankAtLeast(0, 3);
  const layout = node.int('layout', 0);
  if (layout !== 0 && layout !== 1) throw node.error('attribute layout', '0 or 1', layout);
  const batchFirst = layout === 1;
  const [length, batch, width] = [dims[layout]!, dims[1 - layout]!, dims[2]!];
  const hidden = node.int('hidden_size', node.input(2).dims.at(-1));
  const directions = node.choice('direction', directionNames, 'forward') === 'bidirectional' ? 2 : 1;
  const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
  const expected = [
    batchFirst ? [batch, length, width] : [length, batch, width],
    [directions, gates * hidden, width],
    [directions, gates * hidden, hidden],
    [directions, 2 * gates * hidden],
    [batch],
    state,
    ...(hasCell ? [state, [directions, 3 * hidden]] : []),
  ];
  for (const [index, own] of expected.entries()) {
    const given = node.inputs[index]?.dims;
    if (given && given.join() !== own.join())
      throw node.error(`dims of input ${index}`, `[${own.join(', ')}]`, given, 'ERR_INVALID_SHAPE');
  }
  return { batchFirst, length, batch, width, hidden, directions };
}
