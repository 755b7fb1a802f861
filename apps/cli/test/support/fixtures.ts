import type { ConvolutionTrace } from '@zeroskip/runner';
import type { Environment } from '../../src/machine.ts';

/** A machine whose every name is long. */
export const longEnvironment: Environment = {
  cpu: 'A Processor With a Rather Long Marketing Name (tm) 9999X 128-Core Processor @ 3.00GHz',
  target: 'AVX3_SPR',
  threads: 1024,
  node: '20.19.5',
  os: 'linux 6.18.44-very-long-kernel-name',
  arch: 'x64',
  processors: 1024,
  availableParallelism: 1024,
  memoryBytes: 2 ** 45,
  zeroskip: '0.0.0',
  commit: null,
  addonSha256: 'cd'.repeat(32),
  affinity: '0-1',
  cgroupProcessors: null,
};

/** A 3×3 convolution of a small map. */
export const smallShape = {
  inputShape: [1, 8, 4, 4],
  weightShape: [2, 8, 3, 3],
  strides: [1, 1],
  dilations: [1, 1],
  pads: [1, 1, 1, 1],
  group: 1,
} as const;

export const trace = (name: string, changes: Partial<ConvolutionTrace>): ConvolutionTrace => ({
  name,
  opType: 'Conv',
  ...smallShape,
  ms: 1,
  algorithm: 'cps',
  parameters: {},
  density: 0.5,
  guarded: false,
  encodeMs: 0,
  computeMs: 1,
  loweredBytes: 50,
  workspaceBytes: 100,
  packedBytes: 200,
  ...changes,
});

/** What a trial keeps of a contender that tells its layers. */
export const tracedSamples = (name: string, ...traces: ConvolutionTrace[][]) => ({
  name,
  threads: 1,
  samplesMs: [],
  traces,
});
