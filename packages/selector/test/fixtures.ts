import type { AlgorithmInfo } from '@zeroskip/kernels';
import { convSpec } from '@zeroskip/tensor';
import {
  type Config,
  configKey,
  type MeasurableLayer,
  type Measured,
  type Plan,
  type Verdict,
} from '../src/index.ts';

export const descriptors: AlgorithmInfo[] = [
  {
    id: 'sets',
    summary: 'skips zeros by pattern',
    sparse: true,
    strict: true,
    byRows: false,
    parameters: [
      { name: 'p', summary: 'pixels', default: 0, choices: [2, 3, 4, 5, 6, 8] },
      { name: 'q', summary: 'vectors', default: 0, choices: [1, 2] },
    ],
  },
  { id: 'overlap', summary: 'skips zeros', sparse: true, strict: true, byRows: false, parameters: [] },
  { id: 'dense', summary: 'skips nothing', sparse: false, strict: true, byRows: false, parameters: [] },
  { id: 'reference', summary: 'scalar', sparse: false, strict: true, byRows: false, parameters: [] },
];

export const sets = (p = 0, q = 0): Config => ({ algorithm: 'sets', parameters: { p, q } });
export const overlap: Config = { algorithm: 'overlap', parameters: {} };
export const dense: Config = { algorithm: 'dense', parameters: {} };

export const measured = (config: Config, ...samples: number[][]): Measured => ({ config, samples });

export const accepting: Verdict[] = descriptors.map(({ id }) => ({ id }));

/** A layer whose configurations take made-up times; what is asked of it is recorded. */
export function madeUpLayer(
  name: string,
  msOf: (config: Config, round: number) => number,
  verdicts: readonly Verdict[] = accepting,
  workspaceOf: (config: Config) => number = () => 0,
): MeasurableLayer & { asked: { keys: string[]; rounds: number }[]; rounds: Map<string, number> } {
  const asked: { keys: string[]; rounds: number }[] = [];
  const counts = new Map<string, number>();
  return {
    name,
    spec: convSpec({ inChannels: 1, outChannels: 1, kernel: [1, 1] }),
    inputDims: [1, 1, 2, 4],
    readInput: () => Float32Array.of(1, 0, 0, 0, 0, 0, 0, 0),
    asked,
    rounds: counts,
    candidates: () => verdicts,
    time: async (configs, { rounds }) => {
      asked.push({ keys: configs.map(configKey), rounds });
      return configs.map((config) => {
        const key = configKey(config);
        const before = counts.get(key) ?? 0;
        counts.set(key, before + rounds);
        const ms = Array.from({ length: rounds }, (_, i) => msOf(config, before + i));
        return { ms, workspaceBytes: workspaceOf(config), packedBytes: 0 };
      });
    },
  };
}

export const machine = { cpu: 'Example CPU', target: 'AVX2', threads: 2, node: '20.0.0' };
export const sha256 = 'a1'.repeat(32);

export const plan: Plan = {
  version: 1,
  model: { sha256 },
  machine,
  objective: { kind: 'time' },
  library: '0.0.0',
  layers: [
    {
      name: '/conv1/Conv',
      algorithm: 'sets',
      parameters: { p: 4, q: 0 },
      runnerUp: { algorithm: 'dense', parameters: {} },
      settlement: 'settled',
      density: { min: 0.25, max: 0.5 },
      guard: { density: 0.8, algorithm: 'dense', parameters: {} },
      times: [
        {
          algorithm: 'sets',
          parameters: { p: 4, q: 0 },
          rounds: 5,
          median: 1,
          min: 0.9,
          max: 1.5,
          workspaceBytes: 64,
        },
        { algorithm: 'dense', parameters: {}, rounds: 2, median: 2, min: 2, max: 2, workspaceBytes: 0 },
      ],
      refused: [{ algorithm: 'overlap', reason: 'takes stride 1 only' }],
    },
  ],
};
