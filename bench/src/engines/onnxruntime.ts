import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Engine } from './engine.ts';

/** ONNX Runtime's CPU provider with every graph optimization. */
export async function onnxruntime(model: string | Uint8Array, threads: number): Promise<Engine> {
  const session = await InferenceSession.create(model as string, {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return {
    async run({ data, dims }) {
      const results = await session.run({ [input]: new Tensor('float32', data as Float32Array, dims) });
      return results[output]!.data as Float32Array;
    },
    release: () => session.release(),
  };
}
