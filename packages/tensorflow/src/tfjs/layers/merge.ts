import { int } from '@zeroskip/onnx';
import type { Emitter, Translate, Translations } from '../emitter.ts';
import { axisIn, type KerasValue } from '../keras-value.ts';
import type { Layer } from '../layer.ts';

/** The inputs in one order of axes, with the rank of the first. */
function merged(layer: Layer, inputs: readonly KerasValue[], emitter: Emitter): KerasValue[] {
  const [first] = inputs;
  if (first === undefined) throw layer.error('inputs', 'at least one', 0);
  const { rank } = first;
  const other = inputs.find((input) => input.rank !== rank);
  if (other !== undefined) throw layer.unsupported('rank of an input', String(rank), other.rank);
  const second = inputs.some(({ order }) => order === 'channelsSecond');
  return inputs.map((input) => (second ? emitter.channelsSecond(input) : emitter.modelOrder(input)));
}

function elementwise(opType: string, count?: number): Translate {
  return (layer, inputs, emitter) => {
    if (count !== undefined && inputs.length !== count)
      throw layer.error('inputs', String(count), inputs.length);
    const values = merged(layer, inputs, emitter);
    const [first, ...others] = values as [KerasValue, ...KerasValue[]];
    // Operators of two operands take more one by one.
    const isVariadic = opType !== 'Add' && opType !== 'Mul' && opType !== 'Sub';
    if (isVariadic) {
      const operands = values.map(({ name }) => name);
      return { ...first, name: emitter.node(layer.name, opType, operands) };
    }
    const name = others.reduce(
      (sum, value) => emitter.node(layer.name, opType, [sum, value.name]),
      first.name,
    );
    return { ...first, name };
  };
}

export const merges: Translations = {
  Add: elementwise('Add'),
  Subtract: elementwise('Sub', 2),
  Multiply: elementwise('Mul'),
  Average: elementwise('Mean'),
  Maximum: elementwise('Max'),
  Minimum: elementwise('Min'),
  Concatenate: (layer, inputs, emitter) => {
    const values = merged(layer, inputs, emitter);
    const [first] = values as [KerasValue];
    const axis = layer.axis('axis', first.rank, -1);
    if (axis === 0) throw layer.unsupported('axis', 'an axis other than that of the batch', axis);
    const operands = values.map(({ name }) => name);
    const attributes = { axis: int(axisIn(first, axis)) };
    return { ...first, name: emitter.node(layer.name, 'Concat', operands, attributes) };
  },
};
