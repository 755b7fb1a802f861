import type { InputValue, NodeView } from '@zeroskip/onnx';
import { sizeOf } from '@zeroskip/tensor';
import type { Lowering } from './lowering.ts';
import { aligned, broadcastsByMapAxis, densePlace, mapShape, type Place } from './place.ts';

/** A product of matrices that a run computes, or of images of them. */
interface Product {
  /** Dims of the operands, at least two: images and the matrix. */
  readonly a: readonly number[];
  /** Where it is `transposed`, of the matrix as it is multiplied. */
  readonly b: readonly number[];
  readonly transposed: boolean;
  /** Dims of the images. */
  readonly batch: readonly number[];
  /** Broadcasts to the product and is added to it. */
  readonly addend?: InputValue | undefined;
}

/** Whether an operand has one matrix for all images, or one for each, or broadcasts by copying. */
function fits(dims: readonly number[], batch: readonly number[]): boolean {
  const images = sizeOf(dims.slice(0, -2));
  const whole = [...batch, ...dims.slice(-2)];
  const copies = broadcastsByMapAxis(aligned(dims, whole.length), whole, 'rowMajor');
  return images === 1 || images === sizeOf(batch) || copies;
}

/** The matrices of an operand, row-major: one for all images, or one for each. */
function matrices(
  lowering: Lowering,
  input: InputValue,
  dims: readonly number[],
  batch: readonly number[],
  transposed: boolean,
): Place {
  const [w, c] = (transposed ? [dims.at(-1), dims.at(-2)] : dims.slice(-2)) as [number, number];
  const images = sizeOf(dims.slice(0, -2));
  if (images === 1 || images === sizeOf(batch)) {
    const { region, offset } = lowering.values.rows(input.name);
    return densePlace(region, { n: images, h: 1, w, c }, offset);
  }
  const whole = [...batch, ...dims.slice(-2)];
  const copy = lowering.temporary({ n: sizeOf(batch), h: 1, w, c });
  const from = lowering.values.mapAs(input, aligned(dims, whole.length), 'rowMajor');
  lowering.emitCopy(from, densePlace(copy.region, mapShape(whole, 'rowMajor')));
  return copy;
}

/** Emits a node's product, then its addend and its activation. */
export function lowerProduct(lowering: Lowering, node: NodeView, product: Product): boolean {
  const { a, b, batch, transposed, addend } = product;
  if (node.input(0).type !== 'float32' || !fits(a, batch) || !fits(b, batch)) return false;
  const [rows, columns] = [a.at(-2)!, b.at(-1)!];
  const whole = [...batch, rows, columns];
  const shape = mapShape(whole, 'rowMajor');
  if (addend && !broadcastsByMapAxis(aligned(addend.dims, whole.length), whole, 'rowMajor')) return false;

  const x = matrices(lowering, node.input(0), a, batch, false);
  const y = matrices(lowering, node.input(1), b, batch, transposed);
  const { activation } = node.node;
  const home = lowering.values.defineRows(node.node.outputs[0]!);
  const output = densePlace(home.region, shape, home.offset);
  const sums = addend || activation ? lowering.temporary(shape) : output;
  // One matrix for all images: the rows of the images are those of one larger matrix.
  const images = y.n === 1 && x.n === sizeOf(batch) ? 1 : sizeOf(batch);
  const joined = (place: Place) => ({ n: images, h: 1, w: sizeOf(whole) / columns / images, c: place.c });
  lowering.emit({
    op: 'matmul',
    a: x.n === 1 && images > 1 ? x : densePlace(x.region, joined(x), x.offset),
    b: y,
    transposed,
    output: densePlace(sums.region, { ...joined(sums), c: columns }, sums.offset),
  });
  const added = addend && activation ? lowering.temporary(shape) : addend ? output : sums;
  if (addend) {
    const place = lowering.values.mapAs(addend, aligned(addend.dims, whole.length), 'rowMajor');
    lowering.emitBinary('add', sums, place, added);
  }
  if (activation && activation.name !== 'none')
    lowering.emitUnary(activation.name, added, output, activation.alpha, activation.beta);
  return true;
}
