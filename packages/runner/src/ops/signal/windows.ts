import type { NodeView } from '@zeroskip/onnx';
import type { ElementType } from '@zeroskip/tensor';
import type { Operator } from '../common/operator.ts';
import { filled } from '../common/results.ts';
import { floats, indexTypes, isBig, isFloat, numbers } from '../common/types.ts';

const FLOAT = 1;

function outputType(node: NodeView): ElementType {
  const type = node.type('output_datatype', FLOAT);
  if (!numbers.includes(type)) throw node.error('attribute output_datatype', 'a type of numbers', type);
  return type;
}

/** Values of a type, those of integers cut off. */
function typed(type: ElementType, values: ArrayLike<number>, to: { [index: number]: unknown }): void {
  const convert = isBig(type) ? (x: number) => BigInt(Math.trunc(x)) : isFloat(type) ? Number : Math.trunc;
  for (let i = 0; i < values.length; i++) to[i] = convert(values[i]!);
}

/** Σ cosines[k] · cos(2πk·i/N), where N is the length of a periodic window, and one less for a symmetric one. */
function window(opType: string, cosines: readonly number[]): Operator {
  return {
    opType,
    since: 17,
    inputs: [1, 1],
    types: [indexTypes],
    shapeInputs: [0],
    infer(node) {
      const [size] = node.requiredOperand(0, 1) as [number];
      if (size < 0) throw node.error('size', 'at least 0', size);
      return [{ type: outputType(node), dims: [size] }];
    },
    evaluate(node, _inputs, [out]) {
      const [size] = out!.dims as [number];
      const period = Math.max(1, node.flag('periodic', true) ? size : size - 1);
      const at = (i: number) =>
        cosines.reduce((sum, factor, k) => sum + factor * Math.cos((2 * Math.PI * k * i) / period), 0);
      return filled<Float32Array>(out!, (to) => {
        const values = Float64Array.from({ length: size }, (_, i) => (size === 1 ? 1 : at(i)));
        typed(out!.type, values, to);
      });
    },
  };
}

/** Triangles of bins between frequencies at even distances on the mel scale, which is 2595 · log10(1 + f / 700). */
const melWeightMatrix: Operator = {
  opType: 'MelWeightMatrix',
  since: 17,
  inputs: [5, 5],
  types: [indexTypes, indexTypes, indexTypes, floats, floats],
  shapeInputs: [0, 1, 2, 3, 4],
  infer(node) {
    const [bands, length, rate] = [0, 1, 2].map((index) => node.requiredOperand(index, 1)[0]!);
    for (const [i, value] of [bands!, length!, rate!].entries())
      if (value < 1) throw node.error(`input ${i}`, 'at least 1', value);
    const [low, high] = [3, 4].map((index) => node.requiredOperand(index, 1)[0]!);
    if (!(low! >= 0 && high! > low! && Number.isFinite(high!)))
      throw node.error('the edges', 'two frequencies in order', [low, high]);
    return [{ type: outputType(node), dims: [Math.floor(length! / 2) + 1, bands!] }];
  },
  evaluate(node, _inputs, [out]) {
    const [bands, length, rate, low, high] = [0, 1, 2, 3, 4].map((i) => node.requiredOperand(i, 1)[0]!) as [
      number,
      number,
      number,
      number,
      number,
    ];
    const mel = (frequency: number) => 2595 * Math.log10(1 + frequency / 700);
    const step = (mel(high) - mel(low)) / (bands + 2);
    const edge = (i: number) =>
      Math.floor(((length + 1) * 700 * (10 ** ((mel(low) + i * step) / 2595) - 1)) / rate);
    return filled<Float32Array>(out!, (to) => {
      const [rows] = out!.dims as [number, number];
      const values = new Float64Array(rows * bands);
      for (let band = 0; band < bands; band++) {
        const [first, top, end] = [edge(band), edge(band + 1), edge(band + 2)];
        for (let row = first; row < Math.min(rows, Math.max(end, top + 1)); row++) {
          const weight =
            row <= top ? (top === first ? 1 : (row - first) / (top - first)) : (end - row) / (end - top);
          values[row * bands + band] = weight;
        }
      }
      typed(out!.type, values, to);
    });
  },
};

export const windowOperators: Operator[] = [
  window('HannWindow', [0.5, -0.5]),
  window('HammingWindow', [25 / 46, -21 / 46]),
  window('BlackmanWindow', [0.42, -0.5, 0.08]),
  melWeightMatrix,
];
