import type { NodeView } from '@zeroskip/onnx';
import { dilatedExtent, type Pads, type Pair, sizeOf, Tensor } from '@zeroskip/tensor';
import { lowerStridePhases, phaseCount } from '../lowering/stride-phases.ts';
import type { Operator } from './common/operator.ts';
import { floats } from './common/types.ts';
import { asPair, autoPadOf, outputDims, spatialAttribute, spatialRankOf } from './common/window.ts';
import { isNative } from './conv.ts';
import { type AxisOf, volumeTransposedConvolution } from './volume/transposed-convolution.ts';

interface TransposeGeometry {
  readonly input: Pair;
  readonly output: Pair;
  readonly dims: number[];
  readonly inChannels: number;
  readonly outChannels: number;
  readonly group: number;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

/** What is cut off at both ends of axis `i` of `rank`, and what is left; an axis before the first has length 1. */
const transposedAxis: AxisOf = (node, rank, i, { input, extent, stride, extra }) => {
  if (i < 0) return { pads: [0, 0], length: 1 };
  const mode = autoPadOf(node);
  const full = stride * (input - 1) + extra + extent;
  const shape = node.has('output_shape') && spatialAttribute(node, 'output_shape', rank, 1);
  if (!shape && mode !== 'SAME_UPPER' && mode !== 'SAME_LOWER') {
    const explicit = mode === 'VALID' ? [] : spatialAttribute(node, 'pads', 2 * rank, 0, 0);
    const pads: [number, number] = [explicit[i] ?? 0, explicit[i + rank] ?? 0];
    return { pads, length: full - pads[0] - pads[1] };
  }
  const length = shape ? shape[i]! : input * stride;
  const total = Math.max(0, full - length);
  const begin = mode === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2);
  return { pads: [begin, total - begin], length };
};

function geometry(node: NodeView): TransposeGeometry {
  const rank = spatialRankOf(node);
  const [n, inChannels, ...spatial] = node.input(0).dims as [number, number, ...number[]];
  const weights = node.input(1).dims;
  if (weights.length !== rank + 2)
    throw node.error('rank of the weights', String(rank + 2), weights.length, 'ERR_INVALID_SHAPE');
  if (weights[0] !== inChannels)
    throw node.error('dims[0] of the weights', `${inChannels} channels`, weights[0], 'ERR_INVALID_SHAPE');
  const declared = node.ints('kernel_shape');
  const extents = weights.slice(2);
  if (declared && (declared.length !== rank || declared.some((extent, i) => extent !== extents[i]))) {
    throw node.error('attribute kernel_shape', `the weights' [${extents.join(', ')}]`, declared);
  }
  if (extents.some((extent) => extent < 1))
    throw node.error('dims of the weights', 'at least 1', weights, 'ERR_INVALID_SHAPE');
  const group = node.int('group', 1);
  if (group < 1 || inChannels % group !== 0)
    throw node.error('attribute group', `a divisor of ${inChannels} channels`, group);
  const outChannels = weights[1]! * group;
  const bias = node.inputs[2];
  if (bias && (bias.dims.length !== 1 || bias.dims[0] !== outChannels)) {
    throw node.error('dims of the bias', `[${outChannels}]`, bias.dims, 'ERR_INVALID_SHAPE');
  }
  const input = asPair(spatial, 1);
  const kernel = asPair(extents, 1);
  const strides = asPair(spatialAttribute(node, 'strides', rank, 1, 1), 1);
  const dilations = asPair(spatialAttribute(node, 'dilations', rank, 1, 1), 1);
  const extra = asPair(spatialAttribute(node, 'output_padding', rank, 0, 0), 0);
  for (const axis of [0, 1]) {
    if (extra[axis]! >= Math.max(strides[axis]!, dilations[axis]!)) {
      throw node.error('attribute output_padding', 'less than the stride or dilation', extra[axis]);
    }
  }
  const pads = [0, 0, 0, 0];
  const output = [0, 0];
  for (const axis of [0, 1]) {
    const along = transposedAxis(node, rank, axis - (2 - rank), {
      input: input[axis]!,
      extent: dilatedExtent(kernel[axis]!, dilations[axis]!),
      stride: strides[axis]!,
      extra: extra[axis]!,
    });
    [pads[axis], pads[axis + 2]] = along.pads;
    output[axis] = along.length;
    if (output[axis]! < 1)
      throw node.error('the output size', 'at least 1', output[axis], 'ERR_INVALID_SHAPE');
  }
  return {
    input,
    output: output as unknown as Pair,
    dims: outputDims(n, outChannels, output as unknown as Pair, rank),
    inChannels,
    outChannels,
    group,
    kernel,
    strides,
    dilations,
    pads: pads as unknown as Pads,
  };
}

/** Most convolutions that a node may become: a kernel of 64 × 64 and strides as large have as many. */
const MAX_PHASES = 4096;

const becomesConvolutions = (node: NodeView) => isNative(node) && phaseCount(geometry(node)) <= MAX_PHASES;

export const convTranspose: Operator = {
  opType: 'ConvTranspose',
  limits: 'One to three spatial axes. Native with constant weights and bias, in up to 4,096 phases.',
  inputs: [2, 3],
  types: [floats, 0],
  fusesActivation: true,
  fusesAddition: becomesConvolutions,
  decompose: (node, names) => volumeTransposedConvolution(node, names, transposedAxis),
  infer: (node) => [{ type: node.input(0).type, dims: geometry(node).dims }],
  evaluate(node, [x, weights, bias], [out]) {
    const g = geometry(node);
    const [n] = out!.dims as [number];
    const [h, w] = g.input;
    const [oh, ow] = g.output;
    const [kh, kw] = g.kernel;
    const [perGroup, outPerGroup] = [g.inChannels / g.group, g.outChannels / g.group];
    const sums = new Float64Array(sizeOf(out!.dims));
    const [from, taps] = [x!.data as Float32Array, weights!.data as Float32Array];
    for (let i = 0; i < sums.length; i++) {
      sums[i] = (bias?.data[Math.floor(i / (oh * ow)) % g.outChannels] as number | undefined) ?? 0;
    }
    for (let image = 0; image < n; image++) {
      for (let c = 0; c < g.inChannels; c++) {
        const group = Math.floor(c / perGroup);
        for (let m = 0; m < outPerGroup; m++) {
          const plane = (image * g.outChannels + group * outPerGroup + m) * oh * ow;
          for (let y = 0; y < h; y++) {
            for (let i = 0; i < w; i++) {
              const value = from[((image * g.inChannels + c) * h + y) * w + i]!;
              for (let ky = 0; ky < kh; ky++) {
                const oy = y * g.strides[0] - g.pads[0] + ky * g.dilations[0];
                if (oy < 0 || oy >= oh) continue;
                for (let kx = 0; kx < kw; kx++) {
                  const ox = i * g.strides[1] - g.pads[1] + kx * g.dilations[1];
                  if (ox < 0 || ox >= ow) continue;
                  sums[plane + oy * ow + ox]! += value * taps[((c * outPerGroup + m) * kh + ky) * kw + kx]!;
                }
              }
            }
          }
        }
      }
    }
    const Class = x!.data.constructor as Float32ArrayConstructor;
    return [new Tensor(out!.type, new Class(sums) as never, out!.dims)];
  },
  lower(node, lowering) {
    if (!becomesConvolutions(node)) return false;
    const bias = node.inputs[2]?.constant?.load().data as Float32Array | undefined;
    lowerStridePhases(lowering, node, { ...geometry(node), weights: node.input(1).constant!, bias });
    return true;
  },
};
