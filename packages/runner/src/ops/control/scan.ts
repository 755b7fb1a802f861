import type { NodeView, Subgraph } from '@zeroskip/onnx';
import { allocate, sizeOf, Tensor } from '@zeroskip/tensor';
import type { Value } from '../../values/value.ts';
import type { Work } from '../../values/work.ts';
import { MANY, type Routine, type RunContext } from '../common/operator.ts';
import { joined, piece, sliceAt, stacked, tensorOf } from '../common/pieces.ts';
import { ScanOutput } from './scan-output.ts';

/** What one scan goes over. */
interface Scanned {
  readonly x: Tensor;
  readonly axis: number;
  readonly backwards: boolean;
}

function bodyOf(node: NodeView, inputs: number): Subgraph {
  const body = node.graph('body');
  if (body.inputs.length !== inputs)
    throw node.error('inputs of attribute body', String(inputs), body.inputs.length);
  const outputs = node.node.outputs.length;
  if (body.outputs.length !== outputs)
    throw node.error('outputs of attribute body', String(outputs), body.outputs.length);
  return body;
}

function tensors(node: NodeView, values: readonly (Value | undefined)[], first = 0): Tensor[] {
  return values.map((value, index) => tensorOf(node, first + index, value));
}

function scanInputCount(node: NodeView, most: number): number {
  const count = node.int('num_scan_inputs');
  if (count >= 1 && count <= most) return count;
  throw node.error('attribute num_scan_inputs', `a number from 1 to ${most}`, count);
}

/** One value of a list attribute per scanned input or output, zeros where it is absent. */
function perScan(node: NodeView, name: string, count: number): readonly number[] {
  const values = node.ints(name) ?? new Array<number>(count).fill(0);
  if (values.length !== count) throw node.error(`attribute ${name}`, `${count} integers`, values);
  return values;
}

/** The states and scan outputs after `length` steps. */
function* steps(
  node: NodeView,
  context: RunContext,
  body: Subgraph,
  states: readonly Value[],
  scanned: readonly Scanned[],
  length: number,
): Work<{ states: readonly Value[]; outputs: readonly ScanOutput[] }> {
  const outputs = body.outputs
    .slice(states.length)
    .map((output) => new ScanOutput(node, output, context.limits));
  let current = states;
  for (let step = 0; step < length; step++) {
    yield* context.iterate();
    const slices = scanned.map(({ x, axis, backwards }) =>
      sliceAt(x, axis, backwards ? length - 1 - step : step),
    );
    const results = yield* context.runGraph(body, [...current, ...slices]);
    current = results.slice(0, states.length);
    for (const [i, output] of outputs.entries()) output.add(results[states.length + i]!);
  }
  return { states: current, outputs };
}

function commonLength(node: NodeView, scanned: readonly Scanned[]): number {
  const lengths = scanned.map(({ x, axis }) => x.dims[axis]!);
  if (lengths.every((length) => length === lengths[0])) return lengths[0]!;
  throw node.error('the lengths of scan inputs', 'equal lengths', lengths, 'ERR_INVALID_SHAPE');
}

function* runScan(
  node: NodeView,
  inputs: readonly (Value | undefined)[],
  context: RunContext,
): Work<Value[]> {
  const all = tensors(node, inputs);
  const count = scanInputCount(node, all.length);
  const body = bodyOf(node, all.length);
  const first = all.length - count;
  const axes = perScan(node, 'scan_input_axes', count);
  const directions = perScan(node, 'scan_input_directions', count);
  const scanned = all.slice(first).map((x, i) => ({
    x,
    axis: node.normalizeAxis(axes[i]!, x.dims.length, 'attribute scan_input_axes'),
    backwards: directions[i] === 1,
  }));
  const outputCount = body.outputs.length - first;
  if (outputCount < 0)
    throw node.error('outputs of attribute body', `at least ${first}`, body.outputs.length);
  const outputAxes = perScan(node, 'scan_output_axes', outputCount);
  const outputDirections = perScan(node, 'scan_output_directions', outputCount);
  const length = commonLength(node, scanned);
  const { states, outputs } = yield* steps(node, context, body, all.slice(0, first), scanned, length);
  const results = outputs.map((output, i) => {
    const axisOf = (rank: number) => node.normalizeAxis(outputAxes[i]!, rank, 'attribute scan_output_axes');
    return output.result(axisOf, outputDirections[i] === 1);
  });
  return [...states, ...results];
}

/** Before operator set 9: for each image of a batch, over axis 1, as long as input 0 says. */
function* runBatches(
  node: NodeView,
  inputs: readonly (Value | undefined)[],
  context: RunContext,
): Work<Value[]> {
  const all = tensors(node, inputs.slice(1), 1);
  const count = scanInputCount(node, all.length);
  const body = bodyOf(node, all.length);
  const first = all.length - count;
  const directions = perScan(node, 'directions', count);
  for (const [i, { dims }] of all.entries()) {
    const rank = i < first ? 1 : 2;
    if (dims.length < rank) throw node.error(`rank of input ${i + 1}`, `at least ${rank}`, dims.length);
    if (dims[0] !== all[0]!.dims[0])
      throw node.error(`dims[0] of input ${i + 1}`, `${all[0]!.dims[0]}`, dims[0]);
  }
  const whole = commonLength(
    node,
    all.slice(first).map((x) => ({ x, axis: 1, backwards: false })),
  );
  const batch = all[0]!.dims[0]!;
  if (batch === 0) throw node.error('dims[0] of input 1', 'at least 1', batch, 'ERR_INVALID_SHAPE');
  const lengths = node.operand(0) ?? new Array<number>(batch).fill(whole);
  if (lengths.length !== batch || lengths.some((length) => length < 0 || length > whole))
    throw node.error('input 0', `${batch} lengths from 0 to ${whole}`, lengths);
  const perImage: Tensor[][] = [];
  for (const [image, length] of lengths.entries()) {
    const own = all.map((x) => sliceAt(x, 0, image));
    const scanned = own.slice(first).map((x, i) => ({
      x: piece(x, 0, 0, length),
      axis: 0,
      backwards: directions[i] === 1,
    }));
    const { states, outputs } = yield* steps(node, context, body, own.slice(0, first), scanned, length);
    const padded = outputs.map((output) => {
      const result = output.result();
      const rest = [whole - length, ...result.dims.slice(1)];
      return joined([result, zeros(result, rest)], 0);
    });
    perImage.push([...tensors(node, states), ...padded]);
  }
  return body.outputs.map((_, i) =>
    stacked(
      perImage.map((results) => results[i]!),
      0,
    ),
  );
}

function zeros({ type }: Tensor, dims: readonly number[]): Tensor {
  return new Tensor(type, allocate(type, sizeOf(dims)) as never, dims);
}

/** Runs its graph for each slice of its inputs along an axis, with states that go from one to the next. */
export const scan: Routine = {
  opType: 'Scan',
  since: 8,
  inputs: [0, MANY],
  outputs: [1, MANY],
  run: (node, inputs, context) =>
    node.opset < 9 ? runBatches(node, inputs, context) : runScan(node, inputs, context),
};
