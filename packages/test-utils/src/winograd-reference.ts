import { outputSize } from '@zeroskip/tensor';
import type { ConvolutionOperands, ConvolutionReference } from './compare-convolution.ts';

/** The finite points of F(m × m, 3 × 3), by m; infinity follows them. See docs/algorithms/winograd.md. */
const POINTS: Readonly<Record<number, readonly number[]>> = {
  2: [0, 1, -1],
  4: [0, 0.625, -0.625, 1.5, -1.5],
};
const KERNEL = 3;
/** What the roundings of two transforms along two axes, of a bias and of an addend add to those of the sum. */
const TRANSFORM_ROUNDINGS = 20;
/** Errors of a few operations whose results are too small for normal numbers. */
const SMALLEST = 8 * 2 ** -149;

type Matrix = readonly (readonly number[])[];

/** Coefficients of the product of (x − root), the constant one first. */
function polynomial(roots: readonly number[]): number[] {
  let result = [1];
  for (const root of roots) {
    const next = [0, ...result];
    for (const [i, value] of result.entries()) next[i]! -= root * value;
    result = next;
  }
  return result;
}

/** Bᵀ, G and Aᵀ of a row of m outputs: Y = Aᵀ [(G g) ⊙ (Bᵀ d)]. */
export function winogradMatrices(m: number): { input: Matrix; kernel: Matrix; output: Matrix } {
  const points = POINTS[m]!;
  const powers = (point: number, count: number) => Array.from({ length: count }, (_, k) => point ** k);
  const others = (point: number) => points.filter((other) => other !== point);
  const scale = (point: number) => others(point).reduce((product, other) => product * (point - other), 1);
  return {
    input: [...points.map((point) => [...polynomial(others(point)), 0]), polynomial(points)],
    kernel: [...points.map((point) => powers(point, KERNEL).map((power) => power / scale(point))), [0, 0, 1]],
    output: Array.from({ length: m }, (_, k) => [...points.map((point) => point ** k), k === m - 1 ? 1 : 0]),
  };
}

const absolute = (matrix: Matrix): Matrix => matrix.map((row) => row.map(Math.abs));

/** M · x · Mᵀ for a square x, row by row. */
function bothSides(matrix: Matrix, x: ArrayLike<number>): Float64Array {
  const size = matrix[0]!.length;
  const rows = matrix.length;
  const half = new Float64Array(rows * size);
  const result = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < size; k++)
      for (let j = 0; j < size; j++) half[i * size + j]! += matrix[i]![k]! * x[k * size + j]!;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++)
      for (let k = 0; k < size; k++) result[i * rows + j]! += half[i * size + k]! * matrix[j]![k]!;
  return result;
}

/**
 * The same output with the error bound of F(m × m, 3 × 3): γ_K · |Aᵀ| [Σ (|G| |g| |Gᵀ|) ⊙ (|Bᵀ| |d| |B|)] |A|, and
 * γ_K · Σ|x·w| for the bias and what is added. Inputs that are not finite are left out: their tiles are summed by
 * definition, with nine times as many terms.
 */
export function winogradReference(
  { spec, batch, input, map, weights }: ConvolutionOperands,
  m: number,
  reference: ConvolutionReference,
): ConvolutionReference {
  const matrices = winogradMatrices(m);
  const [toInput, toKernel, toOutput] = [matrices.input, matrices.kernel, matrices.output].map(absolute);
  const size = m + KERNEL - 1;
  const points = size * size;
  const [height, width] = outputSize(spec, input);
  const channels = spec.inChannels / spec.group;
  const filters = spec.outChannels / spec.group;
  const kernels = Array.from({ length: spec.outChannels * channels }, (_, i) =>
    bothSides(toKernel!, weights.subarray(i * KERNEL * KERNEL, (i + 1) * KERNEL * KERNEL).map(Math.abs)),
  );
  const magnitude = new Float64Array(reference.magnitude.length);
  const smallest = new Float64Array(magnitude.length);
  const terms = channels + TRANSFORM_ROUNDINGS;
  for (let n = 0; n < batch; n++) {
    for (let top = 0; top < height; top += m) {
      for (let left = 0; left < width; left += m) {
        let finite = true;
        const patches = Array.from({ length: spec.inChannels }, (_, c) => {
          const patch = new Float64Array(points);
          for (let i = 0; i < points; i++) {
            const y = top - spec.pads[0] + Math.floor(i / size);
            const x = left - spec.pads[1] + (i % size);
            if (y < 0 || y >= input[0] || x < 0 || x >= input[1]) continue;
            const value = Math.abs(map[((n * spec.inChannels + c) * input[0] + y) * input[1] + x]!);
            if (Number.isFinite(value)) patch[i] = value;
            else finite = false;
          }
          return bothSides(toInput!, patch);
        });
        for (let filter = 0; filter < spec.outChannels; filter++) {
          const products = new Float64Array(points);
          const smallestProducts = new Float64Array(points);
          for (let c = 0; c < channels; c++) {
            const kernel = kernels[filter * channels + c]!;
            const patch = patches[Math.floor(filter / filters) * channels + c]!;
            for (let i = 0; i < points; i++) {
              products[i]! += kernel[i]! * patch[i]!;
              smallestProducts[i]! += SMALLEST * (kernel[i]! + patch[i]! + 1);
            }
          }
          const sums = bothSides(toOutput!, products);
          const smallestSums = bothSides(toOutput!, smallestProducts);
          for (let i = 0; i < m * m; i++) {
            const [y, x] = [top + Math.floor(i / m), left + (i % m)];
            if (y >= height || x >= width) continue;
            const at = ((n * spec.outChannels + filter) * height + y) * width + x;
            magnitude[at] = sums[i]! + reference.magnitude[at]! * (finite ? 1 : KERNEL * KERNEL);
            smallest[at] = smallestSums[i]! + terms * SMALLEST;
          }
        }
      }
    }
  }
  return { ...reference, magnitude, smallest, terms };
}
