import {
  type ConvolutionTrace,
  type InferenceSession,
  isConvolutionTrace,
  type Results,
} from '@zeroskip/runner';
import type { Tensor } from '@zeroskip/tensor';
import type { ModelOptions } from '../files.ts';
import { feedsOf, openSession, tracedLayers } from '../session.ts';
import { sum } from '../statistics.ts';
import type { Terminal } from '../terminal.ts';

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
  const run = (input: Tensor) => session.run(feedsOf(session, input));
  return {
    name: zeroskipName(choices),
    threads,
    run,
    async time(input) {
      const start = performance.now();
      await run(input);
      const ms = performance.now() - start;
      const all = await tracedLayers(session, input);
      const restMs = sum(all.map((layer) => (isConvolutionTrace(layer) ? 0 : layer.ms)));
      return { ms, layers: all.filter(isConvolutionTrace), restMs };
    },
    release: () => session.release(),
  };
}

/** A contender with the session that it runs. */
export interface OwnContender {
  readonly contender: Contender;
  readonly session: InferenceSession;
}

/** Loads a network for one contender, whom the caller releases. */
export async function openContender(
  model: string,
  name: string,
  settings: object,
  { threads, followLinks = false }: ModelOptions & { readonly threads: number },
  terminal: Terminal,
): Promise<OwnContender> {
  const all = { intraOpNumThreads: threads, followLinks, ...settings };
  const session = await openSession(model, zeroskipName(name), all, terminal);
  return { contender: zeroskipContender(name, threads, session), session };
}
