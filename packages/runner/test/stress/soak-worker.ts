import { parentPort, workerData } from 'node:worker_threads';
import { seededRandom } from '@zeroskip/test-utils';
import { InferenceSession } from '../../src/index.ts';
import { digest } from './answers.ts';
import { networks, values } from './networks.ts';

// Runs until it is terminated, in the middle of whatever it does then.
const random = seededRandom((workerData as { seed: number }).seed);
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

parentPort!.postMessage('loaded');
for (;;) {
  const network = pick(networks);
  const session = await InferenceSession.create(network.bytes, { intraOpNumThreads: pick([1, 2, 3]) });
  for (let runs = 0; runs < 4; runs++) {
    const dims = pick(network.shapes);
    const seed = 1 + Math.floor(random() * 3);
    const results = await Promise.all([
      session.run({ x: values(dims, seed) }),
      session.run({ x: values(dims, seed) }),
    ]);
    for (const result of results) {
      parentPort!.postMessage({
        question: `${network.name} auto [${dims.join()}] ${seed}`,
        answer: digest(result),
      });
    }
  }
  if (random() < 0.5) await session.release();
}
