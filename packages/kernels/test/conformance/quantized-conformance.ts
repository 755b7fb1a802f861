import { outputSize } from '@zeroskip/tensor';
import { convolutionReference, type EdgeCase, seededRandom } from '@zeroskip/test-utils';
import {
  Program,
  QuantizedConvolution,
  type QuantizedConvStep,
  type QuantizedResult,
  type View,
} from '../../src/index.ts';
import { failed, passed, type Verdict } from './conformance.ts';

const results = ['int32', 'uint8', 'int8', 'float32'] as const;
const inputs = ['uint8', 'int8', 'float32'] as const;

/** What the integers of a case are, the same for the same seed. */
export interface QuantizedForm {
  readonly input: (typeof inputs)[number];
  readonly weights: 'uint8' | 'int8';
  readonly hasZeros: boolean;
  readonly hasBias: boolean;
  readonly dynamic: boolean;
  readonly adds: boolean;
  readonly result: (typeof results)[number];
}

export function formOf(seed: number): QuantizedForm {
  const random = seededRandom(seed * 7 + 3);
  const pick = <T>(values: readonly T[]) => values[Math.floor(random() * values.length)]!;
  const input = pick(inputs);
  const result = pick(results);
  return {
    input,
    weights: pick(['uint8', 'int8']),
    hasZeros: random() < 0.6,
    hasBias: random() < 0.5,
    dynamic: input === 'float32' || random() < 0.5,
    adds: result !== 'int32' && random() < 0.5,
    result,
  };
}

const lowest = { uint8: 0, int8: -128 } as const;

/** Of integers that are added, of what they are added to, and of the sums: numbers that float32 adds exactly. */
const ADDEND = { element: 'uint8', scale: 0.5, zero: 77 } as const;
const OWN_SCALE = 0.25;
const SUM = { scale: 0.75, zero: 5 } as const;

/** Halves to the even integer. */
function rounded(value: number): number {
  const floor = Math.floor(value);
  const half = value - floor;
  if (half !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

class QuantizedCase {
  readonly #case: EdgeCase;
  readonly #form: QuantizedForm;
  readonly #random: () => number;
  readonly #type: 'uint8' | 'int8';
  readonly #zero: number;
  readonly #scale = 0.03125;
  readonly #map: Int32Array;
  readonly #weights: Uint8Array | Int8Array;
  readonly #zeros: Int32Array;
  readonly #bias: Int32Array;
  readonly #factors: Float32Array;
  readonly #shift: Float32Array;
  readonly #addend: Float32Array;
  readonly #size: readonly [number, number];
  readonly #outZero: number;

  constructor(edgeCase: EdgeCase, whole: QuantizedForm) {
    const { spec, batch, input, density, seed } = edgeCase;
    const isDepthwise = spec.group > 1 && spec.group === spec.inChannels && spec.group === spec.outChannels;
    const form = { ...whole, adds: whole.adds && (whole.result === 'float32' || !isDepthwise) };
    this.#case = edgeCase;
    this.#form = form;
    this.#random = seededRandom(seed);
    this.#type = form.input === 'int8' ? 'int8' : 'uint8';
    this.#zero = this.#byte(this.#type);
    const size = batch * spec.inChannels * input[0] * input[1];
    this.#map = Int32Array.from({ length: size }, () =>
      this.#random() < density ? this.#byte(this.#type) : this.#zero,
    );
    const count = (spec.outChannels * spec.inChannels * spec.kernel[0] * spec.kernel[1]) / spec.group;
    const weights = Array.from({ length: count }, () => this.#byte(form.weights));
    this.#weights = form.weights === 'int8' ? Int8Array.from(weights) : Uint8Array.from(weights);
    const channels = { length: spec.outChannels };
    this.#zeros = Int32Array.from(channels, () => (form.hasZeros ? this.#byte(form.weights) : 0));
    this.#bias = Int32Array.from(channels, () =>
      form.hasBias ? Math.floor(this.#random() * 20000) - 10000 : 0,
    );
    this.#factors = Float32Array.from(channels, () => 2e-4 + this.#random() * 1e-3);
    this.#shift = Float32Array.from(channels, () => this.#random() - 0.5);
    this.#size = outputSize(spec, input);
    const outputs = batch * spec.outChannels * this.#size[0] * this.#size[1];
    this.#addend = Float32Array.from({ length: form.adds ? outputs : 0 }, () =>
      form.result === 'float32' ? this.#random() - 0.5 : this.#byte(ADDEND.element),
    );
    this.#outZero = form.result === 'int8' ? -7 : 9;
  }

  #byte(type: 'uint8' | 'int8'): number {
    return Math.floor(this.#random() * 256) + lowest[type];
  }

  #result(): QuantizedResult {
    const { result: type } = this.#form;
    if (type === 'int32') return { type };
    if (type === 'float32')
      return { type, scale: this.#factors, bias: this.#shift, activation: { name: 'relu' } };
    return {
      type,
      scale: this.#factors,
      zero: this.#outZero,
      low: lowest[type] + 3,
      high: lowest[type] + 250,
      ...(this.#form.adds && { ownScale: OWN_SCALE }),
    };
  }

  /** Exact sums, and what follows them, in N, C, H, W order. */
  #expected(): number[] {
    const { spec, batch, input } = this.#case;
    const { hasBias, result, dynamic, adds } = this.#form;
    const perChannel = this.#weights.length / spec.outChannels;
    const { output } = convolutionReference({
      spec,
      batch,
      input,
      map: Float32Array.from(this.#map, (q) => q - this.#zero),
      weights: Float32Array.from(this.#weights, (w, i) => w - this.#zeros[Math.floor(i / perChannel)]!),
      bias: hasBias ? Float32Array.from(this.#bias) : undefined,
    });
    const plane = this.#size[0] * this.#size[1];
    return Array.from(output, (sum, i) => {
      const channel = Math.floor(i / plane) % spec.outChannels;
      if (result === 'int32') return sum;
      const factor = Math.fround((dynamic ? this.#scale : 1) * this.#factors[channel]!);
      const scaled = Math.fround(Math.fround(sum) * factor);
      if (result === 'float32') {
        const value = Math.max(0, scaled + this.#shift[channel]!);
        return adds ? value + this.#addend[i]! : value;
      }
      const low = lowest[result] + 3;
      const own = Math.min(lowest[result] + 250, Math.max(low, rounded(scaled) + this.#outZero));
      if (!adds) return own;
      const total = (own - this.#outZero) * OWN_SCALE + (this.#addend[i]! - ADDEND.zero) * ADDEND.scale;
      const least = lowest[result];
      return Math.min(least + 255, Math.max(least, rounded(Math.fround(total / SUM.scale)) + SUM.zero));
    });
  }

  /** Runs with other bytes around each map, that must stay as they are. */
  async verdict(): Promise<Verdict> {
    const { spec, batch, input: inputSize } = this.#case;
    const { input: form, result, dynamic, adds, hasZeros, hasBias } = this.#form;
    const inElement = form === 'float32' ? undefined : form;
    const outElement = result === 'float32' || result === 'int32' ? undefined : result;
    let next = 4;
    /** A view with gaps between pixels, rows and images; offsets and strides in elements. */
    const view = (size: readonly [number, number], c: number, element: View['element']): View => {
      const [unit, gap] = [element ? 1 : 4, Math.floor(this.#random() * 3)];
      const [h, w] = size;
      const pixelStride = c + gap;
      const rowStride = w * pixelStride + gap;
      const imageStride = h * rowStride + gap;
      const offset = element ? next * 4 + gap : next;
      next = Math.ceil((offset * unit + batch * imageStride * unit + 4) / 4);
      const numbers = { offset, n: batch, h, w, c, pixelStride, rowStride, imageStride };
      return element ? { ...numbers, element, zero: this.#zero } : numbers;
    };
    const one = { n: 1, h: 1, w: 1, c: 1, pixelStride: 1 };
    const map = view(inputSize, spec.inChannels, inElement);
    const addsIntegers = adds && outElement !== undefined;
    const addend = view(this.#size, spec.outChannels, addsIntegers ? ADDEND.element : undefined);
    if (addsIntegers) Object.assign(addend, ADDEND);
    const { zero: _, ...output } = view(this.#size, spec.outChannels, outElement);
    if (addsIntegers) Object.assign(output, SUM);
    using convolution = new QuantizedConvolution(spec, this.#weights, {
      zeros: hasZeros ? this.#zeros : undefined,
      bias: hasBias ? this.#bias : undefined,
      result: this.#result(),
    });
    const scale = { ...one, offset: 0 };
    const zero = { ...one, offset: 7, element: this.#type };
    const step: QuantizedConvStep = {
      op: 'quantizedConv',
      convolution,
      inputs: [map, ...(dynamic ? [scale, zero] : []), ...(adds ? [addend] : [])],
      dynamic,
      adds,
      addFirst: false,
      output,
    };
    const program = new Program([step]);
    const floats = Math.max(next, program.arenaFloats);
    const arena = new Float32Array(floats);
    const bytes = new Uint8Array(arena.buffer);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(this.#random() * 256);
    arena[0] = this.#scale;
    bytes[7] = this.#zero;
    forEachValue(map, (at, i) => {
      if (inElement) bytes[at] = this.#map[i]!;
      else arena[at] = (this.#map[i]! - this.#zero) * this.#scale;
    });
    if (adds) {
      forEachValue(addend, (at, i) => {
        if (addsIntegers) bytes[at] = this.#addend[i]!;
        else arena[at] = this.#addend[i]!;
      });
    }
    const expected = this.#expected();
    let first: Uint8Array | undefined;
    try {
      for (const threads of [1, 2]) {
        const run = program.createRun(floats);
        run.write(0, arena);
        await run.execute({ threads });
        const after = run.read(0, floats);
        run.release();
        const difference = this.#difference(new Uint8Array(after.buffer), bytes, output, expected);
        if (difference !== undefined) return failed(`${JSON.stringify(this.#form)}: ${difference}`);
        first ??= new Uint8Array(after.buffer);
        if (!Buffer.from(first).equals(Buffer.from(after.buffer)))
          return failed('Expected the same bits for 1 and 2 threads, received others.');
      }
    } finally {
      program.release();
    }
    return passed;
  }

  #difference(after: Uint8Array, before: Uint8Array, output: View, expected: number[]): string | undefined {
    const { result } = this.#form;
    const unit = output.element ? 1 : 4;
    const values = new DataView(after.buffer);
    let found: string | undefined;
    const rest = after.slice();
    forEachValue(output, (at, i) => {
      rest.set(before.subarray(at * unit, (at + 1) * unit), at * unit);
      const value =
        result === 'float32'
          ? values.getFloat32(at * 4, true)
          : result === 'int32'
            ? values.getInt32(at * 4, true)
            : result === 'int8'
              ? values.getInt8(at)
              : values.getUint8(at);
      const wanted = expected[i]!;
      // What is added to a rounded product is rounded, or the product is not where both are one instruction.
      const bound = result === 'float32' ? 2e-6 * (Math.abs(wanted) + 2) : 0;
      if (!(Math.abs(value - wanted) <= bound)) found ??= `${value} instead of ${wanted} at ${i}`;
    });
    if (!Buffer.from(rest).equals(Buffer.from(before))) found ??= 'something outside the output was written';
    return found;
  }
}

/** Calls `visit(index in the arena, index in N × C × H × W)` for every value of a view. */
function forEachValue(view: View, visit: (at: number, index: number) => void): void {
  const { offset, n, h, w, c, pixelStride, rowStride = 0, imageStride = 0 } = view;
  for (let i = 0; i < n * h * w * c; i++) {
    const [image, channel, y, x] = [
      Math.floor(i / (c * h * w)),
      Math.floor(i / (h * w)) % c,
      Math.floor(i / w) % h,
      i % w,
    ];
    visit(offset + image * imageStride + y * rowStride + x * pixelStride + channel, i);
  }
}

/**
 * Sums exact to the integer, the same for 1 and 2 threads, and what follows them as ONNX defines it: of a form of
 * operands and results that the seed picks.
 */
export function quantizedConformance(edgeCase: EdgeCase, form = formOf(edgeCase.seed)): Promise<Verdict> {
  return new QuantizedCase(edgeCase, form).verdict();
}
