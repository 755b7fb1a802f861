import { createHash } from 'node:crypto';
import { algorithms } from '@zeroskip/kernels';
import { type InferenceSession, isConvolutionTrace } from '@zeroskip/runner';
import type { Accuracy, CalibrationInput, PlanOptions } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';
import { thisMachine } from '../machine.ts';
import { version } from '../package.ts';
import { feedsOf, tracedLayers } from '../session.ts';

/** A network on one input, as the selector measures it. */
function calibrationInput(session: InferenceSession, tensor: Tensor): CalibrationInput {
  const { data } = tensor;
  return {
    id: createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex'),
    profile: async () => (await tracedLayers(session, tensor)).filter(isConvolutionTrace),
    async visit(visit) {
      await session.probe(feedsOf(session, tensor), visit);
    },
  };
}

/** What a plan is made of and for, on this machine. */
export function planOptions(
  session: InferenceSession,
  inputs: readonly Tensor[],
  sha256: string,
  threads: number,
  accuracy?: Accuracy,
): PlanOptions {
  return {
    inputs: inputs.map((tensor) => calibrationInput(session, tensor)),
    algorithms: algorithms(),
    model: { sha256 },
    machine: thisMachine(threads),
    ...(accuracy && { accuracy }),
    library: version,
  };
}
