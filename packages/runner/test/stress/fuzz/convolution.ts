import {
  type ActivationName,
  algorithms,
  Convolution,
  convolve,
  denseView,
  estimateMs,
  nominalRates,
  Program,
  refusal,
  type Step,
} from '@zeroskip/kernels';
import {
  type ConvSpec,
  convSpec,
  dilatedExtent,
  outputSize,
  type Pads,
  type Pair,
  Tensor,
  weightCount,
} from '@zeroskip/tensor';
import { configurations } from '../../../../kernels/test/conformance/configurations.ts';
import { ViewedConformance } from '../../../../kernels/test/conformance/viewed-conformance.ts';
import type { ViewedConvolution } from '../../../../kernels/test/conformance/viewed-convolution.ts';
import { bytesText, type FuzzTarget, jsonBytes, pick, type Random, withoutPlaces } from './target.ts';

/** Keeps an input within a millisecond or two: all algorithms compute it. */
const MAX_PRODUCTS = 4000;
/** What a damaged call may ask for, so that no input takes long for its size alone. */
const MAX_VALUES = 100_000;

/** A convolution that every algorithm that accepts it must compute alike. */
interface Sound {
  readonly kind: 'sound';
  readonly viewed: ViewedConvolution;
  /** Where among the algorithms' configurations those begin that compute it, and how many they are. */
  readonly first: number;
  readonly count: number;
}

/** Calls with one or more of these values damaged. JSON has no NaN: text in its place is turned back. */
interface Damaged {
  readonly kind: 'damaged';
  readonly call: Call;
  readonly values: Record<string, unknown>;
}

type Call = 'convolve' | 'program' | 'estimate' | 'workspace' | 'pool';

export function sound(random: Random): Sound {
  const whole = (min: number, max: number) => min + Math.floor(random() * (max - min + 1));
  for (;;) {
    const group = random() < 0.6 ? 1 : whole(1, 6);
    const most = random() < 0.15 ? 40 : 6;
    const spec: ConvSpec = {
      group,
      inChannels: group * whole(1, group === 1 ? most : 3),
      outChannels: group * whole(1, group === 1 ? most : 3),
      kernel: [whole(1, 4), whole(1, 4)],
      strides: [whole(1, 3), whole(1, 3)],
      dilations: [whole(1, 2), whole(1, 3)],
      pads: [whole(0, 3), whole(0, 3), whole(0, 3), whole(0, 3)],
    };
    const input: [number, number] = [whole(1, 9), random() < 0.1 ? whole(10, 40) : whole(1, 9)];
    const batch = whole(1, 2);
    const fits = input.every(
      (extent, axis) =>
        extent + spec.pads[axis]! + spec.pads[axis + 2]! >=
        dilatedExtent(spec.kernel[axis]!, spec.dilations[axis]!),
    );
    if (!fits) continue;
    const [height, width] = outputSize(spec, input);
    if (batch * height * width * weightCount(spec) > MAX_PRODUCTS) continue;
    const gap = () => (random() < 0.5 ? 0 : whole(1, 20));
    const gaps = () => ({ pixel: gap(), row: gap(), image: gap() });
    const specials = pick([undefined, undefined, 'map', 'weights'] as const, random);
    return {
      kind: 'sound',
      first: whole(0, 1000),
      count: random() < 0.1 ? 1000 : 2,
      viewed: {
        convolution: {
          name: 'random',
          spec,
          batch,
          input,
          density: pick([0, 0.05, 0.3, 0.6, 1], random),
          zeroChannels: random() < 0.2,
          zeroRegion: random() < 0.2,
          seed: whole(1, 2 ** 31),
        },
        hasBias: random() < 0.5,
        relu: random() < 0.5,
        addition: pick(['none', 'none', 'before activation', 'after activation'], random),
        lead: whole(0, 17),
        inputGaps: gaps(),
        addendGaps: gaps(),
        outputGaps: gaps(),
        last: pick(['input', 'output'], random),
        threads: pick([1, 1, 1, 1, 1, 1, 1, 2, 3], random),
        ...(specials && { specials }),
      },
    };
  }
}

const strange: readonly unknown[] = [
  ...[0, -1, 1, 2, 3, 5, 1.5, -0.5, 2 ** 20, 2 ** 20 + 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300],
  ...['NaN', 'Infinity', '-Infinity', '', '3', 'im2col', 'relu', null, true, [], {}, [1], [1, 1], [1, 2, 3]],
  ...[
    [0, 0, 0, 0],
    [-1, 0, 0, 0],
    [2 ** 31, 1],
  ],
];

/** What the calls take, as far as it is not damaged. */
const sane = {
  inChannels: 2,
  outChannels: 3,
  group: 1,
  kernel: [2, 3] as Pair,
  strides: [1, 1] as Pair,
  dilations: [1, 1] as Pair,
  pads: [1, 0, 1, 0] as Pads,
  algorithm: '',
  parameters: {} as Record<string, number>,
  activation: 'none' as ActivationName,
  alpha: 0,
  beta: 0,
  weights: 36,
  bias: 3 as number | null,
  threads: 1,
  batch: 1,
  height: 5,
  width: 6,
  outHeight: 6,
  outWidth: 4,
  channels: 2,
  offset: 0,
  outOffset: 64,
  stride: 2,
  outStride: 3,
  rowStride: 12,
  imageStride: 72,
  denseAbove: 1,
  density: 0.5,
};

function damaged(random: Random): Damaged {
  const values: Record<string, unknown> = {
    ...structuredClone(sane),
    algorithm: pick(algorithms(), random).id,
  };
  for (let count = 1 + Math.floor(random() * 3); count > 0; count--) {
    const key = pick(Object.keys(values), random);
    const old = values[key];
    if (Array.isArray(old) && random() < 0.6) {
      const list = [...old];
      list[Math.floor(random() * list.length)] = pick(strange, random);
      values[key] = list;
    } else values[key] = structuredClone(pick(strange, random));
  }
  return {
    kind: 'damaged',
    call: pick(['convolve', 'program', 'estimate', 'workspace', 'pool'], random),
    values,
  };
}

/** The values with NaN and infinities in place of their names. */
function revived(value: unknown): unknown {
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  if (Array.isArray(value)) return value.map(revived);
  return value;
}

const isSmall = (value: unknown) => typeof value === 'number' && value <= MAX_VALUES;
const array = (length: unknown) =>
  (isSmall(length) && Number.isInteger(length) && (length as number) >= 0
    ? new Float32Array(length as number).fill(1)
    : length) as Float32Array;

async function attemptDamaged({ call, values: given }: Damaged): Promise<void> {
  const v = Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, revived(value)]),
  ) as unknown as typeof sane;
  const spec: ConvSpec = v;
  const input = [v.height, v.width] as const;
  const { rowStride, imageStride } = v;
  const strides = (pixelStride: number) => ({ pixelStride, rowStride, imageStride });
  if (call === 'pool') {
    const step = {
      op: 'pool',
      kind: 'max',
      kernelH: v.group,
      kernelW: v.outChannels,
      strideH: v.stride,
      strideW: v.inChannels,
      dilationH: v.batch,
      dilationW: 1,
      padTop: v.threads,
      padLeft: 0,
      padBottom: 0,
      padRight: v.offset,
      countIncludePad: false,
      input: {
        ...denseView(v.offset, v.batch, v.height, v.width, v.channels),
        ...strides(v.stride),
      },
      output: {
        ...denseView(v.outOffset, v.batch, v.outHeight, v.outWidth, v.channels),
        ...strides(v.outStride),
      },
    } as unknown as Step;
    await execute([step], 1);
    return;
  }
  if (call === 'estimate') {
    const dims = [v.batch, v.channels, v.height, v.width] as const;
    const ms = estimateMs(v.algorithm, spec, dims, { density: v.density, sets: v.density }, nominalRates());
    if (!(ms >= 0)) throw new Error(`Estimated ${ms} ms.`);
    return;
  }
  refusal(v.algorithm, spec, input);
  if (weightCount(convSpec(spec)) > MAX_VALUES) return;
  using convolution = new Convolution(spec, array(v.weights), v.bias === null ? undefined : array(v.bias), {
    algorithm: v.algorithm,
    parameters: v.parameters,
    activation: { name: v.activation, alpha: v.alpha, beta: v.beta },
  });
  if (call === 'workspace') {
    convolution.workspaceBytes(input, { batch: v.batch, threads: v.threads });
    return;
  }
  if (call === 'convolve') {
    const dims = [v.batch, v.channels, v.height, v.width];
    const size = dims.reduce((product, dim) => product * dim, 1);
    const out = outputSize(convolution.spec, input).reduce((product, dim) => product * dim, v.outChannels);
    if (size > MAX_VALUES || out * v.batch > MAX_VALUES) return;
    await convolve(new Tensor('float32', array(size), dims), convolution, { threads: v.threads });
    return;
  }
  const step = {
    op: 'conv',
    convolution,
    input: {
      ...denseView(v.offset, v.batch, v.height, v.width, v.channels),
      ...strides(v.stride),
    },
    output: {
      ...denseView(v.outOffset, v.batch, v.outHeight, v.outWidth, v.outChannels),
      ...strides(v.outStride),
    },
    denseAbove: v.denseAbove,
  } as Step;
  await execute([step], v.threads);
}

async function execute(steps: readonly Step[], threads: number): Promise<void> {
  const program = new Program(steps);
  try {
    const values = steps.reduce((sum, { output: { n, h, w, c } }) => sum + n * h * w * c, 0);
    if (program.arenaFloats > MAX_VALUES || values > MAX_VALUES) return;
    const run = program.createRun();
    try {
      await run.execute({ threads });
    } finally {
      run.release();
    }
  } finally {
    program.release();
  }
}

let known: ReturnType<typeof configurations> | undefined;

async function attemptSound({ viewed, first, count }: Sound): Promise<void> {
  known ??= configurations();
  const conformance = new ViewedConformance(viewed);
  for (let i = 0; i < Math.min(count, known.length); i++) {
    const configuration = known[(first + i) % known.length]!;
    const verdict = await conformance.verdict(configuration);
    if (verdict.kind === 'failed') throw new Error(`${configuration.name}: ${verdict.reason}`);
  }
}

export const convolution: FuzzTarget = {
  name: 'convolution',
  guided: false,
  simpler: withoutPlaces,
  seeds: [jsonBytes({ kind: 'none' })],
  mutate: (_parent, _other, random) => jsonBytes(random() < 0.6 ? sound(random) : damaged(random)),
  async attempt(input) {
    const parsed = JSON.parse(bytesText(input)) as Sound | Damaged | { kind: 'none' };
    if (parsed.kind === 'sound') await attemptSound(parsed);
    if (parsed.kind === 'damaged') await attemptDamaged(parsed);
  },
};
