import type { Translate, Translations } from '../emitter.ts';
import { activations } from './activation.ts';
import { convolutions } from './convolution.ts';
import { others } from './dense-and-normalization.ts';
import { merges } from './merge.ts';
import { poolings } from './pooling.ts';
import { shapes } from './shape.ts';

/** Only training changes what these let through. */
const PASS_THROUGH = [
  'Dropout',
  'SpatialDropout1D',
  'SpatialDropout2D',
  'GaussianDropout',
  'GaussianNoise',
  'AlphaDropout',
  'ActivityRegularization',
];

const passThrough: Translate = (layer, inputs) => {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1) throw layer.error('inputs', 'one', inputs.length);
  return input;
};

/** Every layer class that models may have, apart from inputs and models inside models. */
export const translations: ReadonlyMap<string, Translate> = new Map(
  Object.entries<Translate>({
    ...convolutions,
    ...poolings,
    ...activations,
    ...merges,
    ...shapes,
    ...others,
    ...(Object.fromEntries(PASS_THROUGH.map((name) => [name, passThrough])) satisfies Translations),
  }),
);
