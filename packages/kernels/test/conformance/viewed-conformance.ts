import { outputSize, type Pair } from '@zeroskip/tensor';
import {
  type ConvolutionOperands,
  type ConvolutionReference,
  compareConvolution,
  convolutionReference,
  type EdgeCase,
  seededBias,
  seededMap,
  seededRandom,
  seededWeights,
  sparseValues,
} from '@zeroskip/test-utils';
import { Convolution, Program, refusal, type View, viewStrides } from '../../src/index.ts';
import { boundedReference } from './bounded-reference.ts';
import type { Configuration } from './configurations.ts';
import { failed, passed, type Verdict } from './conformance.ts';
import type { Gaps, ViewedConvolution } from './viewed-convolution.ts';

function viewsOf({ convolution, lead, inputGaps, addendGaps, outputGaps, last }: ViewedConvolution) {
  const { spec, batch, input: size } = convolution;
  const view = (offset: number, [h, w]: Pair, c: number, gaps: Gaps) => {
    const pixelStride = c + gaps.pixel;
    const rowStride = w * pixelStride + gaps.row;
    const imageStride = h * rowStride + gaps.image;
    return { offset, n: batch, h, w, c, pixelStride, rowStride, imageStride };
  };
  const input = (offset: number) => view(offset, size, spec.inChannels, inputGaps);
  const output = (offset: number) => view(offset, outputSize(spec, size), spec.outChannels, outputGaps);
  const addend = (offset: number) => view(offset, outputSize(spec, size), spec.outChannels, addendGaps);
  const after = ({ offset, n, imageStride }: ReturnType<typeof view>) => offset + n * imageStride;
  const added = addend(lead);
  const start = after(added);
  return last === 'input'
    ? { added, input: input(after(output(start))), output: output(start) }
    : { added, input: input(start), output: output(after(input(start))) };
}

/** Calls `visit(index in the arena, index in N × C × H × W)` for every value of a view. */
function visitValues(view: View, visit: (at: number, index: number) => void): void {
  const { offset, n, h, w, c, pixelStride } = view;
  const { rowStride, imageStride } = viewStrides(view);
  for (let image = 0; image < n; image++) {
    for (let pixel = 0; pixel < h * w; pixel++) {
      for (let channel = 0; channel < c; channel++) {
        const row = offset + image * imageStride + Math.floor(pixel / w) * rowStride;
        const at = row + (pixel % w) * pixelStride + channel;
        visit(at, (image * c + channel) * h * w + pixel);
      }
    }
  }
}

const SPECIALS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 1e-45, -1e-40];

/** `values` with about one in eight of them special. */
function withSpecials(values: Float32Array, seed: number): Float32Array {
  const random = seededRandom(seed);
  return values.map((value) =>
    random() < 0.125 ? SPECIALS[Math.floor(random() * SPECIALS.length)]! : value,
  );
}

function operandsOf({ convolution, hasBias, specials }: ViewedConvolution): ConvolutionOperands {
  const { spec, batch, input, seed } = convolution;
  const map = seededMap(convolution);
  const weights = seededWeights(convolution);
  return {
    spec,
    batch,
    input,
    map: specials === 'map' ? withSpecials(map, seed) : map,
    weights: specials === 'weights' ? withSpecials(weights, seed) : weights,
    bias: hasBias ? seededBias(convolution) : undefined,
  };
}

/** @param addend N × M × oH × oW */
function referenceOf(
  operands: ConvolutionOperands,
  { relu, addition }: ViewedConvolution,
  addend: Float32Array,
): ConvolutionReference {
  const reference = convolutionReference(operands);
  const activated = (value: number) => (relu ? Math.max(0, value) : value);
  if (addition === 'none') return { ...reference, output: reference.output.map(activated) };
  return {
    ...reference,
    output: reference.output.map((value, i) =>
      addition === 'before activation' ? activated(value + addend[i]!) : activated(value) + addend[i]!,
    ),
    magnitude: reference.magnitude.map((value, i) => value + Math.abs(addend[i]!)),
    terms: reference.terms + 1,
  };
}

/** Outputs that are NaN where padding is multiplied by the weights over it, too, and these are not finite. */
function nanByPadding({ spec, batch, input, map, weights, bias }: ConvolutionOperands): Float64Array {
  const [height, width] = input;
  const [top, left, bottom, right] = spec.pads;
  const padded: Pair = [height + top + bottom, width + left + right];
  const data = new Float32Array(batch * spec.inChannels * padded[0] * padded[1]);
  for (let row = 0; row < batch * spec.inChannels * height; row++) {
    const plane = Math.floor(row / height);
    const y = top + (row % height);
    data.set(map.subarray(row * width, (row + 1) * width), (plane * padded[0] + y) * padded[1] + left);
  }
  const unpadded = { ...spec, pads: [0, 0, 0, 0] as const };
  return convolutionReference({ spec: unpadded, batch, input: padded, map: data, weights, bias }).output;
}

/** One case, with what all algorithms and targets have in common. */
export class ViewedConformance {
  readonly #case: ViewedConvolution;
  readonly #operands: ConvolutionOperands;
  readonly #addend: Float32Array;
  readonly #reference: ConvolutionReference;

  constructor(viewed: ViewedConvolution) {
    const { spec, batch, input, seed } = viewed.convolution;
    const [height, width] = outputSize(spec, input);
    this.#case = viewed;
    this.#operands = operandsOf(viewed);
    this.#addend = sparseValues(batch * spec.outChannels * height * width, 0.8, seed);
    this.#reference = referenceOf(this.#operands, viewed, this.#addend);
  }

  get convolution(): EdgeCase {
    return this.#case.convolution;
  }

  /**
   * Within the error bound, and no value outside the output is written. All values outside the input are NaN: one
   * that is used shows. The arena ends with the last value of a map: a sanitizer sees accesses past it.
   */
  async verdict(configuration: Configuration): Promise<Verdict> {
    const { algorithm, parameters } = configuration;
    const { spec, input: size, weights, bias, map } = this.#operands;
    const reason = refusal(algorithm, spec, size, weights);
    if (reason !== undefined) return { kind: 'refused', reason };
    const { relu, addition, threads } = this.#case;
    const activation = { name: relu ? 'relu' : 'none' } as const;
    const convolution = new Convolution(spec, weights, bias, { algorithm, parameters, activation });
    const { added, input, output } = viewsOf(this.#case);
    const adds = addition !== 'none' && { addend: added, addFirst: addition === 'before activation' };
    const program = new Program([{ op: 'conv', convolution, input, output, ...adds }]);
    const run = program.createRun();
    const arena = new Float32Array(program.arenaFloats).fill(Number.NaN);
    visitValues(input, (at, index) => {
      arena[at] = map[index]!;
    });
    if (adds) {
      visitValues(added, (at, index) => {
        arena[at] = this.#addend[index]!;
      });
    }
    run.write(0, arena);
    const [trace] = await run.execute({ threads, countNonZeros: true });
    const after = run.read(0, program.arenaFloats);
    for (const object of [run, program, convolution]) object.release();

    const result = new Float32Array(this.#reference.output.length);
    visitValues(output, (at, index) => {
      result[index] = after[at]!;
      after[at] = arena[at]!;
    });
    if (this.#case.specials === 'weights') {
      // Padding holds zeros: an algorithm may multiply by them, or leave them out.
      const padded = nanByPadding(this.#operands);
      for (const [i, value] of result.entries()) {
        if (Number.isNaN(value) && Number.isNaN(padded[i])) result[i] = this.#reference.output[i]!;
      }
    }
    const reference = boundedReference(configuration, this.#operands, this.#reference);
    const violation = compareConvolution(this.#operands, result, reference);
    if (violation !== undefined) return failed(violation);
    if (!Buffer.from(after.buffer).equals(Buffer.from(arena.buffer))) {
      return failed('Expected no change outside the output, received one.');
    }
    const nonZeros = map.reduce((count, value) => count + (value === 0 ? 0 : 1), 0);
    if (trace!.nonZeros !== nonZeros) {
      return failed(`Expected ${nonZeros} non-zeros, received ${trace!.nonZeros}.`);
    }
    return passed;
  }
}
