import type { Constant, InputValue, NodeView } from '@zeroskip/onnx';
import { convSpec, Tensor } from '@zeroskip/tensor';
import type { Lowering } from '../../lowering/lowering.ts';
import { densePlace, type Place } from '../../lowering/place.ts';
import { directionNames, type RecurrenceRow, type Sizes } from './row.ts';

const valuesOf = (constant: Constant) => constant.load().data as Float32Array;

/** Direction `at` of weights `directions × rows × columns`, row-major. */
function part(constant: Constant, at: number): Float32Array {
  const [, rows, columns = 1] = constant.dims as [number, number, number?];
  return valuesOf(constant).subarray(at * rows * columns, (at + 1) * rows * columns);
}

/** The weights of the inputs as those of a pointwise convolution. */
function inputWeights(weights: Constant, at: number): Constant {
  const [, rows, columns] = weights.dims as [number, number, number];
  const dims = [rows, columns, 1, 1];
  return { type: 'float32', dims, load: () => new Tensor('float32', part(weights, at), dims) };
}

/** `rows × columns` as `columns × rows`. */
function transposed(from: Float32Array, rows: number, columns: number): Float32Array {
  const to = new Float32Array(from.length);
  for (let i = 0; i < rows; i++) for (let k = 0; k < columns; k++) to[k * rows + i] = from[i * columns + k]!;
  return to;
}

/** Whether the node asks for nothing that the native step leaves out. */
function isPlain(node: NodeView, { activations, hasCell }: RecurrenceRow, { batchFirst, directions }: Sizes) {
  const named = node.strings('activations');
  const usual = Array.from({ length: directions }, () => activations).flat();
  const isUsual = named === undefined || named.join().toLowerCase() === usual.join().toLowerCase();
  const rest = hasCell ? [4, 7] : [4];
  const [weights, recurrent, bias] = [1, 2, 3].map((index) => node.inputs[index]);
  return (
    isUsual &&
    !batchFirst &&
    node.input(0).type === 'float32' &&
    node.float('clip', Number.POSITIVE_INFINITY) === Number.POSITIVE_INFINITY &&
    rest.every((index) => node.inputs[index] === undefined) &&
    weights?.constant !== undefined &&
    recurrent?.constant !== undefined &&
    (bias === undefined || bias.constant !== undefined)
  );
}

/** Emits the products of all inputs with their weights, then the steps of each direction. */
export function lowerRecurrence(
  lowering: Lowering,
  node: NodeView,
  row: RecurrenceRow,
  sizes: Sizes,
): boolean {
  const kind = row.kindOf(node);
  if (kind === undefined || !isPlain(node, row, sizes)) return false;
  const { length, batch, width, hidden, directions } = sizes;
  const columns = row.gates * hidden;
  const [weights, recurrent] = [node.input(1).constant!, node.input(2).constant!];
  const bias = node.inputs[3]?.constant;
  const rows = lowering.values.rows(node.input(0).name);
  const input = densePlace(rows.region, { n: 1, h: 1, w: length * batch, c: width }, rows.offset);
  const stateShape = { n: 1, h: 1, w: batch, c: hidden };

  /** Output `index`, or room for what the step writes where the network does not use it. */
  const home = (index: number, floats: number) => {
    const name = node.node.outputs[index];
    return name ? lowering.values.defineRows(name) : lowering.temporary({ n: 1, h: 1, w: 1, c: floats });
  };
  const all = home(0, length * directions * batch * hidden);
  const states = ([1, 2] as const).slice(0, row.hasCell ? 2 : 1).map((output) => ({
    initial: node.inputs[output + 4],
    final: home(output, directions * batch * hidden),
  }));
  const initialState = (value: InputValue | undefined, at: number): Place => {
    if (!value) return lowering.pool.add(new Float32Array(1), { n: 1, h: 1, w: 1, c: 1 });
    const { region, offset } = lowering.values.rows(value.name);
    return densePlace(region, stateShape, offset + at * batch * hidden);
  };

  for (let at = 0; at < directions; at++) {
    const own = bias && part(bias, at);
    const resetsLast = kind === 'gruResetLast';
    // What is added to every product: the biases of the inputs, and those of the state but for a candidate that is
    // reset with it.
    const sums = Float32Array.from({ length: columns }, (_, i) =>
      own ? own[i]! + (resetsLast && i >= 2 * hidden ? 0 : own[columns + i]!) : 0,
    );
    const products = lowering.temporary({ n: 1, h: 1, w: length * batch, c: columns });
    const spec = convSpec({ inChannels: width, outChannels: columns, kernel: [1, 1] });
    lowering.emitConvolution(
      node,
      { spec, weights: inputWeights(weights, at), bias: sums },
      input,
      products,
      undefined,
      { suffix: directions > 1 ? `/direction-${at}` : '', of: (map) => map },
    );
    const flipped = () => transposed(part(recurrent, at), columns, hidden);
    const shape = { n: 1, h: 1, w: hidden, c: columns };
    const ofState = lowering.pool.addConstant(recurrent, `transposed ${at}`, flipped, shape);
    const candidate = resetsLast
      ? [
          lowering.pool.add(own?.slice(columns + 2 * hidden) ?? new Float32Array(hidden), {
            n: 1,
            h: 1,
            w: 1,
            c: hidden,
          }),
        ]
      : [];
    const carried = states.map(({ initial, final }) => {
      const state = densePlace(final.region, stateShape, final.offset + at * batch * hidden);
      lowering.emitCopy(initialState(initial, at), state);
      return state;
    });
    const output = {
      ...densePlace(all.region, { n: 1, h: length, w: batch, c: hidden }, all.offset + at * batch * hidden),
      ...(directions > 1 && { rowStride: directions * batch * hidden }),
    };
    const gates = densePlace(products.region, { n: 1, h: length, w: batch, c: columns }, products.offset);
    const reverse = at === 1 || node.choice('direction', directionNames, 'forward') === 'reverse';
    lowering.emit({
      op: 'recurrent',
      kind,
      reverse,
      inputs: [gates, ofState, ...candidate, ...carried],
      output,
    });
  }
  return true;
}
