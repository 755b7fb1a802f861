import { int } from '@zeroskip/onnx';
import type { GraphBuilder } from '../../tfjs/graph/builder.ts';
import type { LiteNode } from '../node.ts';
import { sequenceLstm } from '../options.ts';
import { row, type Translate, type Translations } from '../translation.ts';

/** Places of the operands; gates stand in the order input, forget, cell, output. */
const INPUT_WEIGHTS = 1;
const RECURRENT_WEIGHTS = 5;
const PEEPHOLES = 9;
const BIASES = 12;
const PROJECTION = 16;
const STATE = 18;
const CELL = 19;
const NORMALIZATION = 20;

/** Of a gate of ONNX, in its order: input, output, forget, cell. */
const GATES = [0, 3, 1, 2];
const TANH = 4;

/** Peepholes are for three gates: input, forget, output. ONNX takes input, output, forget. */
const PEEPHOLE_GATES = [0, 2, 1];

function checkSupported(node: LiteNode): void {
  const { activation, cellClip, projClip } = node.options(sequenceLstm);
  if (activation !== TANH) throw node.unsupported('the activation', 'TANH (4)', activation);
  if (cellClip !== 0 || projClip !== 0) {
    throw node.unsupported('bounds of cells and projections', '0, for none,', [cellClip, projClip]);
  }
  if (!node.has(INPUT_WEIGHTS)) throw node.unsupported('weights of the input gate', 'a tensor', 'none');
  for (const at of [PROJECTION, NORMALIZATION]) {
    if (node.has(at)) throw node.unsupported(`input ${at}`, 'none', 'a tensor');
  }
  const { isQuantized } = node.tensor(0);
  if (isQuantized) throw node.unsupported('the input', 'floats', 'integers');
}

/** A state that a run begins with; undefined for zeros. */
function initial(node: LiteNode, at: number, builder: GraphBuilder): string {
  if (!node.has(at) || (node.tensor(at).isVariable && node.tensor(at).constant() === undefined)) return '';
  const axes = builder.int64s(`${node.name}/axes`, [0]);
  return builder.node(`${node.name}/initial`, 'Unsqueeze', [node.input(at).name, axes]);
}

/** One matrix or vector of all gates, with an axis before it for ONNX's directions. */
function joined(
  node: LiteNode,
  first: number,
  gates: readonly number[],
  builder: GraphBuilder,
  after: readonly string[] = [],
): string {
  const parts = gates.map((gate) => node.input(first + gate).name);
  const all = builder.node(`${node.name}/gates`, 'Concat', [...parts, ...after], { axis: int(0) });
  return builder.node(`${node.name}/weights`, 'Unsqueeze', [all, builder.int64s(`${node.name}/axes`, [0])]);
}

/** Of a layer that keeps no state from run to run. */
const lstm: Translate = (node, builder) => {
  checkSupported(node);
  const { name } = node;
  const { timeMajor } = node.options(sequenceLstm);
  const [units, others] = node.dims(RECURRENT_WEIGHTS, 2) as [number, number];
  if (units !== others) {
    throw node.error(
      `dims of input ${RECURRENT_WEIGHTS}`,
      'as many rows as columns',
      [units, others],
      'ERR_INVALID_SHAPE',
    );
  }
  node.dims(0, 3);
  const input = builder.modelOrder(node.input(0)).name;
  const sequence = timeMajor ? input : builder.permuted(input, [1, 0, 2]);
  const none = builder.emitter.filled(`${name}/none`, GATES.length * units, 0);
  const hasPeepholes = node.has(PEEPHOLES);
  const operands = [
    sequence,
    joined(node, INPUT_WEIGHTS, GATES, builder),
    joined(node, RECURRENT_WEIGHTS, GATES, builder),
    joined(node, BIASES, GATES, builder, [none]),
    '',
    initial(node, STATE, builder),
    initial(node, CELL, builder),
    ...(hasPeepholes ? [joined(node, PEEPHOLES, PEEPHOLE_GATES, builder)] : []),
  ];
  const [all] = builder.emitter.multiple(name, 'LSTM', operands, 1, { hidden_size: int(units) });
  const states = builder.node(`${name}/states`, 'Squeeze', [all!, builder.int64s(`${name}/direction`, [1])]);
  return builder.plain(timeMajor ? states : builder.permuted(states, [1, 0, 2]), 3);
};

export const recurrent: Translations = { UNIDIRECTIONAL_SEQUENCE_LSTM: row(20, lstm) };
