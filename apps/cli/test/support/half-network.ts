import { node, onnxModel, valueInfo } from '@zeroskip/onnx';
import { float32ToFloat16 } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';

const CHANNELS = 8;
const FLOAT = 1;
const FLOAT16 = 10;

const depth = (layer: number) => (layer === 0 ? CHANNELS : 2 * CHANNELS);
const value = (name: string, type: 'float16' | 'float32', channels: number) =>
  valueInfo(name, type, [1, channels, 10, 12]);
const cast = (input: string, output: string, to: number) => node('Cast', [input], [output], { to }, output);

/** Where a tensor's bytes go: into the file, into its field for integers, or into a file beside it. */
export type Storage = 'raw' | 'integers' | 'external';

interface HalfOptions {
  readonly layers?: number;
  readonly storage?: Storage;
  /** Whether its input and output are float32. */
  readonly casts?: boolean;
}

/**
 * A chain of convolutions whose weights and maps are 16-bit floats. Each but the first reads a map twice: ONNX Runtime
 * joins 16-bit floats, where it would leave a single map in float32.
 * @returns the file, and the one beside it, `weights.bin`
 */
export function halfNetwork({ layers = 6, storage = 'raw', casts = true }: HalfOptions = {}): {
  model: Uint8Array;
  beside: Uint8Array;
} {
  const weights = Array.from({ length: layers }, (_, i) =>
    float32ToFloat16(sparseValues(9 * CHANNELS * depth(i), 1, i + 1).map((weight) => weight / 4)),
  );
  const bytes = weights.map((halves) => new Uint8Array(halves.buffer));
  const stored = (i: number) => {
    if (storage === 'raw') return { rawData: bytes[i]! };
    if (storage === 'integers') return { int32Data: [...weights[i]!] };
    const offset = bytes.slice(0, i).reduce((sum, { length }) => sum + length, 0);
    const entries = { location: 'weights.bin', offset, length: bytes[i]!.length };
    return {
      dataLocation: 1,
      externalData: Object.entries(entries).map(([key, text]) => ({ key, value: String(text) })),
    };
  };
  const [first, last] = casts ? ['h', 'l'] : ['x', 'y'];
  const convolutions = weights.flatMap((_, i) => [
    node('Conv', [i === 0 ? first! : `j${i - 1}`, `w${i}`], [`c${i}`], { pads: [1, 1, 1, 1] }, `c${i}`),
    node('Relu', [`c${i}`], [`r${i}`], {}, `r${i}`),
    node('Concat', [`r${i}`, `r${i}`], [i + 1 === layers ? last! : `j${i}`], { axis: 1 }, `j${i}`),
  ]);
  const outside = casts ? 'float32' : 'float16';
  const model = onnxModel({
    nodes: casts ? [cast('x', first!, FLOAT16), ...convolutions, cast(last!, 'y', FLOAT)] : convolutions,
    inputs: [value('x', outside, CHANNELS)],
    outputs: [value('y', outside, 2 * CHANNELS)],
    initializers: weights.map((_, i) => ({
      name: `w${i}`,
      dims: [CHANNELS, depth(i), 3, 3],
      dataType: FLOAT16,
      ...stored(i),
    })),
  });
  return { model, beside: Buffer.concat(bytes) };
}
