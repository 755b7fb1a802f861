import { createHash } from 'node:crypto';
import { type ConvolutionTrace, type InferenceSession, isConvolutionTrace } from '@zeroskip/runner';
import type { CalibrationInput } from '@zeroskip/selector';
import type { Tensor } from '@zeroskip/tensor';

/** A network on one input, as the selector measures it. */
export function calibrationInput(session: InferenceSession, tensor: Tensor): CalibrationInput {
  const feeds = { [session.inputNames[0]!]: tensor };
  const { data } = tensor;
  return {
    id: createHash('sha256')
      .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
      .digest('hex'),
    async profile() {
      let layers: ConvolutionTrace[] = [];
      await session.run(feeds, {
        trace: (all) => {
          layers = all.filter(isConvolutionTrace);
        },
      });
      return layers;
    },
    async visit(visit) {
      await session.probe(feeds, visit);
    },
  };
}
