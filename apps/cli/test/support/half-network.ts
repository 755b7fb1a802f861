import { float32ToFloat16 } from '@zeroskip/tensor';
import { sparseValues } from '@zeroskip/test-utils';
import { encode } from '../../../../packages/runner/src/onnx/encode.ts';

const CHANNELS = 8;
const FLOAT = 1;
const FLOAT16 = 10;

const depth = (layer: number) => (layer === 0 ? CHANNELS : 2 * CHANNELS);
const value = (name: string, elemType: number, channels: number) => ({
  name,
  type: { tensorType: { elemType, shape: { dim: [1, channels, 10, 12].map((dimValue) => ({ dimValue })) } } },
});
const node = (opType: string, input: string[], output: string, attribute: object[] = []) => ({
  opType,
  name: output,
  input,
  output: [output],
  attribute,
});
const cast = (input: string, output: string, i: number) =>
  node('Cast', [input], output, [{ name: 'to', type: 2, i }]);

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
    node('Conv', [i === 0 ? first! : `j${i - 1}`, `w${i}`], `c${i}`, [
      { name: 'pads', type: 7, ints: [1, 1, 1, 1] },
    ]),
    node('Relu', [`c${i}`], `r${i}`),
    node('Concat', [`r${i}`, `r${i}`], i + 1 === layers ? last! : `j${i}`, [{ name: 'axis', type: 2, i: 1 }]),
  ]);
  const outside = casts ? FLOAT : FLOAT16;
  const model = encode('ModelProto', {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: {
      name: 'half',
      node: casts ? [cast('x', first!, FLOAT16), ...convolutions, cast(last!, 'y', FLOAT)] : convolutions,
      initializer: weights.map((_, i) => ({
        name: `w${i}`,
        dims: [CHANNELS, depth(i), 3, 3],
        dataType: FLOAT16,
        ...stored(i),
      })),
      input: [value('x', outside, CHANNELS)],
      output: [value('y', outside, 2 * CHANNELS)],
    },
  });
  return { model, beside: Buffer.concat(bytes) };
}
