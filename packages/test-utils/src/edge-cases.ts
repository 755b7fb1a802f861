import {
  type ConvSpec,
  convSpec,
  dilatedExtent,
  outputSize,
  type Pads,
  type Pair,
  weightCount,
} from '@zeroskip/tensor';
import { pairwise } from './pairwise.ts';
import { seededRandom, sparseValues } from './random.ts';

/** One convolution of the conformance sweep, with what its input looks like. */
export interface EdgeCase {
  readonly name: string;
  readonly spec: ConvSpec;
  readonly batch: number;
  /** Height and width before padding. */
  readonly input: Pair;
  readonly density: number;
  /** Two channels in three hold zeros only. */
  readonly zeroChannels?: boolean;
  /** A rectangle over at least half the height and width holds zeros only, in every channel. */
  readonly zeroRegion?: boolean;
  readonly seed: number;
}

/** Keeps the double-precision reference of a case within some ten milliseconds. */
const MAX_PRODUCTS = 2_000_000;

const FACTORS = {
  width: Array.from({ length: 40 }, (_, i) => i + 1),
  height: [1, 2, 5, 8, 13],
  kernel: [
    [1, 1],
    [3, 3],
    [5, 5],
    [7, 7],
    [1, 7],
    [7, 1],
  ],
  strides: [
    [1, 1],
    [2, 2],
    [3, 3],
    [1, 2],
    [2, 1],
    [3, 1],
    [1, 3],
  ],
  dilations: [
    [1, 1],
    [2, 2],
    [3, 3],
    [4, 4],
    [1, 3],
    [4, 1],
  ],
  pads: ['none', 'same', 'top-left', 'bottom-right', 'all different', 'wider than the kernel'],
  inChannels: [1, 3, 15, 16, 17, 64, 100],
  outChannels: [1, 3, 15, 16, 17, 64, 100],
  grouping: ['dense', 'groups', 'depthwise', 'depthwise ×2'],
  density: [0, 0.01, 0.1, 0.5, 1],
  zeros: ['scattered', 'zero channels', 'zero region'],
  batch: [1, 2],
} as const;

type Choice = { [F in keyof typeof FACTORS]: (typeof FACTORS)[F][number] };

function smallestFactor(n: number): number {
  for (let f = 2; f * f <= n; f++) if (n % f === 0) return f;
  return n;
}

function channelsOf({ grouping, inChannels, outChannels }: Choice) {
  if (grouping === 'dense') return { group: 1, outChannels };
  if (grouping === 'depthwise') return { group: inChannels, outChannels: inChannels };
  if (grouping === 'depthwise ×2') return { group: inChannels, outChannels: inChannels * 2 };
  const group = smallestFactor(inChannels);
  return { group, outChannels: Math.ceil(outChannels / group) * group };
}

function padsOf({ pads, kernel, dilations }: Choice): Pads {
  const h = dilatedExtent(kernel[0], dilations[0]) - 1;
  const w = dilatedExtent(kernel[1], dilations[1]) - 1;
  switch (pads) {
    case 'none':
      return [0, 0, 0, 0];
    case 'same':
      return [Math.floor(h / 2), Math.floor(w / 2), Math.ceil(h / 2), Math.ceil(w / 2)];
    case 'top-left':
      return [h, w, 0, 0];
    case 'bottom-right':
      return [0, 0, h, w];
    case 'all different':
      return [1, 2, h + 3, w];
    case 'wider than the kernel':
      return [h + 2, w + 1, h + 1, w + 3];
  }
}

function specOf(choice: Choice): ConvSpec {
  return convSpec({
    inChannels: choice.inChannels,
    ...channelsOf(choice),
    kernel: choice.kernel,
    strides: choice.strides,
    dilations: choice.dilations,
    pads: padsOf(choice),
  });
}

function isValid(choice: Choice): boolean {
  const spec = specOf(choice);
  const fits = [choice.height, choice.width].every(
    (extent, axis) =>
      extent + spec.pads[axis]! + spec.pads[axis + 2]! >=
      dilatedExtent(spec.kernel[axis]!, spec.dilations[axis]!),
  );
  if (!fits) return false;
  const [oh, ow] = outputSize(spec, [choice.height, choice.width]);
  return choice.batch * oh * ow * weightCount(spec) <= MAX_PRODUCTS;
}

function nameOf(choice: Choice, spec: ConvSpec): string {
  const { zeros, batch, density, height, width } = choice;
  return [
    `${spec.kernel.join('x')} s${spec.strides.join('x')} d${spec.dilations.join('x')} p${spec.pads.join(',')}`,
    `${spec.inChannels}->${spec.outChannels} g${spec.group}`,
    `${batch}x${height}x${width}`,
    `density ${density}`,
    ...(zeros === 'scattered' ? [] : [zeros]),
  ].join(' ');
}

/** The plainest layer at every width, so that a failure at one width alone is easy to see. */
function plainChoices(): Choice[] {
  const { width, inChannels, outChannels } = FACTORS;
  return width.map((w, i) => ({
    width: w,
    height: 8,
    kernel: [3, 3],
    strides: [1, 1],
    dilations: [1, 1],
    pads: 'same',
    inChannels: inChannels[i % inChannels.length]!,
    outChannels: outChannels[(i * 3) % outChannels.length]!,
    grouping: 'dense',
    density: 0.5,
    zeros: 'scattered',
    batch: 1,
  }));
}

/** Plain 3×3 layers with every padding at every height. */
function windowChoices(): Choice[] {
  const { height, pads, inChannels, outChannels } = FACTORS;
  return pads.flatMap((padding, p) =>
    height.map((h, i) => ({
      width: 1 + ((p * 5 + i * 3) % 14),
      height: h,
      kernel: [3, 3] as const,
      strides: [1, 1] as const,
      dilations: [1, 1] as const,
      pads: padding,
      inChannels: inChannels[(p + i + 1) % inChannels.length]!,
      outChannels: outChannels[(p + 2 * i) % outChannels.length]!,
      grouping: i % 2 === 0 ? ('dense' as const) : ('groups' as const),
      density: 1 as const,
      zeros: 'scattered' as const,
      batch: p % 2 === 0 ? (2 as const) : (1 as const),
    })),
  );
}

/**
 * A plain 3×3 layer at every width, and with every padding, then convolutions in which every two values of FACTORS
 * that fit together meet at least once. The list is the same on every call and every machine.
 */
export function* edgeCases(): Generator<EdgeCase> {
  let seed = 1;
  for (const choice of [
    ...plainChoices(),
    ...windowChoices().filter(isValid),
    ...pairwise<Choice>(FACTORS, isValid, 1),
  ]) {
    const spec = specOf(choice);
    yield {
      name: nameOf(choice, spec),
      spec,
      batch: choice.batch,
      input: [choice.height, choice.width],
      density: choice.density,
      ...(choice.zeros === 'zero channels' ? { zeroChannels: true } : {}),
      ...(choice.zeros === 'zero region' ? { zeroRegion: true } : {}),
      seed: seed++,
    };
  }
}

/** Over at least half of `extent`. */
function zeroRange(extent: number, random: () => number): [number, number] {
  const length = Math.ceil(extent / 2);
  const start = Math.floor(random() * (extent - length + 1));
  return [start, start + length];
}

/** The input of a case: N × C × H × W. */
export function seededMap(edgeCase: EdgeCase): Float32Array {
  const [height, width] = edgeCase.input;
  const channels = edgeCase.spec.inChannels;
  const map = sparseValues(edgeCase.batch * channels * height * width, edgeCase.density, edgeCase.seed);
  const random = seededRandom(edgeCase.seed ^ 0x5eed);
  const [top, bottom] = zeroRange(height, random);
  const [left, right] = zeroRange(width, random);
  for (let plane = 0; plane < edgeCase.batch * channels; plane++) {
    const start = plane * height * width;
    if (edgeCase.zeroChannels && plane % 3 !== 1) map.fill(0, start, start + height * width);
    if (edgeCase.zeroRegion) {
      for (let y = top; y < bottom; y++) map.fill(0, start + y * width + left, start + y * width + right);
    }
  }
  return map;
}

/** Weights of a case: M × C/group × kH × kW, none of them zero. */
export function seededWeights(edgeCase: EdgeCase): Float32Array {
  return sparseValues(weightCount(edgeCase.spec), 1, edgeCase.seed + 0x10000);
}

/** Bias of a case: one value per output channel, none of them zero. */
export function seededBias(edgeCase: EdgeCase): Float32Array {
  return sparseValues(edgeCase.spec.outChannels, 1, edgeCase.seed + 0x20000);
}
