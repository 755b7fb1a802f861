import {
  type ConvolutionTrace,
  type InferenceSession,
  isConvolutionTrace,
  type Results,
} from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';

/** What one timed run gave. */
export interface Timing {
  readonly ms: number;
  /** One entry per convolution, from engines that tell. */
  readonly layers?: readonly ConvolutionTrace[];
  /** All that the same run did beside them. */
  readonly restMs?: number;
}

/** An engine with its settings and a loaded network, ready to be timed. */
export interface Contender {
  readonly name: string;
  readonly threads: number;
  /** Computes every output of the network. */
  run(input: Tensor): Promise<Results>;
  /** The same, for its time; layers are traced in another run. */
  time(input: Tensor): Promise<Timing>;
  release(): Promise<void>;
}

/** The dense algorithm that savings are measured against. */
export const BASELINE = 'im2col';

/** The choice of algorithms that a session makes by itself. */
export const AUTO = 'auto';

/** A contender's name, by the algorithm on all its layers or by where its choices come from. */
export function zeroskipName(choices: string): string {
  return `zeroskip (${choices})`;
}

/** What `zeroskipName` was given; undefined for another engine's name. */
export function choicesOf(name: string): string | undefined {
  return /^zeroskip \((.*)\)$/.exec(name)?.[1];
}

export function zeroskipContender(choices: string, threads: number, session: InferenceSession): Contender {
  const inputName = session.inputNames[0]!;
  return {
    name: zeroskipName(choices),
    threads,
    run: (input) => session.run({ [inputName]: input }),
    async time(input) {
      let layers: ConvolutionTrace[] = [];
      let restMs = 0;
      const trace = (all: Parameters<typeof isConvolutionTrace>[0][]) => {
        layers = all.filter(isConvolutionTrace);
        restMs = all.reduce((sum, layer) => sum + (isConvolutionTrace(layer) ? 0 : layer.ms), 0);
      };
      const start = performance.now();
      await session.run({ [inputName]: input });
      const ms = performance.now() - start;
      await session.run({ [inputName]: input }, { trace });
      return { ms, layers, restMs };
    },
    release: () => session.release(),
  };
}
