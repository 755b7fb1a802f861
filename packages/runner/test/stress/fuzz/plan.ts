import { readPlan } from '@zeroskip/selector';
import { sizeOf } from '@zeroskip/tensor';
import { InferenceSession, Tensor } from '../../../src/index.ts';
import { networks, planOf } from '../networks.ts';
import { bytesText, type FuzzTarget, jsonBytes, mutateJson, withoutPlaces } from './target.ts';

const network = networks[0]!;
const dims = [1, 3, 8, 5];

const full = {
  ...planOf(network, ['cps', 'im2col', 'direct']),
  objective: { kind: 'balanced', tolerance: 0.1 },
};
const seeds = [
  planOf(network, ['im2col']),
  planOf(network, ['cpo', 'cps', 'reference']),
  {
    ...full,
    layers: full.layers.map((layer) => ({
      ...layer,
      runnerUp: { algorithm: 'direct', parameters: {} },
      guard: { density: 0.4, algorithm: 'direct', parameters: {} },
      times: [{ algorithm: 'cps', parameters: {}, rounds: 3, median: 1, min: 1, max: 2, workspaceBytes: 64 }],
      refused: [{ algorithm: 'dot', reason: 'too many channels' }],
    })),
  },
].map(jsonBytes);

const others = [
  ...[null, true, 0, 1, -1, 0.5, 1e300, 2 ** 31, 2 ** 53, '', 'x', '__proto__', [], {}, [[]]],
  ...[
    'cps',
    'cpo',
    'mec',
    'dot',
    'auto',
    'magic',
    'time',
    'memory',
    'balanced',
    'settled',
    'first',
    'scores',
  ],
  { tile: 4 },
  { tileWidth: 8 },
  { density: 0, algorithm: 'im2col', parameters: {} },
];

/** Reads a plan, and runs its network by it. */
async function attempt(input: Uint8Array): Promise<void> {
  const plan = readPlan(bytesText(input));
  await using session = await InferenceSession.create(network.bytes, { intraOpNumThreads: 1, plan });
  await session.run({ x: new Tensor('float32', new Float32Array(sizeOf(dims)).fill(0.5), dims) });
}

export const plan: FuzzTarget = {
  name: 'plan',
  guided: true,
  simpler: withoutPlaces,
  seeds,
  mutate: (parent, other, random) => mutateJson(parent, other, others, random),
  attempt,
};
