import { float, int } from '@zeroskip/onnx';
import { type GraphType, row, type Translate, type Translations } from '../builder.ts';
import { partsOf } from './parts.ts';

/** A tensor of one value in dims that an operand gives. */
const constant =
  (value: 0 | 1): Translate =>
  (node, [shape], builder) => {
    const scalar = builder.scalar(`${node.name}/value`, node.type('dtype', 'float32'), value);
    const dims = builder.wideVector(shape!);
    return builder.plain(
      builder.node(node.name, 'Expand', [scalar, dims]),
      shape!.length ?? shape!.constant?.dims[0],
    );
  };

const linSpace: Translate = (target, [start, stop, num], builder) => {
  const { node, whole } = partsOf(target.name, builder);
  const count = builder.wide(num!).name;
  const gaps = node('gaps', 'Max', [node('less', 'Sub', [count, whole('one', 1)]), whole('first', 1)]);
  const span = node('span', 'Sub', [stop!.name, start!.name]);
  const step = node('step', 'Div', [span, builder.cast(`${target.name}/gaps`, gaps, 'float32')]);
  const places = node('places', 'Range', [whole('zero', 0), count, whole('by', 1)]);
  const scaled = node('scaled', 'Mul', [builder.cast(`${target.name}/places`, places, 'float32'), step]);
  return builder.plain(node('values', 'Add', [scaled, start!.name]), 1);
};

/** Random numbers in dims that an operand gives, by a seed where the node has one that is not 0. */
function random(opType: string, attributes: (node: Parameters<Translate>[0]) => object): Translate {
  return (target, [shape], builder) => {
    const { node } = partsOf(target.name, builder);
    const seed = target.int('seed') || target.int('seed2');
    const zeros = node('zeros', 'Expand', [
      builder.scalar(`${target.name}/zero`, 'float32', 0),
      builder.wideVector(shape!),
    ]);
    const all = { ...attributes(target), ...(seed !== 0 && { seed: float(seed) }) };
    const rank = shape!.length ?? shape!.constant?.dims[0];
    return builder.plain(builder.node(target.name, opType, [zeros], all), rank);
  };
}

const uniform = random('RandomUniformLike', (node) => ({
  low: float(node.float('minval', 0)),
  high: float(node.float('maxval', 1)),
}));

/** Whole numbers from the second operand to below the third. */
const uniformInt: Translate = (target, inputs, builder) => {
  const { node } = partsOf(target.name, builder);
  const [low, high] = [inputs[1]!, inputs[2]!].map(({ name }) =>
    builder.cast(`${target.name}/bound`, name, 'float32'),
  );
  const share = [uniform(target, inputs, builder)].flat()[0]!;
  const scaled = node('scaled', 'Mul', [share.name, node('span', 'Sub', [high!, low!])]);
  const floor = node('whole', 'Floor', [node('moved', 'Add', [scaled, low!])]);
  return builder.like(share, builder.cast(`${target.name}/int32`, floor, 'int32'));
};

const multinomial: Translate = (node, [logits, count], builder) => {
  const [samples = 1] = builder.integers(node, count, 'the number of samples');
  const seed = node.int('seed') || node.int('seed2');
  const attributes = { sample_size: int(samples), ...(seed !== 0 && { seed: float(seed) }) };
  const drawn = builder.node(node.name, 'Multinomial', [logits!.name], attributes);
  return builder.plain(
    builder.cast(`${node.name}/drawn`, drawn, node.type('output_dtype', 'int32') as GraphType),
    2,
  );
};

export const creation: Translations = {
  Ones: row(1, constant(1)),
  Zeros: row(1, constant(0)),
  LinSpace: row(3, linSpace),
  RandomStandardNormal: row(
    1,
    random('RandomNormalLike', () => ({})),
  ),
  RandomUniform: row(1, uniform),
  RandomUniformInt: row(3, uniformInt),
  Multinomial: row(2, multinomial),
};
