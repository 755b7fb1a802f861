import {
  type ConvolutionTrace,
  type InferenceSession,
  isConvolutionTrace,
  type Results,
} from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';

/** What one run gave. */
export interface Outcome {
  readonly outputs: Results;
  /** One entry per convolution, from engines that tell. */
  readonly layers?: readonly ConvolutionTrace[];
}

/** An engine with its settings and a loaded network, ready to be timed. */
export interface Contender {
  readonly name: string;
  readonly threads: number;
  /** Computes every output of the network. */
  run(input: Tensor): Promise<Outcome>;
  release(): Promise<void>;
}

/** The dense algorithm that savings are measured against. */
export const BASELINE = 'im2col';

/** A contender's name, by the algorithm on all its layers or by where its choices come from. */
export function zeroskipName(choices: string): string {
  return `zeroskip (${choices})`;
}

export function zeroskipContender(choices: string, threads: number, session: InferenceSession): Contender {
  const inputName = session.inputNames[0]!;
  return {
    name: zeroskipName(choices),
    threads,
    async run(input) {
      let layers: ConvolutionTrace[] = [];
      const outputs = await session.run(
        { [inputName]: input },
        {
          trace: (all) => {
            layers = all.filter(isConvolutionTrace);
          },
        },
      );
      return { outputs, layers };
    },
    release: () => session.release(),
  };
}
