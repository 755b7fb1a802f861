import { convSpec, dilatedExtent, outputSize, type Pads, type Pair, weightCount } from '@zeroskip/tensor';
import type { EdgeCase } from '@zeroskip/test-utils';
import fc from 'fast-check';

/** Floats between the ranges of neighbouring pixels, and those that rows and images have behind their pixels. */
export interface Gaps {
  readonly pixel: number;
  readonly row: number;
  readonly image: number;
}

/**
 * A convolution of a range of channels of one map into a range of channels of another, perhaps with a third one added.
 */
export interface ViewedConvolution {
  readonly convolution: EdgeCase;
  readonly hasBias: boolean;
  readonly relu: boolean;
  /** Whether another map is added to the result, and when. */
  readonly addition: 'none' | 'before activation' | 'after activation';
  /** Floats before the first map. */
  readonly lead: number;
  readonly inputGaps: Gaps;
  readonly addendGaps: Gaps;
  readonly outputGaps: Gaps;
  /** Which map ends where the arena ends. */
  readonly last: 'input' | 'output';
  readonly threads: number;
  /** Values among the map's or the weights' that are NaN, infinite, denormal or -0; none where absent. */
  readonly specials?: 'map' | 'weights';
}

/** Keeps a case within some ten milliseconds. */
const MAX_PRODUCTS = 1_000_000;

const integer = (min: number, max: number) => fc.integer({ min, max });
const pad = integer(0, 6);

/** Half of them from `usual`: the ones that algorithms have loops of their own for. */
const pairs = (usual: readonly Pair[], max: number): fc.Arbitrary<Pair> =>
  fc.oneof(fc.constantFrom(...usual), fc.tuple(integer(1, max), integer(1, max)));

const channels = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ group: fc.constant(1), groupIn: integer(1, 80), groupOut: integer(1, 80) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ group: integer(1, 20), groupIn: integer(1, 9), groupOut: integer(1, 9) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ group: integer(1, 80), groupIn: fc.constant(1), groupOut: integer(1, 2) }),
  },
);

const specs = fc
  .record({
    channels,
    kernel: pairs(
      [
        [1, 1],
        [3, 3],
        [5, 5],
        [7, 7],
        [1, 7],
        [7, 1],
      ],
      7,
    ),
    strides: pairs(
      [
        [1, 1],
        [1, 1],
        [2, 2],
      ],
      4,
    ),
    dilations: pairs([[1, 1]], 4),
    pads: fc.tuple(pad, pad, pad, pad) as fc.Arbitrary<Pads>,
  })
  .map(({ channels: { group, groupIn, groupOut }, ...geometry }) =>
    convSpec({ ...geometry, group, inChannels: group * groupIn, outChannels: group * groupOut }),
  );

function fits({ spec, batch, input }: Pick<EdgeCase, 'spec' | 'batch' | 'input'>): boolean {
  const { kernel, dilations, pads } = spec;
  const inside = input.every(
    (extent, axis) =>
      extent + pads[axis]! + pads[axis + 2]! >= dilatedExtent(kernel[axis]!, dilations[axis]!),
  );
  if (!inside) return false;
  const [height, width] = outputSize(spec, input);
  return batch * height * width * weightCount(spec) <= MAX_PRODUCTS;
}

const convolutions: fc.Arbitrary<EdgeCase> = fc
  .record({
    name: fc.constant('random'),
    spec: specs,
    batch: integer(1, 3),
    input: fc.tuple(integer(1, 40), integer(1, 40)) as fc.Arbitrary<Pair>,
    density: fc.constantFrom(0.3, 1, 0.05, 0),
    zeroChannels: fc.boolean(),
    zeroRegion: fc.boolean(),
    seed: integer(1, 2 ** 31),
  })
  .filter(fits);

const gap = fc.oneof(fc.constant(0), integer(1, 20));
const gaps: fc.Arbitrary<Gaps> = fc.record({ pixel: gap, row: gap, image: gap });

/** Convolutions of any geometry, between views of any stride and alignment. */
export const viewedConvolutions: fc.Arbitrary<ViewedConvolution> = fc.record({
  convolution: convolutions,
  hasBias: fc.boolean(),
  relu: fc.boolean(),
  addition: fc.constantFrom('none', 'before activation', 'after activation'),
  lead: integer(0, 17),
  inputGaps: gaps,
  addendGaps: gaps,
  outputGaps: gaps,
  last: fc.constantFrom('input', 'output'),
  threads: integer(1, 3),
});

/** The same with kernels of 3 × 3, no stride and no dilation. */
export const viewedWindows: fc.Arbitrary<ViewedConvolution> = viewedConvolutions
  .map(({ convolution, ...views }) => {
    const spec = convSpec({ ...convolution.spec, kernel: [3, 3], strides: [1, 1], dilations: [1, 1] });
    return { ...views, convolution: { ...convolution, spec } };
  })
  .filter(({ convolution }) => fits(convolution));
