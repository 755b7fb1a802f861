import { type NodeView, stridesOf } from '@zeroskip/onnx';
import { gatherBlocks } from '../lowering/gather-blocks.ts';
import type { Lowering } from '../lowering/lowering.ts';
import { isDense, mapShape, type Place } from '../lowering/place.ts';
import { gatherOfPermutation } from '../lowering/tables.ts';
import { type Operator, sameDensity } from './common/operator.ts';
import { gathered } from './common/results.ts';

/** A map's dims, split so that the output's are a permutation of them. */
interface Permutation {
  readonly split: number[];
  readonly perm: number[];
}

interface Shuffle {
  /** In ONNX order. */
  readonly channelsFirst: Permutation;
  /** In channels-last order. */
  readonly channelsLast: Permutation;
  readonly dims: number[];
}

function blockSize(node: NodeView): number {
  const size = node.int('blocksize');
  if (size < 1) throw node.error('attribute blocksize', 'at least 1', size);
  return size;
}

function mapDims(node: NodeView): [number, number, number, number] {
  const { dims } = node.input(0);
  if (dims.length !== 4) throw node.error('rank of input 0', '4', dims.length, 'ERR_INVALID_SHAPE');
  return dims as unknown as [number, number, number, number];
}

function depthToSpace(node: NodeView): Shuffle {
  const [n, c, h, w] = mapDims(node);
  const b = blockSize(node);
  if (c % (b * b) !== 0) {
    throw node.error('channels of input 0', `a multiple of ${b * b}`, c, 'ERR_INVALID_SHAPE');
  }
  const rest = c / (b * b);
  const dims = [n, rest, h * b, w * b];
  if (node.choice('mode', ['DCR', 'CRD'], 'DCR') === 'DCR') {
    return {
      channelsFirst: { split: [n, b, b, rest, h, w], perm: [0, 3, 4, 1, 5, 2] },
      channelsLast: { split: [n, h, w, b, b, rest], perm: [0, 1, 3, 2, 4, 5] },
      dims,
    };
  }
  return {
    channelsFirst: { split: [n, rest, b, b, h, w], perm: [0, 1, 4, 2, 5, 3] },
    channelsLast: { split: [n, h, w, rest, b, b], perm: [0, 1, 4, 2, 5, 3] },
    dims,
  };
}

function spaceToDepth(node: NodeView): Shuffle {
  const [n, c, h, w] = mapDims(node);
  const b = blockSize(node);
  if (h % b !== 0 || w % b !== 0) {
    throw node.error('height and width of input 0', `multiples of ${b}`, [h, w], 'ERR_INVALID_SHAPE');
  }
  return {
    channelsFirst: { split: [n, c, h / b, b, w / b, b], perm: [0, 3, 5, 1, 2, 4] },
    channelsLast: { split: [n, h / b, b, w / b, b, c], perm: [0, 1, 3, 2, 4, 5] },
    dims: [n, c * b * b, h / b, w / b],
  };
}

/** `place` itself, or a copy without gaps. */
function dense(lowering: Lowering, place: Place): Place {
  if (isDense(place)) return place;
  const copy = lowering.temporary(place);
  lowering.emitCopy(place, copy);
  return copy;
}

/** A home for the first output without gaps, whatever a concatenation would like. */
function denseOutput(lowering: Lowering, node: NodeView): Place {
  const name = node.node.outputs[0]!;
  const place = lowering.values.newPlace(mapShape(lowering.values.type(name).dims, 'channelsLast'));
  lowering.values.aliasMap(name, place);
  return place;
}

function shuffle(opType: string, plan: (node: NodeView) => Shuffle): Operator {
  return {
    opType,
    inputs: [1, 1],
    density: sameDensity,
    infer: (node) => [{ type: node.input(0).type, dims: plan(node).dims }],
    evaluate(node, [x], [out]) {
      const { split, perm } = plan(node).channelsFirst;
      const strides = stridesOf(split);
      const dims = perm.map((axis) => split[axis]!);
      return gathered(
        x!,
        out!,
        perm.map((axis) => strides[axis]!),
        { dims },
      );
    },
    lower(node, lowering) {
      if (node.input(0).type !== 'float32') return false;
      const { split, perm } = plan(node).channelsLast;
      const gather = gatherOfPermutation(split, perm);
      if (!gather) return false;
      gatherBlocks(
        lowering,
        gather,
        dense(lowering, lowering.map(node.input(0))),
        denseOutput(lowering, node),
      );
      return true;
    },
  };
}

export const depthSpaceOperators: Operator[] = [
  shuffle('DepthToSpace', depthToSpace),
  shuffle('SpaceToDepth', spaceToDepth),
];
