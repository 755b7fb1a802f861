import { seededRandom } from '@zeroskip/test-utils';
import { expect, it } from 'vitest';
import { InferenceSession, Tensor } from '../src/index.ts';
import { operators } from '../src/ops/index.ts';
import {
  encode,
  float32,
  int64,
  type Message,
  type ModelParts,
  modelProto,
  node,
  valueInfo,
} from './onnx.ts';

const RUNS = Number(process.env.ZEROSKIP_FUZZ_RUNS ?? 3000);
const SEED = Number(process.env.ZEROSKIP_FUZZ_SEED ?? 1);

const coded = /^ERR_(INVALID_(ARGUMENT|SHAPE|TYPE|MODEL)|LIMIT_EXCEEDED|UNSUPPORTED_(OPERATOR|TYPE)|FILE)$/;
const limits = { maxRunBytes: 2 ** 20, maxFoldedBytes: 2 ** 20 };

const x = [valueInfo('x', 'float32', [1, 4, 6, 6])];
const y = [valueInfo('y', 'float32', ['a', 'b', 'c', 'd'])];
const parts: readonly ModelParts[] = [
  {
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['c'], {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
        dilations: [1, 1],
        group: 2,
      }),
      node('Relu', ['c'], ['y']),
    ],
    inputs: x,
    outputs: y,
    constants: { w: float32([6, 2, 3, 3]), b: float32([6]) },
  },
  {
    nodes: [
      node('MaxPool', ['x'], ['p'], {
        kernel_shape: [2, 2],
        strides: [2, 2],
        pads: [0, 0, 1, 1],
        ceil_mode: 1,
      }),
      node('Resize', ['p', '', 'scales'], ['r'], {
        mode: 'linear',
        coordinate_transformation_mode: 'half_pixel',
      }),
      node('Concat', ['r', 'r'], ['y'], { axis: 1 }),
    ],
    inputs: x,
    outputs: y,
    constants: { scales: float32([4], [1, 1, 2, 2]) },
  },
  {
    nodes: [
      node('Slice', ['x', 'starts', 'ends', 'axes', 'steps'], ['s']),
      node('Pad', ['s', 'pads'], ['p'], { mode: 'reflect' }),
      node('Reshape', ['p', 'dims'], ['r']),
      node('Transpose', ['r'], ['y'], { perm: [0, 2, 1] }),
    ],
    inputs: x,
    outputs: y,
    constants: {
      starts: int64([0, -1]),
      ends: int64([4, -7]),
      axes: int64([1, 3]),
      steps: int64([2, -1]),
      pads: int64([0, 0, 1, 1, 0, 0, 1, 1]),
      dims: int64([1, 2, -1]),
    },
  },
  {
    nodes: [
      node('Shape', ['x'], ['s']),
      node('Gather', ['s', 'first'], ['n'], { axis: 0 }),
      node('Concat', ['n', 'rest'], ['dims'], { axis: 0 }),
      node('ConstantOfShape', ['dims'], ['k'], { value: float32([1], [2]) }),
      node('ReduceMean', ['x'], ['m'], { axes: [2, 3] }),
      node('Split', ['m', 'sizes'], ['a', 'b'], { axis: 1 }),
      node('Mul', ['a', 'k'], ['y']),
    ],
    inputs: x,
    outputs: y,
    constants: { first: int64([0]), rest: int64([3, 5, 5]), sizes: int64([1, 3]) },
  },
  {
    nodes: [
      node('ConvTranspose', ['x', 'w'], ['t'], {
        strides: [2, 2],
        output_padding: [1, 1],
        pads: [1, 1, 1, 1],
      }),
      node('Flatten', ['t'], ['f'], { axis: 1 }),
      node('TopK', ['f', 'k'], ['v', 'i'], { axis: -1, largest: 1 }),
      node('Gemm', ['v', 'g'], ['h'], { alpha: { float: 0.5 }, transB: 1 }),
      node('Softmax', ['h'], ['y'], { axis: 1 }),
    ],
    inputs: x,
    outputs: y,
    constants: { w: float32([4, 2, 3, 3]), k: int64([7]), g: float32([3, 7]) },
  },
];

const numbers = [
  0n,
  1n,
  -1n,
  2n,
  3n,
  7n,
  -2n,
  100n,
  65536n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 53n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];
const floats = [0, -0, 1, -1, 0.5, 1e-45, 3e38, Number.NaN, Number.POSITIVE_INFINITY];
const words = ['', 'SAME_UPPER', 'VALID', 'nearest', 'cubic', 'constant', 'align_corners', 'x'];

/** Changes one field of the model, at random, to another value of its kind. */
function mutate(proto: Message, random: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const graph = proto.graph as { node: Message[]; input: Message[]; initializer: Message[] };
  const target = pick(graph.node);
  const attribute = pick(target.attribute as Message[]);
  const constant = pick(graph.initializer);
  const mutations: (() => void)[] = [
    () => {
      target.opType = pick(operators).opType;
    },
    () => {
      proto.opsetImport = [{ domain: '', version: 7 + Math.floor(random() * 19) }];
    },
    () => {
      const names = [...graph.node.flatMap((each) => each.output as string[]), 'x', ''];
      target.input = (target.input as string[]).map((name) => (random() < 0.5 ? pick(names) : name));
    },
    () => {
      constant.dims = [...(constant.dims as number[])].map((dim) => (random() < 0.5 ? pick(numbers) : dim));
    },
    () => {
      const raw = (constant.rawData as Uint8Array).slice();
      raw[Math.floor(random() * raw.length)] = Math.floor(random() * 256);
      constant.rawData = raw;
    },
    () => {
      const dims = Array.from({ length: Math.floor(random() * 6) }, () => Number(pick(numbers.slice(0, 6))));
      graph.input = [valueInfo('x', 'float32', dims)];
    },
  ];
  if (attribute) {
    mutations.push(
      () => {
        attribute.type = Math.floor(random() * 15);
      },
      () => {
        attribute.i = pick(numbers);
        attribute.f = pick(floats);
        attribute.s = new TextEncoder().encode(pick(words));
        const list = [...((attribute.ints as number[] | undefined) ?? [])].map((each) =>
          random() < 0.5 ? pick(numbers) : each,
        );
        attribute.ints = random() < 0.2 ? [...list, pick(numbers)] : random() < 0.2 ? list.slice(1) : list;
      },
    );
  }
  pick(mutations)();
}

async function attempt(bytes: Uint8Array): Promise<void> {
  await using session = await InferenceSession.create(bytes, { intraOpNumThreads: 1, limits });
  const [input] = session.inputMetadata;
  const dims = input!.shape.map((dim) => (typeof dim === 'number' ? dim : 2));
  if (dims.reduce((size, dim) => size * dim, 1) > 10_000) return;
  const size = dims.reduce((product, dim) => product * dim, 1);
  await session.run({ [input!.name]: new Tensor('float32', new Float32Array(size).fill(0.5), dims) });
}

it(`answers ${RUNS} networks with changed fields by a result or a coded error (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  for (let run = 0; run < RUNS; run++) {
    const proto = structuredClone(modelProto(parts[run % parts.length]!));
    for (let count = 1 + Math.floor(random() * 2); count > 0; count--) mutate(proto, random);
    try {
      await attempt(encode('ModelProto', proto));
    } catch (error) {
      expect(String((error as { code?: string }).code), `run ${run}: ${(error as Error).stack}`).toMatch(
        coded,
      );
    }
  }
});
