import { InferenceSession } from '@zeroskip/runner';
import type { Engine } from './engine.ts';

export async function zeroskip(model: string, threads: number): Promise<Engine> {
  const session = await InferenceSession.create(model, { intraOpNumThreads: threads });
  const [input, output] = [session.inputNames[0]!, session.outputNames[0]!];
  return {
    async run(image) {
      const results = await session.run({ [input]: image });
      return results[output]!.data as Float32Array;
    },
    release: () => session.release(),
  };
}
