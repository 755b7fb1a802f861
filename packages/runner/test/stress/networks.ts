import { algorithms } from '@zeroskip/kernels';
import type { Plan } from '@zeroskip/selector';
import { float32, io, type ModelParts, model, node, random } from '../support/onnx.ts';
import { planFor, sha256 } from '../support/plan.ts';

export interface Network {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Shapes of its input. */
  readonly shapes: readonly (readonly number[])[];
  /** Names of its convolutions. */
  readonly layers: readonly string[];
}

export const values = (dims: readonly number[], seed: number, density = 0.5) => random(dims, seed, density);

const spatial: ModelParts = {
  nodes: [
    node('Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }, 'first'),
    node('Relu', ['c1'], ['r1']),
    node('Conv', ['r1', 'w2'], ['c2'], { pads: [1, 1, 1, 1], strides: [2, 2] }, 'second'),
    node('Relu', ['c2'], ['r2']),
    node('Conv', ['r2', 'w3'], ['c3'], { pads: [1, 1, 1, 1] }, 'third'),
    node('Add', ['c3', 'r2'], ['s']),
    node('Relu', ['s'], ['r3']),
    node('GlobalAveragePool', ['r3'], ['pooled']),
    node('Flatten', ['pooled'], ['flat']),
    node('Gemm', ['flat', 'w4'], ['y'], {}, 'scores'),
  ],
  ...io({ x: ['N', 3, 'H', 'W'] }, { y: ['N', 5], r3: ['N', 24, 'h', 'w'] }),
  constants: {
    w1: values([18, 3, 3, 3], 1, 1),
    b1: values([18], 2),
    w2: values([24, 18, 3, 3], 3, 1),
    w3: values([24, 24, 3, 3], 4, 1),
    w4: values([24, 5], 5, 1),
  },
};

const joined: ModelParts = {
  nodes: [
    node('Conv', ['x', 'w1'], ['c1'], { pads: [2, 2, 2, 2] }, 'wide'),
    node('Conv', ['x', 'w2'], ['c2'], { pads: [1, 1, 1, 1], group: 4 }, 'grouped'),
    node('Concat', ['c1', 'c2'], ['j'], { axis: 1 }),
    node('Relu', ['j'], ['r']),
    node('MaxPool', ['r'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
    node('Resize', ['p', '', 'scales'], ['u'], { mode: 'linear' }),
    node('HardSwish', ['u'], ['h']),
    node('Sin', ['h'], ['e']),
    node('Conv', ['e', 'w3'], ['c3'], { dilations: [2, 2], pads: [2, 2, 2, 2] }, 'dilated'),
    node('Sigmoid', ['c3'], ['y']),
  ],
  ...io({ x: [1, 8, 20, 22] }, { y: [1, 3, 20, 22] }),
  constants: {
    w1: values([16, 8, 5, 5], 6, 1),
    w2: values([8, 2, 3, 3], 7, 1),
    w3: values([3, 24, 3, 3], 8, 1),
    scales: float32([4], [1, 1, 2, 2]),
  },
};

export const networks: readonly Network[] = [
  {
    name: 'spatial',
    bytes: model(spatial),
    shapes: [
      [1, 3, 13, 17],
      [2, 3, 24, 24],
      [1, 3, 40, 33],
      [3, 3, 8, 5],
      [1, 3, 64, 48],
      [1, 3, 7, 90],
    ],
    layers: ['first', 'second', 'third'],
  },
  { name: 'joined', bytes: model(joined), shapes: [[1, 8, 20, 22]], layers: ['wide', 'grouped', 'dilated'] },
];

/** Algorithms that a session may be told to take, `auto` among them. */
export function algorithmChoices(): string[] {
  return ['auto', ...algorithms().map(({ id }) => id)];
}

/** A plan that gives each layer of `network` one algorithm. */
export function planOf({ bytes, layers }: Network, choices: readonly string[]): Plan {
  const algorithms = layers.map((name, i) => [name, choices[i % choices.length]!] as const);
  return planFor(sha256(bytes), Object.fromEntries(algorithms));
}
