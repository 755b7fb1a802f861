import {
  type ConvSpec,
  convSpec,
  dilatedExtent,
  type Pads,
  type Pair,
  sizeOf,
  Tensor,
} from '@zeroskip/tensor';
import { pickPixels } from '../lowering/select.ts';
import type { Constant } from '../model/graph.ts';
import { atNode } from '../model/node-error.ts';
import type { NodeView } from '../model/node-view.ts';
import type { Operator } from './common/operator.ts';
import { floats } from './common/types.ts';
import { asPair, autoPadOf, outputDims, padsOf, spatialAttribute, spatialRankOf } from './common/window.ts';

interface TransposeGeometry {
  readonly input: Pair;
  readonly output: Pair;
  readonly dims: number[];
  readonly channels: number;
  readonly outPerGroup: number;
  readonly group: number;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

function geometry(node: NodeView): TransposeGeometry {
  const rank = spatialRankOf(node);
  const [n, channels, ...spatial] = node.input(0).dims as [number, number, ...number[]];
  const weights = node.input(1).dims;
  if (weights.length !== rank + 2)
    throw node.error('rank of the weights', String(rank + 2), weights.length, 'ERR_INVALID_SHAPE');
  if (weights[0] !== channels)
    throw node.error('dims[0] of the weights', `${channels} channels`, weights[0], 'ERR_INVALID_SHAPE');
  const declared = node.ints('kernel_shape');
  const extents = weights.slice(2);
  if (declared && (declared.length !== rank || declared.some((extent, i) => extent !== extents[i]))) {
    throw node.error('attribute kernel_shape', `the weights' [${extents.join(', ')}]`, declared);
  }
  if (extents.some((extent) => extent < 1))
    throw node.error('dims of the weights', 'at least 1', weights, 'ERR_INVALID_SHAPE');
  const group = node.int('group', 1);
  if (group < 1 || channels % group !== 0)
    throw node.error('attribute group', `a divisor of ${channels} channels`, group);
  const outPerGroup = weights[1]!;
  const bias = node.inputs[2];
  if (bias && (bias.dims.length !== 1 || bias.dims[0] !== outPerGroup * group)) {
    throw node.error('dims of the bias', `[${outPerGroup * group}]`, bias.dims, 'ERR_INVALID_SHAPE');
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
  const given = node.ints('output_shape');
  const mode = autoPadOf(node);
  const pads = [0, 0, 0, 0];
  const output = [0, 0];
  const shape = given && asPair(spatialAttribute(node, 'output_shape', rank, 1), 1);
  for (const axis of [0, 1]) {
    const full =
      strides[axis]! * (input[axis]! - 1) + extra[axis]! + dilatedExtent(kernel[axis]!, dilations[axis]!);
    const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER';
    if (shape || same) {
      output[axis] = shape ? shape[axis]! : input[axis]! * strides[axis]!;
      const total = Math.max(0, full - output[axis]!);
      const begin = mode === 'SAME_UPPER' ? Math.floor(total / 2) : total - Math.floor(total / 2);
      pads[axis] = begin;
      pads[axis + 2] = total - begin;
    } else {
      const explicit = mode === 'VALID' ? [0, 0, 0, 0] : padsOf(node, rank);
      pads[axis] = explicit[axis]!;
      pads[axis + 2] = explicit[axis + 2]!;
      output[axis] = full - pads[axis]! - pads[axis + 2]!;
    }
    if (output[axis]! < 1)
      throw node.error('the output size', 'at least 1', output[axis], 'ERR_INVALID_SHAPE');
  }
  return {
    input,
    output: output as unknown as Pair,
    dims: outputDims(n, outPerGroup * group, output as unknown as Pair, rank),
    channels,
    outPerGroup,
    group,
    kernel,
    strides,
    dilations,
    pads: pads as unknown as Pads,
  };
}

/** `channels × out/group × kH × kW` as the equivalent convolution's `out × channels/group × kH × kW`, flipped. */
function flipped(weights: Constant, g: TransposeGeometry): Constant {
  const [kh, kw] = g.kernel;
  const perGroup = g.channels / g.group;
  return {
    type: 'float32',
    dims: [g.outPerGroup * g.group, perGroup, kh, kw],
    load() {
      const from = weights.load().data as Float32Array;
      const to = new Float32Array(from.length);
      for (let c = 0; c < g.channels; c++) {
        const group = Math.floor(c / perGroup);
        for (let m = 0; m < g.outPerGroup; m++) {
          const source = (c * g.outPerGroup + m) * kh * kw;
          const target = ((group * g.outPerGroup + m) * perGroup + (c % perGroup)) * kh * kw;
          for (let k = 0; k < kh * kw; k++) to[target + k] = from[source + kh * kw - 1 - k]!;
        }
      }
      return new Tensor('float32', to, this.dims);
    },
  };
}

/** The convolution that equals this transposed one on its input with `stride - 1` zeros between elements. */
function equivalent(node: NodeView, g: TransposeGeometry): { spec: ConvSpec; stuffed: Pair } | undefined {
  const stuffed = g.input.map((extent, axis) => (extent - 1) * g.strides[axis]! + 1) as unknown as Pair;
  const extents = g.kernel.map((kernel, axis) => dilatedExtent(kernel, g.dilations[axis]!));
  const begins = [0, 1].map((axis) => extents[axis]! - 1 - g.pads[axis]!);
  const ends = [0, 1].map((axis) => g.output[axis]! - 1 - (stuffed[axis]! - extents[axis]! + begins[axis]!));
  if ([...begins, ...ends].some((pad) => pad < 0)) return undefined;
  try {
    const spec = convSpec({
      inChannels: g.channels,
      outChannels: g.outPerGroup * g.group,
      kernel: g.kernel,
      dilations: g.dilations,
      pads: [begins[0]!, begins[1]!, ends[0]!, ends[1]!],
      group: g.group,
    });
    return { spec, stuffed };
  } catch (error) {
    throw atNode(node.node, error);
  }
}

/** Input index of each stuffed index; -1 for the zeros between. */
function stuffing(extent: number, stuffed: number, stride: number): Int32Array {
  return Int32Array.from({ length: stuffed }, (_, i) =>
    i % stride === 0 && i / stride < extent ? i / stride : -1,
  );
}

export const convTranspose: Operator = {
  opType: 'ConvTranspose',
  limits: 'One or two spatial axes. Native with constant weights and bias.',
  inputs: [2, 3],
  types: [floats, 0],
  fusesActivation: true,
  infer: (node) => [{ type: node.input(0).type, dims: geometry(node).dims }],
  evaluate(node, [x, weights, bias], [out]) {
    const g = geometry(node);
    const [n] = out!.dims as [number];
    const [h, w] = g.input;
    const [oh, ow] = g.output;
    const [kh, kw] = g.kernel;
    const outChannels = g.outPerGroup * g.group;
    const perGroup = g.channels / g.group;
    const sums = new Float64Array(sizeOf(out!.dims));
    const [from, taps] = [x!.data as Float32Array, weights!.data as Float32Array];
    for (let i = 0; i < sums.length; i++) {
      sums[i] = (bias?.data[Math.floor(i / (oh * ow)) % outChannels] as number | undefined) ?? 0;
    }
    for (let image = 0; image < n; image++) {
      for (let c = 0; c < g.channels; c++) {
        const group = Math.floor(c / perGroup);
        for (let m = 0; m < g.outPerGroup; m++) {
          const plane = (image * outChannels + group * g.outPerGroup + m) * oh * ow;
          for (let y = 0; y < h; y++) {
            for (let i = 0; i < w; i++) {
              const value = from[((image * g.channels + c) * h + y) * w + i]!;
              for (let ky = 0; ky < kh; ky++) {
                const oy = y * g.strides[0] - g.pads[0] + ky * g.dilations[0];
                if (oy < 0 || oy >= oh) continue;
                for (let kx = 0; kx < kw; kx++) {
                  const ox = i * g.strides[1] - g.pads[1] + kx * g.dilations[1];
                  if (ox < 0 || ox >= ow) continue;
                  sums[plane + oy * ow + ox]! += value * taps[((c * g.outPerGroup + m) * kh + ky) * kw + kx]!;
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
  /** Zeros between the input's elements, then a convolution, for which they cost little. */
  lower(node, lowering) {
    const weights = node.input(1).constant;
    const bias = node.inputs[2];
    if (weights?.type !== 'float32' || (bias && !bias.constant)) return false;
    const g = geometry(node);
    const same = equivalent(node, g);
    if (!same) return false;
    const rows = stuffing(g.input[0], same.stuffed[0], g.strides[0]);
    const columns = stuffing(g.input[1], same.stuffed[1], g.strides[1]);
    const plain = g.strides[0] === 1 && g.strides[1] === 1;
    const map = lowering.map(node.input(0));
    const layer = {
      spec: same.spec,
      weights: flipped(weights, g),
      bias: bias?.constant?.load().data as Float32Array | undefined,
    };
    const input = plain ? map : pickPixels(lowering, map, rows, columns, 0);
    lowering.emitConvolution(node, layer, input, lowering.output(node, 0), node.node.activation);
    return true;
  },
};
